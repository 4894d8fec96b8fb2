import { failures, systems, systemTable } from '@ponte/contracts'
import type { QueueKind } from '@ponte/runtime'
import {
  blocks,
  type OpenBreaker,
  readLastTimes,
  readOpenBreakers,
  type RefusedDeliveries,
  type RedisClient,
} from '@ponte/state'
import type { ConnectionDocument } from '../documents/status-document.ts'

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
