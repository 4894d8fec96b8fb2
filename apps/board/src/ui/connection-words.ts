import { destinations, type Language, systemNames } from '@ponte/contracts'
import { type Connection, type ConnectionStatus, needsPerson } from '@ponte/report'
import { blocks } from '@ponte/state'
import { queueLabel } from './common-texts.ts'
import { formatDuration } from '@ponte/runtime'

/** `rd-login-refused`: RD Station has no login; it is the app that it refuses. */
type Case = ConnectionStatus | 'rd-login-refused'

interface Words {
  /** Beside the name of the system. */
  readonly labels: Readonly<Record<Case, string>>
  /** `status`: ` (503)`, or nothing. */
  readonly headlines: Readonly<Record<Case, (system: string, status: string) => string>>
  /** Of what happened at a moment, and of what goes on. */
  readonly ago: (duration: string) => string
  readonly lasting: (duration: string) => string
  readonly nextCheck: (duration: string) => string
  readonly waitsFor: (duration: string) => string
  readonly checking: string
  /** Which events wait: for the end of a pause, or for a person. */
  readonly paused: (queues: string) => string
  readonly held: (queues: string) => string
}

const words: Readonly<Record<Language, Words>> = {
  'pt-BR': {
    labels: {
      ok: 'conectado',
      disconnected: 'desconectada: reconecte',
      'login-refused': 'login recusado',
      'rd-login-refused': 'aplicativo recusado',
      down: 'fora do ar',
      throttled: 'pediu para aguardar',
      'no-answer-to-writes': 'não responde a gravações',
    },
    headlines: {
      ok: system => `O ${system} está conectado`,
      disconnected: system => `Conexão com o ${system} desconectada: reconecte`,
      'login-refused': system => `O ${system} recusa o login do Ponte`,
      'rd-login-refused': system => `O ${system} recusa o client id ou o client secret`,
      down: (system, status) => `O ${system} está fora do ar${status}`,
      throttled: (system, status) => `O ${system} pediu para aguardar${status}`,
      'no-answer-to-writes': (system, status) => `O ${system} não responde a gravações${status}`,
    },
    ago: duration => `há ${duration}`,
    lasting: duration => `há ${duration}`,
    nextCheck: duration => `próxima verificação em ${duration}`,
    waitsFor: duration => `termina em ${duration}`,
    checking: 'o próximo evento verifica agora',
    paused: queues => `Em pausa automática: ${queues}. Nenhum evento se perde.`,
    held: queues => `Aguardam até lá: ${queues}. Nenhum evento se perde.`,
  },
  en: {
    labels: {
      ok: 'connected',
      disconnected: 'disconnected: reconnect',
      'login-refused': 'login refused',
      'rd-login-refused': 'app refused',
      down: 'down',
      throttled: 'asked to wait',
      'no-answer-to-writes': 'does not answer to writes',
    },
    headlines: {
      ok: system => `${system} is connected`,
      disconnected: system => `${system} disconnected: reconnect`,
      'login-refused': system => `${system} refuses Ponte's login`,
      'rd-login-refused': system => `${system} refuses the client id or client secret`,
      down: (system, status) => `${system} is down${status}`,
      throttled: (system, status) => `${system} asked Ponte to wait${status}`,
      'no-answer-to-writes': (system, status) => `${system} does not answer to writes${status}`,
    },
    ago: duration => `${duration} ago`,
    lasting: duration => `for ${duration}`,
    nextCheck: duration => `next check in ${duration}`,
    waitsFor: duration => `ends in ${duration}`,
    checking: 'the next event checks now',
    paused: queues => `Paused: ${queues}. No event is lost.`,
    held: queues => `On hold until then: ${queues}. No event is lost.`,
  },
}

const caseOf = ({ system, state }: Connection): Case =>
  state === 'login-refused' && system === 'rd-station' ? 'rd-login-refused' : state

const statusOf = ({ status }: Connection): string => (status === undefined ? '' : ` (${status})`)

/** A few words beside the name of the system: `disconnected: reconnect`. */
export const connectionLabel = (connection: Connection, language: Language): string =>
  words[language].labels[caseOf(connection)] + statusOf(connection)

/** A headline without a final stop: `TOTVS CRM does not answer to writes (503)`. */
export const connectionHeadline = (connection: Connection, language: Language): string =>
  words[language].headlines[caseOf(connection)](systemNames[connection.system], statusOf(connection))

/**
 * Since when, and when Ponte asks the system again: `3 min ago · next check in 2 min`. A disconnected account is not asked about in a
 * while: it waits for a person.
 */
export function connectionTimes(
  { state, since, until }: Connection,
  { language, now }: { language: Language; now: number },
): string {
  const { ago, lasting, nextCheck, waitsFor, checking } = words[language]
  const left = (until ?? now) - now
  const isDisconnected = state === 'disconnected'
  const duration = (ms: number): string => formatDuration(ms, language)
  const next = left <= 0 ? checking : state === 'throttled' ? waitsFor(duration(left)) : nextCheck(duration(left))
  return [
    ...(since === undefined ? [] : [(isDisconnected ? ago : lasting)(duration(now - since))]),
    ...(isDisconnected || state === 'ok' ? [] : [next]),
  ].join(' · ')
}

/** Red needs a person. */
export const connectionTone = ({ state }: Pick<Connection, 'state'>): 'good' | 'warn' | 'bad' =>
  state === 'ok' ? 'good' : needsPerson({ state }) ? 'bad' : 'warn'

/** Which events wait because of it. */
export function heldText({ system, state }: Connection, language: Language): string {
  const kind = state === 'no-answer-to-writes' ? 'write' : 'read'
  const queues = destinations
    .filter(destination => blocks({ system, kind }, destination))
    .map(destination => queueLabel(destination, language))
  const { paused, held } = words[language]
  return (needsPerson({ state }) ? held : paused)(queues.join(', '))
}
