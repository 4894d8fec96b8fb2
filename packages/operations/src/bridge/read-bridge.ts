import { type QueueKind, queueKinds } from '@ponte/runtime'
import {
  createReconcileRecord,
  createTenantMode,
  type Drift,
  type ModeRecord,
  readDrift,
  type RedisClient,
  withDeadline,
} from '@ponte/state'
import { commandNeeded, modeInUse, type ModeState } from './mode-words.ts'
import { type FailedJobReader, sumCounts } from '../failures/failed-jobs.ts'
import { readHold } from './queue-status.ts'
import { STUCK_AFTER_MS } from '../queues/queue-snapshot.ts'
import { type Connection, readConnections } from './connections.ts'
import type { ModeDocument, OldCredential, StatusDocument, TenantDocument } from '../documents.ts'
import { joinOld, type ProcessDeps, type ProcessReading, readProcessConcerns } from '../processes/process-concerns.ts'
import { countWorkers, keysOf, pauseEnd, type QueueReading, readQueue } from '../queues/read-queue.ts'

export interface BridgeDeps extends ProcessDeps {
  readonly redis: RedisClient
  readonly tenants: readonly BridgeTenant[]
  readonly failedJobs: FailedJobReader
  /** An event that waits for longer is worth a look, in milliseconds. Default: STUCK_AFTER_MS. */
  readonly stuckAfterMs?: number | undefined
}

/** A tenant, and what its tenants file says of its mode, where that is known. */
interface BridgeTenant {
  readonly name: string
  readonly settings?: { readonly mode: ModeRecord['mode'] }
}

/** The state of a tenant at one moment. Times in milliseconds since 1970. */
export interface TenantState extends Omit<TenantDocument, 'connections' | 'failures' | keyof ModeDocument> {
  readonly connections: readonly Connection[]
  readonly mode: ModeState
}

/** The state of the bridge at one moment, over all tenants that were asked for. */
export interface BridgeState
  extends
    Omit<StatusDocument, 'health' | 'summary' | 'tenants'>,
    Pick<TenantState, 'connections' | 'quarantined' | 'waitingForPerson'> {
  /** The tenants that could be read. */
  readonly tenants: readonly TenantState[]
  readonly paused: readonly { readonly tenant: string; readonly kind: QueueKind }[]
  /** What vendors have changed, with all tenants at which it was seen. */
  readonly drift: readonly (Drift & { readonly at: readonly string[] })[]
  /** Changed credentials that processes do not use yet, with all tenants that have one. */
  readonly oldCredentials: readonly (OldCredential & { readonly at: readonly string[] })[]
  /** Tenants without a connected worker process. */
  readonly withoutWorker: readonly string[]
}

/** How many tenants are read at once. */
const AT_ONCE = 100
/** A later state is of no use to a person who waits for a page. */
const DEADLINE_MS = 3000

/**
 * Reads the state of the bridge. Never rejects: tenants for which Redis does not answer are in `unreadable`. `now`: milliseconds since
 * 1970.
 */
export async function readBridge(deps: BridgeDeps, { now }: { readonly now: number }): Promise<BridgeState> {
  const { redis, stuckAfterMs = STUCK_AFTER_MS } = deps
  const names = deps.tenants.map(({ name }) => name)
  const workers = withDeadline(countWorkers(redis, names), DEADLINE_MS).catch(() => undefined)
  const reading = withDeadline(readProcessConcerns(redis, names, { ...deps, now }), DEADLINE_MS)
  // Each tenant waits for it.
  reading.catch(() => undefined)
  const { states, unreadable } = await readEach(deps.tenants, ({ name, settings }) =>
    readTenant(deps, { tenant: name, modeOfFile: settings?.mode, now, workers, reading }),
  )
  const { refusedFile } = await reading.catch(() => ({ refusedFile: [] }))
  const tenants = states.map(([, state]) => state)
  return bridgeOfTenants(tenants, { at: now, unreadable, refusedFile, stuckAfterSeconds: stuckAfterMs / 1000 })
}

/** Reads tenants, some at a time. Those for which Redis does not answer in time are `unreadable`. */
export async function readEach<Tenant extends { readonly name: string }, State>(
  tenants: readonly Tenant[],
  read: (tenant: Tenant) => Promise<State>,
): Promise<{ readonly states: readonly (readonly [string, State])[]; readonly unreadable: string[] }> {
  const states: (readonly [string, State])[] = []
  for (let from = 0; from < tenants.length; from += AT_ONCE) {
    const reading = tenants.slice(from, from + AT_ONCE).map(async tenant => [tenant.name, await read(tenant)] as const)
    const found = reading.map(each => withDeadline(each, DEADLINE_MS).catch(() => undefined))
    states.push(...(await Promise.all(found)).filter(each => each !== undefined))
  }
  const names = new Set(states.map(([name]) => name))
  return { states, unreadable: tenants.flatMap(({ name }) => (names.has(name) ? [] : [name])) }
}

/** What does not follow from the states of the tenants. */
type Unsummed = 'at' | 'unreadable' | 'refusedFile' | 'stuckAfterSeconds'

/** The state of the bridge from that of each tenant. */
export const bridgeOfTenants = (
  tenants: readonly TenantState[],
  { at, unreadable, refusedFile, stuckAfterSeconds }: Pick<BridgeState, Unsummed>,
): BridgeState => ({ ...sumUp(tenants), at, unreadable, refusedFile, stuckAfterSeconds })

