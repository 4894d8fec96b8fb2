import {
  bilingual,
  destinations,
  failures,
  type Language,
  type System,
  systemNames,
  systems,
  systemTable,
  textsOfFailure,
} from '@ponte/contracts'
import { counted, formatDuration, type QueueKind, queueLabel } from '@ponte/runtime'
import {
  blocks,
  type OpenBreaker,
  readLastTimes,
  readOpenBreakers,
  type RedisClient,
  type RefusalReason,
  refusalReasons,
  type RefusedDeliveries,
} from '@ponte/state'
import type { ConnectionDocument } from '../documents.ts'

/** The connection of a tenant to a system. Times in milliseconds since 1970. */
export interface Connection extends Omit<ConnectionDocument, 'needsPerson' | 'refused'> {
  readonly tenant: string
  /** What came from the system, or in its name, and was refused since a delivery of it was accepted. */
  readonly refused?: RefusedDeliveries
}

/** Both connections of a tenant, as they are told everywhere, and the breakers that they are told from. */
export async function readConnections(
  redis: RedisClient,
  tenant: string,
  now: number,
): Promise<{ readonly connections: Connection[]; readonly breakers: readonly OpenBreaker[] }> {
  const [breakers, times] = await Promise.all([readBreakers(redis, tenant, now), readLastTimes(redis, tenant)])
  const connections = systems.map((system): Connection => {
    const { refused, success, delivery } = times[system]
    const own = {
      ...{ tenant, system },
      ...(success !== undefined && { lastSuccess: success }),
      ...(delivery !== undefined && { lastDelivery: delivery }),
      ...(refused && { refused }),
    }
    const breaker = breakers.find(each => each.system === system)
    if (breaker === undefined) return { ...own, state: success === undefined ? 'not-tried' : 'ok' }
    const { code, status, since, until } = breaker
    return {
      ...own,
      ...{ state: stateOf(breaker), code, since, nextCheck: until },
      ...(status !== undefined && { httpStatus: status }),
    }
  })
  return { connections, breakers }
}

/** The circuit breakers of a tenant that are open. After a pause that a system asked for, Ponte calls it again at once. */
export const readBreakers = async (redis: RedisClient, tenant: string, now: number): Promise<readonly OpenBreaker[]> =>
  (await readOpenBreakers(redis, tenant)).filter(({ reason, until }) => reason !== 'throttled' || until > now)

/** Whether something is wrong with it. Of a connection that was never tried nobody knows. */
export const isImpaired = ({ state }: Pick<Connection, 'state'>): boolean => state !== 'ok' && state !== 'not-tried'

/** Whether Ponte cannot end this state by itself: a person has to connect the account, or to correct a secret. */
export const needsPerson = ({ state }: Pick<Connection, 'state'>): boolean =>
  state === 'disconnected' || state === 'login-refused'

/** Whether jobs of a queue wait for it. */
export const stops = ({ system, state }: Pick<Connection, 'system' | 'state'>, kind: QueueKind): boolean =>
  isImpaired({ state }) && blocks({ system, kind: state === 'no-answer-to-writes' ? 'write' : 'read' }, kind)

function stateOf({ system, reason, kind, code }: OpenBreaker): Connection['state'] {
  if (reason === 'throttled') return 'throttled'
  if (reason === 'down') return kind === 'write' ? 'no-answer-to-writes' : 'down'
  return systemTable[system].access === 'account' && failures[code].isSecretRefused !== true
    ? 'disconnected'
    : 'login-refused'
}

const texts = bilingual({
  /** Where a person is needed, the text says what to do. */
  states: {
    en: {
      ok: 'is connected',
      'not-tried': 'has answered no call yet',
      disconnected: 'disconnected: reconnect the account',
      'login-refused': "refuses Ponte's login: correct the integration user or password",
      // Where an account is connected there is no login. The app is refused.
      'app-refused': 'refuses the client id or client secret: correct them',
      down: 'is down',
      throttled: 'asked Ponte to wait',
      'no-answer-to-writes': 'does not answer to writes',
    },
    pt: {
      ok: 'está conectado',
      'not-tried': 'ainda não respondeu a nenhuma chamada',
      disconnected: 'desconectado: reconecte a conta',
      'login-refused': 'recusa o login do Ponte: corrija o usuário da integração ou a senha',
      'app-refused': 'recusa o client id ou o client secret: corrija-os',
      down: 'está fora do ar',
      throttled: 'pediu para aguardar',
      'no-answer-to-writes': 'não responde a gravações',
    },
  },
  happened: { en: (span: string) => `${span} ago`, pt: span => `há ${span}` },
  answered: {
    en: (span: string) => `answered ${span} ago`,
    pt: span => `respondeu há ${span}`,
  },
  lasts: { en: (span: string) => `for ${span}`, pt: span => `há ${span}` },
  nextCheck: { en: (span: string) => `next check in ${span}`, pt: span => `próxima verificação em ${span}` },
  ends: { en: (span: string) => `ends in ${span}`, pt: span => `termina em ${span}` },
  checking: { en: 'the next event checks now', pt: 'o próximo evento verifica agora' },
  /** Which events wait. `paused`: for the end of a pause. `held`: for a person. */
  paused: {
    en: (queues: string) => `Paused: ${queues}. No event is lost.`,
    pt: queues => `Em pausa automática: ${queues}. Nenhum evento se perde.`,
  },
  held: {
    en: (queues: string) => `On hold until somebody corrects it: ${queues}. No event is lost.`,
    pt: queues => `Aguardam até alguém corrigir: ${queues}. Nenhum evento se perde.`,
  },
})

