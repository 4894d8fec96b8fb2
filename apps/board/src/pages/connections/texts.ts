import { connectProblemTexts, type SetUpStep } from '@ponte/operations'
import { bilingual, failureSentence, isFailureCode, type Language, systemNames } from '@ponte/contracts'
import { counted } from '@ponte/runtime'
import { obstacleTexts } from '../../ui/parts/connection-problem.ts'

export const connectionsTexts = bilingual({
  works: { en: 'connected', pt: 'conectado' },
  allFine: { en: 'All connections work.', pt: 'Todas as conexões funcionam.' },
  fine: {
    en: (count: number) => counted('en', count, 'tenant connected', 'tenants connected'),
    pt: count => counted('pt-BR', count, 'empresa conectada', 'empresas conectadas'),
  },
  unreadable: {
    en: 'Redis did not answer; the status is unknown.',
    pt: 'O Redis não respondeu; a situação é desconhecida.',
  },
  connect: { en: 'Reconnect', pt: 'Reconectar' },
  onward: { en: 'Opening RD Station', pt: 'Abrindo o RD Station' },
  onwardText: {
    en: 'Log in as an administrator of the account and allow the connection. RD Station brings you back here.',
    pt: 'Entre como administrador da conta e permita a conexão. O RD Station traz você de volta para cá.',
  },
  onwardLink: { en: 'Continue at RD Station', pt: 'Continuar no RD Station' },
  refused: { en: 'Not connected', pt: 'Não conectado' },
  foreign: {
    en: 'This answer of RD Station belongs to no connection that is under way in this login: it was used before, is older than ten minutes, or was begun in another login. Nothing has changed. Start again.',
    pt: 'Esta resposta do RD Station não pertence a nenhuma conexão em andamento neste acesso: já foi usada, tem mais de dez minutos ou foi iniciada em outro acesso. Nada mudou. Comece de novo.',
  },
  back: { en: 'Go to the connections', pt: 'Ir para as conexões' },
  connected: {
    en: (tenant: string) => `${tenant} is connected to RD Station. What waited goes on by itself.`,
    pt: tenant => `${tenant} está conectada ao RD Station. O que aguardava segue sozinho.`,
  },
  notConnected: {
    en: (tenant: string) => `${tenant} was not connected.`,
    pt: tenant => `${tenant} não foi conectada.`,
  },
  nothingChanged: { en: 'Nothing has changed.', pt: 'Nada mudou.' },
  noCode: { en: 'RD Station sent no code. Start again.', pt: 'O RD Station não enviou um código. Comece de novo.' },
  notChecked: { en: 'Not yet', pt: 'Ainda não' },
  notYet: {
    en: {
      throttled: (system: string) =>
        `${system} said how long to wait, and each call before may make the wait longer. The events go on by themselves afterwards.`,
      recent: (system: string) =>
        `The login to ${system} was checked less than a minute ago. Many refused logins may lock the user: wait for a minute.`,
    },
    pt: {
      throttled: system =>
        `O ${system} disse quanto aguardar, e cada chamada antes disso pode alongar a espera. Os eventos seguem sozinhos depois.`,
      recent: system =>
        `O login no ${system} foi verificado há menos de um minuto. Muitos logins recusados podem bloquear o usuário: aguarde um minuto.`,
    },
  },
  account: { en: 'RD Station account', pt: 'Conta do RD Station' },
  callback: { en: 'Callback address of the app', pt: 'Endereço de callback do aplicativo' },
  callbackText: {
    en: 'The app at RD Station has to have this callback address; it may have several:',
    pt: 'O aplicativo no RD Station precisa ter este endereço de callback; ele aceita vários:',
  },
})

/** Why it did not work. `name` was kept by this version or another one; undefined when nothing is known of it. */
export function reasonText(name: string, language: Language): string | undefined {
  const { noCode } = connectionsTexts[language]
  const known: Readonly<Record<string, string>> = {
    ...obstacleTexts[language].obstacles,
    ...connectProblemTexts[language],
    REFUSED: noCode,
  }
  return Object.hasOwn(known, name) ? known[name] : isFailureCode(name) ? failureSentence(name, language) : undefined
}

