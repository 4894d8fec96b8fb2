import { destinations, type DriftKind, driftKinds, type System } from '@ponte/contracts'
import {
  type Connection,
  createFailedJobs,
  createVendorAnswers,
  type FailedJobReader,
  hasChanged,
  isImpaired,
  keysOf,
  needsPerson,
  readConnections,
  readOnce,
  SHOWN_OF_CAUSE,
  sumCounts,
} from '@ponte/operations'
import { type QueueKind, queueKinds, type Tenant } from '@ponte/runtime'
import {
  type CauseMute,
  createCauseRecords,
  createReconcileRecord,
  type Drift,
  type FailedCount,
  readDrift,
  readMemory,
  type ReconcileRecord,
  type RedisClient,
  type RefusedDeliveries,
} from '@ponte/state'
import type { AlertSettings } from '../config.ts'

/**
 * `begins`: bad enough for an alert. `over`: good again. `lasts`: in between, where nothing changes. Because of this margin,
 * values that go up and down around a limit are one episode.
 */
export type Condition = 'begins' | 'lasts' | 'over'

/** The state of one thing that can cause an alert. Facts hold only Ponte's own names, counts and times. */
export type AlertState = { readonly id: string; readonly condition: Condition } & AlertFacts

type Reconciled = Pick<ReconcileRecord, 'missing' | 'sent' | 'inARow'>

export type AlertFacts =
  | {
      readonly kind: 'circuit-breaker' | 'revoked'
      readonly connection: Connection
    }
  | {
      readonly kind: 'failures'
      readonly count: number
      /** Codes with their counts, the most frequent first. */
      readonly codes: readonly (readonly [string, number])[]
    }
  /** What the ingress refused of a source since it accepted a delivery. Undefined: nothing, or nothing for seven days. */
  | { readonly kind: 'refused'; readonly system: System; readonly refused: RefusedDeliveries | undefined }
  | { readonly kind: 'quarantine'; readonly count: number; readonly kept: number }
  /** What a vendor changed in the answers or webhooks of one kind. */
  | { readonly kind: 'drift'; readonly of: DriftKind; readonly drift: readonly Drift[] }
  /** Of the memory that Redis may use, the share that it uses. */
  | { readonly kind: 'redis-memory'; readonly share: number }
  /** What the last reconcile found: webhooks may be missing again and again. Undefined: there was none in 30 days. */
  | { readonly kind: 'reconcile'; readonly reconciled: Reconciled | undefined }