/** The state of a connection in words, the same on the board, on the command line and in alerts. */
export interface ConnectionWords {
  /** `bad` needs a person. */
  readonly tone: 'good' | 'warn' | 'bad'
  /**
   * Without a final stop: `TOTVS CRM does not answer to writes (503)`. Where a person is needed it says what to do:
   * `RD Station disconnected: reconnect the account`.
   */
  readonly headline: string
  /** The headline without the name of the system. */
  readonly state: string
  /**
   * Since when, and when Ponte asks the system again: `for 3 min · next check in 2 min`. A disconnected account has no next check, because
   * it waits for a person. Where nothing is wrong, when it last answered a call; empty if it never did.
   */
  readonly times: string
  /** Which events wait because of the connection, in whole sentences. */
  readonly waitingEvents: string
}

export function connectionWords(connection: Connection, language: Language, now: number): ConnectionWords {
  const { system, state: status, since = now, nextCheck: until = now } = connection
  const words = texts[language]
  const isBad = needsPerson(connection)
  const answer = connection.httpStatus === undefined || isBad ? '' : ` (${connection.httpStatus})`
  const state =
    words.states[status === 'login-refused' && systemTable[system].access === 'account' ? 'app-refused' : status] +
    answer
  const span = (ms: number): string => formatDuration(ms, language)
  // A shorter span would read as 0 seconds.
  const next =
    until - now < 1000 ? words.checking : words[status === 'throttled' ? 'ends' : 'nextCheck'](span(until - now))
  const isPointInTime = status === 'disconnected' || status === 'throttled'
  const times = [
    words[isPointInTime ? 'happened' : 'lasts'](span(now - since)),
    ...(status === 'disconnected' ? [] : [next]),
  ]
  const { lastSuccess } = connection
  const lastAnswered = lastSuccess === undefined ? '' : words.answered(span(Math.max(0, now - lastSuccess)))
  const queues = destinations
    .filter(destination => stops(connection, destination))
    .map(destination => queueLabel(destination, language))
  return {
    tone: status === 'ok' ? 'good' : isBad ? 'bad' : 'warn',
    headline: `${systemNames[system]} ${state}`,
    state,
    times: isImpaired(connection) ? times.join(' · ') : lastAnswered,
    waitingEvents: words[isBad ? 'held' : 'paused'](queues.join(', ')),
  }
}

const refusedTexts = bilingual({
  headline: {
    en: (count: number, system: string) =>
      `${counted('en', count, 'delivery', 'deliveries')} in the name of ${system} ${count === 1 ? 'was' : 'were'} refused, and none has been accepted since`,
    pt: (count, system) =>
      `${counted('pt-BR', count, 'entrega', 'entregas')} em nome do ${system} ${count === 1 ? 'recusada' : 'recusadas'}, e nenhuma aceita desde então`,
  },
  reasons: {
    en: {
      'no-token': 'no token',
      'wrong-token': 'wrong token',
      'too-large': 'too large',
      'wrong-type': 'wrong type',
    } satisfies Record<RefusalReason, string>,
    pt: {
      'no-token': 'sem token',
      'wrong-token': 'token incorreto',
      'too-large': 'grandes demais',
      'wrong-type': 'tipo incorreto',
    },
  },
  last: { en: (span: string) => `last ${span} ago`, pt: span => `a última há ${span}` },
  token: {
    en: (system: string, setting: string) =>
      `Either ${system} or a test of yours has an old address or token, or somebody is guessing. Compare its webhooks with ${setting} in the tenants file. If they agree, nothing of ${system} was refused.`,
    pt: (system, setting) =>
      `Ou o ${system} ou um teste seu tem um endereço ou token antigo, ou alguém está tentando adivinhar. Compare os webhooks dele com ${setting} no arquivo de tenants. Se conferem, nada do ${system} foi recusado.`,
  },
})

/** What was refused of a source, in words: the same on the board, on the command line and in alerts. */
export interface RefusedWords {
  /** How many, why and when, without a final stop. */
  readonly headline: string
  /** What to do, in whole sentences. */
  readonly todo: string
}

/** How many deliveries were refused, for any reason. */
export const countRefused = ({ reasons }: Pick<RefusedDeliveries, 'reasons'>): number =>
  Object.values(reasons).reduce((sum, count) => sum + count, 0)

export function refusedWords(
  refused: RefusedDeliveries,
  { system, language, now }: { readonly system: System; readonly language: Language; readonly now: number },
): RefusedWords {
  const words = refusedTexts[language]
  const name = systemNames[system]
  const { reasons, last } = refused
  const found = refusalReasons.filter(reason => reasons[reason] !== undefined)
  const why = found
    .map(reason => (found.length === 1 ? '' : `${reasons[reason]} × `) + words.reasons[reason])
    .join(', ')
  const span = formatDuration(Math.max(0, now - last), language)
  const setting = `\`webhookTokens.${systemTable[system].section}\``
  const isToken = found.some(reason => reason === 'no-token' || reason === 'wrong-token')
  return {
    headline: `${words.headline(countRefused(refused), name)} (${why} · ${words.last(span)})`,
    todo: [
      ...(isToken ? [words.token(name, setting)] : []),
      ...(found.includes('too-large') ? [textsOfFailure('BODY_TOO_LARGE', language).solution] : []),
      ...(found.includes('wrong-type') ? [textsOfFailure('BODY_TYPE_UNSUPPORTED', language).solution] : []),
    ].join(' '),
  }
}