export const linkBack = (language: Language) => ({ href: '/connections', text: connectionsTexts[language].back })

const { 'rd-station': rd, 'totvs-crm': crm } = systemNames

/** Texts of the checklist and of tests. Backticks mark code. */
export const setUpTexts = bilingual({
  heading: {
    en: (done: number, all: number) => `Set-up: ${done} of ${all} done`,
    pt: (done, all) => `Configuração: ${done} de ${all} etapas concluídas`,
  },
  done: { en: 'done', pt: 'concluída' },
  open: { en: 'to do', pt: 'a fazer' },
  titles: {
    en: {
      'rd-account': `Account of ${rd}`,
      'crm-login': `Login to ${crm}`,
      values: `Values of ${crm}`,
      'rd-webhook': `Webhook of ${rd}`,
      'crm-webhooks': `Workflows of ${crm}`,
      alerts: 'Alerts',
    } satisfies Record<SetUpStep, string>,
    pt: {
      'rd-account': `Conta do ${rd}`,
      'crm-login': `Login no ${crm}`,
      values: `Valores do ${crm}`,
      'rd-webhook': `Webhook do ${rd}`,
      'crm-webhooks': `Workflows do ${crm}`,
      alerts: 'Alertas',
    },
  },
  connectFirst: {
    en: 'No call has succeeded yet: connect the account, then test it.',
    pt: 'Nenhuma chamada deu certo até agora: conecte a conta e depois teste.',
  },
  lost: {
    en: 'It worked before and does not any more: see above.',
    pt: 'Já funcionou e não funciona mais: veja acima.',
  },
  testFirst: {
    en: 'No call has succeeded yet. Test the user, password and tenant of `totvsCrm`.',
    pt: 'Nenhuma chamada deu certo até agora. Teste o usuário, a senha e o tenant de `totvsCrm`.',
  },
  connect: { en: `Connect ${rd}`, pt: `Conectar o ${rd}` },
  unset: {
    en: (tenant: string) => `Still the samples of TOTVS's page; \`ponte discover --tenant ${tenant}\` finds yours:`,
    pt: tenant => `Ainda são os exemplos da página da TOTVS; \`ponte discover --tenant ${tenant}\` encontra os seus:`,
  },
  unchecked: {
    en: (tenant: string) => `Not checked yet: run \`ponte doctor --tenant ${tenant}\`.`,
    pt: tenant => `Ainda não verificados: execute \`ponte doctor --tenant ${tenant}\`.`,
  },
  outdated: {
    en: (tenant: string) => `They have changed since they were checked: run \`ponte doctor --tenant ${tenant}\` again.`,
    pt: tenant => `Mudaram desde a última verificação: execute \`ponte doctor --tenant ${tenant}\` de novo.`,
  },
  problems: {
    en: (count: number, tenant: string) =>
      `\`ponte doctor --tenant ${tenant} --url https://…\` found ${counted('en', count, 'problem', 'problems')}:`,
    pt: (count, tenant) =>
      `\`ponte doctor --tenant ${tenant} --url https://…\` encontrou ${counted('pt-BR', count, 'problema', 'problemas')}:`,
  },
  noProblem: { en: '`ponte doctor` found no problem:', pt: '`ponte doctor` não encontrou problemas:' },
  waitingFor: {
    en: (system: string) => `Waiting for the first delivery of ${system}.`,
    pt: system => `Aguardando a primeira entrega do ${system}.`,
  },
  rdAddress: {
    en: (tenant: string) =>
      `Enter this address in ${rd}, and at its end the token: \`webhookTokens.rdStation\` of the tenants file. Or let \`ponte connect --tenant ${tenant} --webhook\` do it.`,
    pt: tenant =>
      `Informe este endereço no ${rd}, com o token no fim: \`webhookTokens.rdStation\` do arquivo de tenants. Ou deixe que \`ponte connect --tenant ${tenant} --webhook\` faça isso.`,
  },
  crmAddresses: {
    en: 'Make a workflow for each trigger. Its action is a webhook to the address, with the header `apiToken`, whose value is the token: `webhookTokens.totvsCrm` of the tenants file.',
    pt: 'Crie um workflow para cada gatilho. A ação é um webhook para o endereço, com o cabeçalho `apiToken`, cujo valor é o token: `webhookTokens.totvsCrm` do arquivo de tenants.',
  },
  address: { en: 'Address, without the token', pt: 'Endereço, sem o token' },
  addresses: {
    en: (count: number): string => (count === 1 ? 'Address' : 'Addresses'),
    pt: count => (count === 1 ? 'Endereço' : 'Endereços'),
  },
  guessed: {
    en: 'The beginning is a guess: set `BOARD_PUBLIC_URL`, or `INGRESS_PUBLIC_URL` if webhooks come in at another host.',
    pt: 'O começo é um palpite: defina `BOARD_PUBLIC_URL`, ou `INGRESS_PUBLIC_URL` se os webhooks chegam por outro host.',
  },
  fromBoard: {
    en: 'The beginning is `BOARD_PUBLIC_URL`. If webhooks come in at another host, set `INGRESS_PUBLIC_URL`.',
    pt: 'O começo é `BOARD_PUBLIC_URL`. Se os webhooks chegam por outro host, defina `INGRESS_PUBLIC_URL`.',
  },
  noAlerts: {
    en: 'Nobody has seen yet that alerts arrive. Give the workers a channel (`ALERT_WEBHOOK_URL`, or `ALERT_SMTP_URL` with `ALERT_EMAIL_TO` and `ALERT_EMAIL_FROM`), then send a test message.',
    pt: 'Ninguém viu ainda se os alertas chegam. Dê aos workers um canal (`ALERT_WEBHOOK_URL`, ou `ALERT_SMTP_URL` com `ALERT_EMAIL_TO` e `ALERT_EMAIL_FROM`) e envie uma mensagem de teste.',
  },
  noChannel: {
    en: 'The worker that was asked has no channel.',
    pt: 'O worker que recebeu o pedido não tem canal.',
  },
  sendTest: { en: 'Send a test message', pt: 'Enviar mensagem de teste' },
  channels: {
    en: { webhook: 'webhook', email: 'e-mail' },
    pt: { webhook: 'webhook', email: 'e-mail' },
  },
  sent: {
    en: {
      sent: 'the message was sent',
      refused: 'the message was refused: check its settings',
      unknown: 'no answer: the message may have arrived',
    },
    pt: {
      sent: 'mensagem enviada',
      refused: 'mensagem recusada: confira as configurações',
      unknown: 'sem resposta: a mensagem pode ter chegado',
    },
  },
  testNow: { en: 'Test now', pt: 'Testar agora' },
  test: { en: 'Test', pt: 'Teste' },
  underWay: { en: 'under way', pt: 'em andamento' },
  unanswered: { en: 'no worker has answered: is one running?', pt: 'nenhum worker respondeu: há algum em execução?' },
  notCalled: {
    en: 'not made: calls are paused or the quota is used up. Try again in a minute.',
    pt: 'não feito: as chamadas estão em pausa ou a cota acabou. Tente de novo em um minuto.',
  },
  passed: { en: (ms: number) => `ok in ${ms} ms`, pt: ms => `ok em ${ms} ms` },
  lastSuccess: { en: 'last success', pt: 'último sucesso' },
  lastDelivery: { en: 'last delivery', pt: 'última entrega' },
  tooSoon: {
    en: 'This was tested a moment ago: wait for a minute.',
    pt: 'Isto foi testado há pouco: aguarde um minuto.',
  },
})
