import { type ConnectProblem, connectProblemTexts } from '@ponte/connect'
import { failureSentence, isFailureCode } from '@ponte/contracts'
import { counted } from '@ponte/runtime'
import type { Language } from '../../ui/language.ts'
import type { Obstacle } from './obstacles.ts'

interface Words {
  readonly title: string
  readonly none: string
  readonly allFine: string
  readonly fine: (count: number) => string
  readonly unreadable: string
  readonly reconnect: string
  readonly connect: string
  readonly onward: string
  readonly onwardText: string
  readonly onwardLink: string
  readonly refused: string
  readonly foreign: string
  readonly unknownTenant: string
  readonly back: string
  readonly connected: (tenant: string) => string
  readonly notConnected: (tenant: string) => string
  readonly nothingChanged: string
  readonly accessDenied: string
  readonly noCode: string
  readonly command: string
  readonly checkNow: string
  readonly notChecked: string
  readonly notYet: Readonly<Record<'throttled' | 'recent', (system: string) => string>>
  readonly account: string
  readonly callback: string
  readonly callbackText: string
  readonly obstacles: Readonly<Record<Exclude<Obstacle, ConnectProblem>, string>>
}

export const connectionsTexts: Readonly<Record<Language, Words>> = {
  'pt-BR': {
    title: 'Conexões',
    none: 'Nenhuma empresa para mostrar. As empresas estão no arquivo de tenants.',
    allFine: 'Todas as conexões funcionam.',
    fine: count => counted('pt-BR', count, 'empresa conectada', 'empresas conectadas'),
    unreadable: 'O Redis não respondeu; a situação é desconhecida.',
    reconnect: 'Reconectar o RD Station',
    connect: 'Conectar de novo',
    onward: 'Abrindo o RD Station',
    onwardText: 'Entre como administrador da conta e permita a conexão. O RD Station traz você de volta para cá.',
    onwardLink: 'Continuar no RD Station',
    refused: 'Não conectado',
    foreign:
      'Esta resposta do RD Station não pertence a nenhuma conexão em andamento neste acesso: já foi usada, tem mais de dez minutos ou foi iniciada em outro acesso. Nada mudou. Comece de novo.',
    unknownTenant: 'Empresa não encontrada.',
    back: 'Ir para as conexões',
    connected: tenant => `${tenant} está conectada ao RD Station. O que aguardava segue sozinho.`,
    notConnected: tenant => `${tenant} não foi conectada.`,
    nothingChanged: 'Nada mudou.',
    accessDenied:
      'O RD Station negou o acesso: o usuário não permitiu a conexão, ou não tem esse direito. Comece de novo, como administrador da conta.',
    noCode: 'O RD Station não enviou um código. Comece de novo.',
    command: 'Ou conecte pela linha de comando:',
    checkNow: 'Verificar agora',
    notChecked: 'Ainda não',
    notYet: {
      throttled: system =>
        `O ${system} disse quanto aguardar, e cada chamada antes disso pode alongar a espera. Os eventos seguem sozinhos depois.`,
      recent: system =>
        `O login no ${system} foi verificado há menos de um minuto. Muitos logins recusados podem bloquear o usuário: aguarde um minuto.`,
    },
    account: 'Conta do RD Station',
    callback: 'Endereço de callback do aplicativo',
    callbackText: 'O aplicativo no RD Station precisa ter este endereço de callback; ele aceita vários:',
    obstacles: {
      credentials:
        'O painel não recebeu as credenciais do RD Station: dê a ele aquilo a que rdStation se refere no arquivo de tenants e reinicie o painel.',
      'secret-key': 'O painel não recebeu a PONTE_SECRET_KEY: defina a mesma dos workers e reinicie o painel.',
      dialog:
        'A página de autorização não pode ser deduzida de rdStation.tokenUrl: informe-a ao comando, com --auth-url.',
      'fingerprint-key':
        'O painel tem outra PONTE_FINGERPRINT_KEY, não a dos workers: corrija as chaves do painel e reinicie-o.',
    },
  },
  en: {
    title: 'Connections',
    none: 'No tenant to show. Tenants are in the tenants file.',
    allFine: 'All connections work.',
    fine: count => counted('en', count, 'tenant connected', 'tenants connected'),
    unreadable: 'Redis did not answer; the status is unknown.',
    reconnect: 'Reconnect RD Station',
    connect: 'Connect again',
    onward: 'Opening RD Station',
    onwardText: 'Log in as an administrator of the account and allow the connection. RD Station brings you back here.',
    onwardLink: 'Continue at RD Station',
    refused: 'Not connected',
    foreign:
      'This answer of RD Station belongs to no connection that is under way in this login: it was used before, is older than ten minutes, or was begun in another login. Nothing has changed. Start again.',
    unknownTenant: 'Tenant not found.',
    back: 'Go to the connections',
    connected: tenant => `${tenant} is connected to RD Station. What waited goes on by itself.`,
    notConnected: tenant => `${tenant} was not connected.`,
    nothingChanged: 'Nothing has changed.',
    accessDenied:
      'RD Station denied access: the user did not allow the connection, or lacks the right to. Start again as an administrator of the account.',
    noCode: 'RD Station sent no code. Start again.',
    command: 'Or connect on the command line:',
    checkNow: 'Check now',
    notChecked: 'Not yet',
    notYet: {
      throttled: system =>
        `${system} said how long to wait, and each call before may make the wait longer. The events go on by themselves afterwards.`,
      recent: system =>
        `The login to ${system} was checked less than a minute ago. Many refused logins may lock the user: wait for a minute.`,
    },
    account: 'RD Station account',
    callback: 'Callback address of the app',
    callbackText: 'The app at RD Station has to have this callback address; it may have several:',
    obstacles: {
      credentials:
        'The board was not given the credentials of RD Station: give it what rdStation refers to in the tenants file, and restart it.',
      'secret-key': 'The board was not given PONTE_SECRET_KEY: set the one of the workers, and restart it.',
      dialog:
        'The authorization page cannot be derived from rdStation.tokenUrl: name it to the command, with --auth-url.',
      'fingerprint-key':
        'The board has another PONTE_FINGERPRINT_KEY than the workers: correct its keys, and restart it.',
    },
  },
}

export const obstacleText = (obstacle: Obstacle, language: Language): string =>
  obstacle === 'SECRET_KEY_OTHER'
    ? connectProblemTexts[language].SECRET_KEY_OTHER
    : connectionsTexts[language].obstacles[obstacle]

/** Why it did not work. `name` was kept by this version or another one; undefined when nothing is known of it. */
export function reasonText(name: string, language: Language): string | undefined {
  const { accessDenied, noCode, obstacles } = connectionsTexts[language]
  const known: Readonly<Record<string, string>> = {
    ...obstacles,
    ...connectProblemTexts[language],
    ACCESS_DENIED: accessDenied,
    REFUSED: noCode,
  }
  return Object.hasOwn(known, name) ? known[name] : isFailureCode(name) ? failureSentence(name, language) : undefined
}