export interface AlertStateDeps {
  readonly tenant: Tenant
  readonly redis: RedisClient
  readonly settings: Pick<AlertSettings, 'breakerMs' | 'failures' | 'windowMs'>
  readonly readUnmuted: ReadUnmuted
  /** What is of no tenant is told with one of them. */
  readonly isFirstTenant: boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Reads all states of a tenant: always the same ids, as long as it is the first. Rejects when Redis does not answer. */
export async function readAlertStates(deps: AlertStateDeps): Promise<readonly AlertState[]> {
  const { redis, tenant, now, settings, readUnmuted, isFirstTenant } = deps
  const unmuted = await readUnmuted(tenant.name, now - settings.windowMs)
  const [{ connections }, quarantine, drift, reconciled, memory] = await Promise.all([
    readConnections(redis, tenant.name, now),
    readQuarantine(deps, unmuted),
    readDrift(redis, tenant.name, now),
    createReconcileRecord(redis, tenant.name).read(),
    isFirstTenant ? readMemory(redis) : undefined,
  ])
  return [
    ...connections.flatMap(each => [...connectionStates(each, now - settings.breakerMs), refusedState(each, now)]),
    readFailures(settings.failures, unmuted),
    quarantine,
    ...driftKinds.map(kind => driftState(kind, drift)),
    reconcileState(reconciled),
    ...(memory === undefined ? [] : [memoryState(memory.share)]),
  ]
}

/** Nobody is told before every process has written what it accepted meanwhile. */
function refusedState({ system, refused }: Connection, now: number): AlertState {
  const begins = refused?.isMany === true && refused.alertFrom <= now
  const condition = refused === undefined ? 'over' : begins ? 'begins' : 'lasts'
  return { id: `refused-${system}`, kind: 'refused', system, refused, condition }
}

/** One lost webhook is no alert: Ponte has made up for it. */
const MISSING_IN_A_ROW = 3

function reconcileState(reconciled: Reconciled | undefined): AlertState {
  const inARow = reconciled?.inARow ?? 0
  const condition = inARow >= MISSING_IN_A_ROW ? 'begins' : inARow > 0 ? 'lasts' : 'over'
  return { id: 'reconcile', kind: 'reconcile', reconciled, condition }
}

/** At half there is time to find out what grows. */
const FILLS_UP = 0.5
const HAS_ROOM = 0.4

const memoryState = (share: number): AlertState => {
  const condition = share > FILLS_UP ? 'begins' : share > HAS_ROOM ? 'lasts' : 'over'
  return { id: 'redis-memory', kind: 'redis-memory', share, condition }
}

/** Webhooks of an unknown form are announced as quarantine. */
function driftState(of: DriftKind, all: readonly Drift[]): AlertState {
  const drift = all.filter(({ kind }) => kind === of)
  return { id: `drift-${of}`, kind: 'drift', of, drift, condition: drift.length > 0 ? 'begins' : 'over' }
}

/**
 * A circuit breaker stays open until a probe closes it, even when its time is over. Only after a 429 it closes by time. A breaker that has
 * been open since `longAgo` counts as open for long.
 */
function connectionStates(connection: Connection, longAgo: number): AlertState[] {
  const { system, since = longAgo } = connection
  const isOver = !isImpaired(connection)
  const isRevoked = needsPerson(connection)
  const open = isOver ? 'over' : since <= longAgo && !isRevoked ? 'begins' : 'lasts'
  const revoked = isOver ? 'over' : isRevoked ? 'begins' : 'lasts'
  return [
    // The ids are parts of Redis keys: renaming one would send its alert again.
    { id: `circuit-breaker-${system}`, kind: 'circuit-breaker', connection, condition: open },
    { id: `revoked-${system}`, kind: 'revoked', connection, condition: revoked },
  ]
}

function readFailures(limit: number, unmuted: UnmutedFailures): AlertState {
  const counts = destinations.flatMap(kind => unmuted[kind])
  const count = sumCounts(counts)
  const condition = count >= limit ? 'begins' : count > limit / 2 ? 'lasts' : 'over'
  const codes = [...Map.groupBy(counts, ({ code }) => code)].map(([code, own]) => [code, sumCounts(own)] as const)
  return {
    id: 'failures',
    kind: 'failures',
    count,
    codes: codes.toSorted(([, one], [, other]) => other - one),
    condition,
  }
}

async function readQuarantine({ tenant, redis }: AlertStateDeps, { quarantine }: UnmutedFailures): Promise<AlertState> {
  const count = sumCounts(quarantine)
  const of = { kind: 'quarantine', queue: keysOf(tenant.name, 'quarantine') } as const
  const kept = sumCounts(await createFailedJobs(redis).count(of))
  return { id: 'quarantine', kind: 'quarantine', count, kept, condition: count > 0 ? 'begins' : 'over' }
}

/** Answers are masked like for an operator: what is compared does not name the person of its event. */
const reader = { role: 'operator' }

interface Cause {
  readonly queue: QueueKind
  readonly code: string
}

/** What has failed of each queue in the time that was asked for, without muted causes. */
export type UnmutedFailures = Readonly<Record<QueueKind, readonly FailedCount[]>>

/**
 * The failures since a time that no mute covers. A cause that has changed since somebody muted it (`hasChanged`) is muted no longer from then
 * on.
 */
export function createUnmutedFailures(redis: RedisClient) {
  const answers = createVendorAnswers(redis)
  const all = createFailedJobs(redis)

  return async function readUnmuted(tenant: string, since: number): Promise<UnmutedFailures> {
    const failedJobs = readOnce(all)
    const records = createCauseRecords(redis, tenant)
    const muted: Cause[] = []
    for (const { queue, code } of await records.noted()) {
      const kind = queueKinds.find(each => each === queue)
      const { mute } = await records.read({ queue, code })
      if (kind === undefined || mute === undefined) continue
      const cause = { queue: kind, code }
      if (await lasts(cause, mute, { tenant, failedJobs })) muted.push(cause)
    }
    const read = async (kind: QueueKind): Promise<readonly FailedCount[]> => {
      const counts = await failedJobs.count({ kind, queue: keysOf(tenant, kind) }, { since })
      return counts.filter(({ code }) => !muted.some(each => each.queue === kind && each.code === code))
    }
    const [crm, rd, quarantine] = await Promise.all([read('totvs-crm'), read('rd-station'), read('quarantine')])
    return { 'totvs-crm': crm, 'rd-station': rd, quarantine }
  }

  /** Does the mute last, now that these have failed for the cause? It remembers the fewest. */
  async function lasts(
    { queue: kind, code }: Cause,
    mute: CauseMute,
    { tenant, failedJobs }: { readonly tenant: string; readonly failedJobs: FailedJobReader },
  ): Promise<boolean> {
    const of = { kind, queue: keysOf(tenant, kind) }
    const counts = (await failedJobs.count(of)).filter(each => each.code === code)
    const count = sumCounts(counts)
    const jobs = await failedJobs.newest(of, counts, { most: SHOWN_OF_CAUSE })
    const isOver = hasChanged(mute, { count, shapes: await answers.shapesOf({ queue: of.queue, jobs }, reader) })
    const cause = { queue: kind, code }
    if (isOver || count < mute.count)
      await createCauseRecords(redis, tenant).changeMute(cause, mute, isOver ? undefined : { ...mute, count })
    return !isOver
  }
}

export type ReadUnmuted = ReturnType<typeof createUnmutedFailures>
