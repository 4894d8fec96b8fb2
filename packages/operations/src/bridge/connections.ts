import { type FailureCode, failures, type System, systems, systemTable } from '@ponte/contracts'
import {
  type LastTimes,
  type OpenBreaker,
  readLastTimes,
  readOpenBreakers,
  type RefusedDeliveries,
  type RedisClient,
} from '@ponte/state'

/**
 * The state of a connection. `not-tried`: no call has succeeded so far, and none has failed either. `disconnected`: RD Station no longer accepts the account's token, until a person connects the account again.
 * `login-refused`: the system no longer accepts Ponte's own login, client id or password. `no-answer-to-writes`: the system fails when
 * something is written. Whether it can be read is not known.
 */
export type ConnectionStatus = (typeof connectionStates)[number]
export const connectionStates = [
  'ok',
  'not-tried',
  'disconnected',
  'login-refused',
  'down',
  'throttled',
  'no-answer-to-writes',
] as const

/** The connection of a tenant to a system. Times in milliseconds since 1970. */
export interface Connection {
  readonly tenant: string
  readonly system: System
  readonly state: ConnectionStatus
  readonly code?: FailureCode
  /** The HTTP status of the last answer that failed, where there was one. */
  readonly status?: number
  readonly since?: number
  /** When Ponte asks the system again. */
  readonly until?: number
  /** When the system last answered a call as it should, and when it last delivered an event. */
  readonly last?: Omit<LastTimes, 'refused'>
  /** What came from the system, or in its name, and was refused since a delivery of it was accepted. */
  readonly refused?: RefusedDeliveries
}

/** Both connections of a tenant, as they are told everywhere, and the breakers that they are told from. */
export async function readConnections(
  redis: RedisClient,
  tenant: string,
  now: number,
): Promise<{ readonly connections: readonly Connection[]; readonly breakers: readonly OpenBreaker[] }> {
  const [breakers, times] = await Promise.all([readBreakers(redis, tenant, now), readLastTimes(redis, tenant)])
  const connections = systems.map((system): Connection => {
    const { refused, ...last } = times[system]
    const own = { tenant, system, last, ...(refused && { refused }) }
    const breaker = breakers.find(each => each.system === system)
    if (breaker === undefined) return { ...own, state: last.success === undefined ? 'not-tried' : 'ok' }
    const { code, status, since, until } = breaker
    return { ...own, state: statusOf(breaker), code, ...(status !== undefined && { status }), since, until }
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

function statusOf({ system, reason, kind, code }: OpenBreaker): ConnectionStatus {
  if (reason === 'throttled') return 'throttled'
  if (reason === 'down') return kind === 'write' ? 'no-answer-to-writes' : 'down'
  return systemTable[system].access === 'account' && failures[code].isSecretRefused !== true
    ? 'disconnected'
    : 'login-refused'
}
