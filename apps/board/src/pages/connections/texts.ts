import { connectProblemTexts, type Obstacle } from '@ponte/operations'
import { bilingual, failureSentence, isFailureCode, type Language } from '@ponte/contracts'
import { counted } from '@ponte/runtime'

export const connectionsTexts = bilingual({
  title: { en: 'Connections', pt: 'Conexões' },
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
  reconnect: { en: 'Reconnect RD Station', pt: 'Reconectar o RD Station' },
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
  unknownTenant: { en: 'Tenant not found.', pt: 'Empresa não encontrada.' },
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
  command: { en: 'Or connect on the command line:', pt: 'Ou conecte pela linha de comando:' },
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
  obstacles: {
    en: {
      credentials:
        'The board was not given the credentials of RD Station: give it what rdStation refers to in the tenants file, and restart it.',
      'secret-key': 'The board was not given PONTE_SECRET_KEY: set the one of the workers, and restart it.',
      dialog:
        'The authorization page cannot be derived from rdStation.tokenUrl: name it to the command, with --auth-url.',
      'fingerprint-key':
        'The board has another PONTE_FINGERPRINT_KEY than the workers: correct its keys, and restart it.',
    },
    pt: {
      credentials:
        'O painel não recebeu as credenciais do RD Station: dê a ele aquilo a que rdStation se refere no arquivo de tenants e reinicie o painel.',
      'secret-key': 'O painel não recebeu a PONTE_SECRET_KEY: defina a mesma dos workers e reinicie o painel.',
      dialog:
        'A página de autorização não pode ser deduzida de rdStation.tokenUrl: informe-a ao comando, com --auth-url.',
      'fingerprint-key':
        'O painel tem outra PONTE_FINGERPRINT_KEY, não a dos workers: corrija as chaves do painel e reinicie-o.',
    },
  },
})

export const obstacleText = (obstacle: Obstacle, language: Language): string =>
  obstacle === 'SECRET_KEY_OTHER'
    ? connectProblemTexts[language].SECRET_KEY_OTHER
    : connectionsTexts[language].obstacles[obstacle]

/** Why it did not work. `name` was kept by this version or another one; undefined when nothing is known of it. */
export function reasonText(name: string, language: Language): string | undefined {
  const { noCode, obstacles } = connectionsTexts[language]
  const known: Readonly<Record<string, string>> = {
    ...obstacles,
    ...connectProblemTexts[language],
    REFUSED: noCode,
  }
  return Object.hasOwn(known, name) ? known[name] : isFailureCode(name) ? failureSentence(name, language) : undefined
}
