import { connectProblemTexts } from '@ponte/operations'
import { bilingual, failureSentence, isFailureCode, type Language } from '@ponte/contracts'
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