/** The state of some of the tenants, as if only these had been asked for. */
export function bridgeOf(state: BridgeState, names: readonly string[]): BridgeState {
  const isAsked = (tenant: string): boolean => names.includes(tenant)
  const tenants = state.tenants.filter(({ tenant }) => isAsked(tenant))
  return bridgeOfTenants(tenants, {
    at: state.at,
    stuckAfterSeconds: state.stuckAfterSeconds,
    unreadable: state.unreadable.filter(isAsked),
    refusedFile: state.refusedFile.filter(({ process }) => tenants.some(each => each.refusedFileBy.includes(process))),
  })
}

function sumUp(tenants: readonly TenantState[]): Omit<BridgeState, Unsummed> {
  const sum = (count: (tenant: TenantState) => number): number => tenants.reduce((all, each) => all + count(each), 0)
  return {
    tenants,
    connections: tenants.flatMap(({ connections }) => connections),
    failed: sum(({ failed }) => failed),
    quarantined: sum(({ quarantined }) => quarantined),
    waiting: sum(({ waiting }) => waiting),
    waitingForPerson: sum(({ waitingForPerson }) => waitingForPerson),
    oldestWaitingSince: earliest(tenants.map(({ oldestWaitingSince }) => oldestWaitingSince)),
    delayed: sum(({ delayed }) => delayed),
    paused: tenants.flatMap(({ tenant, paused }) => paused.map(kind => ({ tenant, kind }))),
    drift: joinDrift(tenants),
    oldCredentials: joinOld(tenants),
    withoutWorker: tenants.flatMap(({ tenant, workerConnected }) => (workerConnected === false ? [tenant] : [])),
  }
}

/** A vendor changes an answer for all tenants at once: that is one change. `since`: the first time of all. */
function joinDrift(tenants: readonly TenantState[]): BridgeState['drift'] {
  const all = tenants.flatMap(({ tenant, drift }) => drift.map(each => ({ tenant, each })))
  const changes = Map.groupBy(all, ({ each: { since: _since, ...change } }) => JSON.stringify(change))
  return [...changes.values()].flatMap(same => {
    const [first] = same.map(({ each }) => each).toSorted((one, other) => one.since - other.since)
    return first === undefined ? [] : [{ ...first, at: same.map(({ tenant }) => tenant) }]
  })
}

const earliest = (times: readonly (number | null | undefined)[]): number | null =>
  times.reduce<number | null>((one, at) => (at === null || at === undefined ? one : Math.min(one ?? at, at)), null)

interface TenantQuestion {
  readonly tenant: string
  readonly modeOfFile: ModeRecord['mode'] | undefined
  readonly now: number
  readonly workers: Promise<ReadonlyMap<string, number> | undefined>
  readonly reading: Promise<ProcessReading>
}

/** How many events of Ponte's a way back left undone outside the queues. */
export const countRest = (redis: RedisClient, tenant: string): Promise<number> =>
  createTenantMode(redis, tenant).rest.count()

async function readMode(
  redis: RedisClient,
  tenant: string,
  modeOfFile: TenantQuestion['modeOfFile'],
): Promise<ModeState> {
  const record = await createTenantMode(redis, tenant).read()
  // Only a way back leaves something.
  const rest = record.shadowSince === undefined ? 0 : await countRest(redis, tenant)
  const mode = modeInUse(record, modeOfFile ?? record.mode)
  return { ...record, mode, ...(rest > 0 && { rest }), ...(modeOfFile && { modeOfFile }) }
}

async function readTenant(
  { redis, failedJobs }: BridgeDeps,
  { tenant, modeOfFile, now, workers, reading: processes }: TenantQuestion,
): Promise<TenantState> {
  const [{ connections, breakers }, drift, mode, reconciled] = await Promise.all([
    readConnections(redis, tenant, now),
    readDrift(redis, tenant, now),
    readMode(redis, tenant, modeOfFile),
    createReconcileRecord(redis, tenant).read(),
  ])
  const queues = await Promise.all(
    queueKinds.map(async kind => {
      const dueMs = pauseEnd(breakers, kind, now)
      const reading = await readQueue(redis, { tenant, kind }, { now, dueMs })
      const failed = reading.failed === 0 ? 0 : sumCounts(await failedJobs.count({ kind, queue: keysOf(tenant, kind) }))
      return { kind, reading, failed }
    }),
  )
  const connected = (await workers)?.get(tenant)
  const workerConnected = connected === undefined ? null : connected > 0
  const { refusedFileBy = [], oldCredentials = [] } = (await processes).concerns.get(tenant) ?? {}
  const sum = (count: (reading: QueueReading) => number): number =>
    queues.reduce((all, { reading }) => all + count(reading), 0)
  const command = commandNeeded(mode)
  const held = queues.filter(
    ({ kind, reading: { isPaused } }) =>
      readHold(kind, { isPaused, command, workerConnected, connections })?.needsPerson === true,
  )
  return {
    tenant,
    connections,
    failed: queues.reduce((all, { failed }) => all + failed, 0),
    quarantined: queues.find(({ kind }) => kind === 'quarantine')?.failed ?? 0,
    waiting: sum(({ waiting }) => waiting),
    waitingForPerson: held.reduce((all, { reading }) => all + reading.waiting, 0),
    oldestWaitingSince: earliest(
      queues.map(({ reading: { oldestSince } }) => oldestSince && Math.min(now, oldestSince)),
    ),
    delayed: sum(({ delayed }) => delayed),
    paused: queues.filter(({ reading }) => reading.isPaused).map(({ kind }) => kind),
    workerConnected,
    drift,
    mode,
    reconciled: reconciled ?? null,
    refusedFileBy,
    oldCredentials,
  }
}
