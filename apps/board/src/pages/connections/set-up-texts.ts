import { bilingual, systemNames } from '@ponte/contracts'
import type { SetUpStep } from '@ponte/operations'
import { counted } from '@ponte/runtime'

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
