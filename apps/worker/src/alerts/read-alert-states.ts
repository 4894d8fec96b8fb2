import { codeOfReason, type Destination, destinations, type System } from '@ponte/contracts'
import type { Tenant, TenantQueues } from '@ponte/runtime'
import { readOpenBreakers, type OpenBreaker } from '@ponte/state'
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import type { AlertSettings } from './alert-settings.ts'

/**
 * `begins`: bad enough to be told. `lasts`: not good enough to be over. `over`: good. Between the first and the last there is a
 * margin, so that what goes up and down around a limit is one episode.
 */
export type Condition = 'begins' | 'lasts' | 'over'

/** How one thing that is worth an alert stands. Facts hold names of ours, counts and times only. */
export type AlertState = { readonly id: string; readonly condition: Condition } & AlertFacts

export type AlertFacts =
  | { readonly kind: 'rest' | 'revoked'; readonly system: System; readonly rest: OpenBreaker | undefined }
  | {
      readonly kind: 'failures'
      readonly count: number
      /** Code and how often, the most frequent first; of the newest failures only. */
      readonly codes: readonly (readonly [string, number])[]
    }
  | { readonly kind: 'quarantine'; readonly count: number; readonly kept: number }

export interface FindingDeps {
  readonly tenant: Tenant
  readonly queues: TenantQueues
  readonly redis: Redis
  readonly settings: Pick<AlertSettings, 'restMs' | 'failures' | 'windowMs'>
  /** Milliseconds since 1970. */
  readonly now: number
}

const NEWEST = 30

/** How everything stands that a tenant can be told of: always the same list of ids. Rejects when Redis does not answer. */
export async function readAlertStates(deps: FindingDeps): Promise<readonly AlertState[]> {
  const { redis, tenant, now, settings } = deps
  const [rests, failures, quarantine] = await Promise.all([
    readOpenBreakers(redis, tenant.name),
    readFailures(deps),
    readQuarantine(deps),
  ])
  return [
    ...destinations.flatMap(system => judgeRest(system, rests, { now, restMs: settings.restMs })),
    failures,
    quarantine,
  ]
}

/** A rest whose time is over and that nobody has probed yet is still a rest, unless it was only for a time. */
function judgeRest(
  system: System,
  rests: readonly OpenBreaker[],
  { now, restMs }: { now: number; restMs: number },
): AlertState[] {
  const rest = rests.find(each => each.system === system && (each.reason !== 'throttled' || each.until > now))
  const isRevoked = rest?.reason === 'revoked'
  const isLong = rest !== undefined && now - rest.since >= restMs
  const restCondition = rest === undefined ? 'over' : isLong && !isRevoked ? 'begins' : 'lasts'
  const revokedCondition = rest === undefined ? 'over' : isRevoked ? 'begins' : 'lasts'
  return [
    { id: `rest-${system}`, kind: 'rest', system, rest, condition: restCondition },
    { id: `revoked-${system}`, kind: 'revoked', system, rest, condition: revokedCondition },
  ]
}

async function readFailures({ queues, redis, settings, now }: FindingDeps): Promise<AlertState> {
  const { failures: limit, windowMs } = settings
  const counts = await Promise.all(destinations.map(name => countFailed(redis, queues[name], now - windowMs)))
  const count = counts.reduce((sum, each) => sum + each, 0)
  const condition = count >= limit ? 'begins' : count > limit / 2 ? 'lasts' : 'over'
  const codes = condition === 'begins' ? await countCodes(queues, now - windowMs) : []
  return { id: 'failures', kind: 'failures', count, codes, condition }
}

async function readQuarantine({ queues, redis, settings, now }: FindingDeps): Promise<AlertState> {
  const [count, kept] = await Promise.all([
    countFailed(redis, queues.quarantine, now - settings.windowMs),
    queues.quarantine.getFailedCount(),
  ])
  return { id: 'quarantine', kind: 'quarantine', count, kept, condition: count > 0 ? 'begins' : 'over' }
}

/** BullMQ keeps failed jobs in a sorted set by the time they failed. */
const countFailed = (redis: Redis, queue: Queue, since: number): Promise<number> =>
  redis.zcount(queue.toKey('failed'), since, '+inf')

async function countCodes(queues: Record<Destination, Queue>, since: number): Promise<[string, number][]> {
  const newest = await Promise.all(destinations.map(name => queues[name].getFailed(0, NEWEST - 1)))
  const counts = new Map<string, number>()
  for (const job of newest.flat()) {
    if ((job?.finishedOn ?? 0) < since) continue
    const code = codeOfReason(job?.failedReason)
    counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  return [...counts].toSorted(([, one], [, other]) => other - one)
}
