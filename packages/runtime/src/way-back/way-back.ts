import { asPontes, isRecord, eventOfJob, events, isEventName, ownerOf, destinations } from '@ponte/contracts'
import {
  acquireLock,
  createTenantMode,
  goingLiveLock,
  isRest,
  type KeptJob,
  loadScript,
  ownerFunctions,
  type RedisClient,
  type TenantMode,
  isOfPackage,
  type ModeRecord,
  type OwnedEvent,
  type Audit,
  createTimelines,
  type Fingerprint,
} from '@ponte/state'
import type { Job } from 'bullmq'
import { queueKinds, type QueueKind } from '../queues/queue-names.ts'
import { jobOptions, type TenantQueues } from '../queues/queues.ts'
import type { Tenant } from '../tenants/tenants.ts'

const countPontes = loadScript(import.meta.dirname, 'count-pontes.lua', { functions: ownerFunctions })

const BATCH = 500
/** Jobs that are not over, in this order: one that moves on while they are looked through is met again. */
const OPEN = ['delayed', 'prioritized', 'wait', 'active'] as const
/** BullMQ orders what is due in the same millisecond by the lower digits of its score. */
const SCORES_A_MS = 0x1000
/** In this order, a job that becomes due meanwhile is not missed. */
const WAITING = ['delayed', 'prioritized', 'waiting'] as const

export interface WayBackDeps {
  readonly redis: RedisClient
  readonly tenant: Pick<Tenant, 'name' | 'settings'>
  readonly queues: TenantQueues
}

/** How many jobs of Ponte's wait or run. BullMQ's lists are read in parts: a job that moves meanwhile may count twice, or not. */
export async function countUndone({ redis, queues }: Omit<WayBackDeps, 'tenant'>): Promise<number> {
  let count = 0
  for (const kind of queueKinds)
    for (const list of OPEN)
      for (let from = 0; ; from += BATCH) {
        const key = queues[kind].toKey(list)
        const to = from + BATCH - 1
        const isSet = list === 'delayed' || list === 'prioritized'
        const ids = await (isSet ? redis.zrange(key, String(from), String(to)) : redis.lrange(key, from, to))
        if (ids.length === 0) break
        count += Number(await countPontes(redis, [key], [queues[kind].toKey(''), ...ids]))
      }
  return count
}

/**
 * Ends the draining when nothing of Ponte's is left, and gives how much is. Twice nothing, because a job may have moved meanwhile. One that
 * was missed all the same becomes part of the rest.
 */
export async function endDraining(deps: Omit<WayBackDeps, 'tenant'> & { readonly mode: TenantMode }): Promise<number> {
  const left = (await countUndone(deps)) || (await countUndone(deps))
  if (left === 0) await deps.mode.goBack('drained')
  return left
}

/**
 * Takes what is Ponte's out of the queues of a tenant that is in the shadow, for a person to decide. Gives those jobs. Waits while a person
 * is erased: what was read before must not come back.
 */
export async function setRestAside(deps: WayBackDeps): Promise<readonly KeptJob[]> {
  const lock = await acquireLock(deps.redis, [goingLiveLock(deps.tenant.name)], { waitMs: Infinity })
  try {
    return await takeOutOfQueues(deps, () => lock?.isHeld() === true)
  } finally {
    await lock?.release()
  }
}

async function takeOutOfQueues(
  { redis, tenant, queues }: WayBackDeps,
  isHeld: () => boolean,
): Promise<readonly KeptJob[]> {
  const mode = createTenantMode(redis, tenant.name)
  const record = await mode.read()
  const kept: KeptJob[] = []
  for (const kind of queueKinds)
    for (const type of WAITING)
      for (let from = 0; ;) {
        const jobs = await queues[kind].getJobs([type], from, from + BATCH - 1)
        if (jobs.length === 0) break
        for (const job of jobs) {
          if (!isHeld()) return kept
          const isAside = isRest(record, job.data) && (await setAside(job, { redis, kind, mode, queues }))
          if (isAside === false) from += 1
          else kept.push(isAside)
        }
      }
  return kept
}

/** False when a worker has the job, or it is gone: a worker that has it sets it aside by itself. */
async function setAside(
  job: Job,
  { redis, kind, mode, queues }: Omit<WayBackDeps, 'tenant'> & { readonly kind: QueueKind; readonly mode: TenantMode },
): Promise<KeptJob | false> {
  const { id = '', name, data } = job
  const receivedAt = isRecord(data) ? Date.parse(String(data['receivedAt'])) : Number.NaN
  const due = await redis.zscore(queues[kind].toKey('delayed'), id)
  const kept = {
    ...{ id, queue: kind, name, data, receivedAt: Number.isNaN(receivedAt) ? job.timestamp : receivedAt },
    ...placeOf(job),
    ...(due !== null && { dueAt: Math.floor(Number(due) / SCORES_A_MS) }),
  }
  // First kept, then removed: a process that dies in between loses nothing. What was kept stays, because a worker that has the job may have
  // kept it too. At worst a job that is over comes again, which has no second effect.
  if (!(await mode.rest.keep(kept, queues[kind].toKey(id)))) return false
  // BullMQ's removal would take the event's key along, and the rest has the event: its repeat stays one. An id that updates share, which has
  // no end of its own, has to go with its job.
  if (job.opts.deduplication?.ttl !== undefined) await redis.hdel(queues[kind].toKey(id), 'deid')
  return (await queues[kind].remove(id).catch(() => 0)) === 1 && kept
}

/** What of its place in the queue a job keeps that is set aside. */
export const placeOf = ({ opts }: Pick<Job, 'opts'>): Pick<KeptJob, 'priority'> =>
  opts.priority === undefined || opts.priority === 0 ? {} : { priority: opts.priority }

/** The id of the job that one of the rest gets when a person sends it. */
const sentJobId = (keptJobId: string): string => `sent-${keptJobId}`

/**
 * Sends the rest, the oldest first: each job is Ponte's, and runs although the tenant is in the shadow. Or drops it. Gives those jobs.
 * Undefined while somebody else does either, or erases a person. It may be cut off at any point and done again. `onEnded` is told of them part
 * by part.
 */
export async function endRest(
  how: 'send' | 'drop',
  { redis, tenant, queues }: WayBackDeps,
  onEnded?: (jobs: readonly KeptJob[]) => Promise<void>,
): Promise<readonly KeptJob[] | undefined> {
  const mode = createTenantMode(redis, tenant.name)
  const lock = await acquireLock(redis, [goingLiveLock(tenant.name)], { waitMs: 0 })
  if (lock === undefined) return undefined
  const ended: KeptJob[] = []
  try {
    const { shadowSince } = await mode.read()
    for (;;) {
      const jobs = await mode.rest.oldest(BATCH)
      if (jobs.length === 0 || !lock.isHeld()) return ended
      for (const kind of how === 'send' ? queueKinds : []) {
        const own = jobs.filter(({ queue }) => queue === kind)
        if (own.length === 0) continue
        const retry = kind === 'quarantine' ? { attempts: 1 } : jobOptions(tenant.settings.retry)
        await queues[kind].addBulk(
          own.map(({ id, name, data, priority, dueAt = 0 }) => ({
            name,
            data: asPontes(data, { sentIn: shadowSince }),
            opts: {
              ...retry,
              jobId: sentJobId(id),
              ...(priority !== undefined && { priority }),
              ...(dueAt > Date.now() && { delay: dueAt - Date.now() }),
            },
          })),
        )
      }
      await mode.drop(jobs.map(({ id }) => id))
      ended.push(...jobs)
      await onEnded?.(jobs)
    }
  } finally {
    await lock.release()
  }
}

export type OwnedJob = Pick<Job, 'id' | 'name' | 'data' | 'timestamp'>

/** In milliseconds since 1970. */
export const receivedAtOf = (job: OwnedJob): number => Date.parse(eventOfJob(job).receivedAt)

export const ownedEventOf = (job: OwnedJob): OwnedEvent => ({
  owner: ownerOf(job.data),
  receivedAt: receivedAtOf(job),
})

/**
 * Updates of one opportunity share a job while it waits, and it has the time of the first of them: the last may have come at any moment until
 * it runs. So it is never only the package's. To run it costs little, because an opportunity from before is adopted as it is.
 */
export const isShared = ({ name }: Pick<Job, 'name'>): boolean => isEventName(name) && events[name].isCoalesced

/** Whether an event of the shadow that runs live was the package's. */
export const isPackages = (job: OwnedJob, record: ModeRecord): boolean =>
  isOfPackage(record, ownedEventOf(job)) && !(isShared(job) && record.offAt !== undefined)

/** What waits and came in the shadow is Ponte's from now on, or stays the package's: a later shadow knows no times of this one. */
export async function assignWaiting(queues: TenantQueues, record: ModeRecord): Promise<void> {
  for (const destination of destinations)
    for (const type of WAITING)
      for (let from = 0; ; from += BATCH) {
        const jobs = await queues[destination].getJobs([type], from, from + BATCH - 1)
        if (jobs.length === 0) break
        const own = jobs.filter(job => ownerOf(job.data) === 'shadow' && !isPackages(job, record))
        // One that is gone meanwhile needs no owner.
        await Promise.all(own.map(job => job.updateData(asPontes(job.data)).catch(() => undefined)))
      }
}

/**
 * Brings the tenant back into the shadow at once. Where it still goes live, what waits gets its owner first. Until then no job of the tenant
 * runs.
 */
export async function goBackAtOnce(deps: {
  readonly queues: TenantQueues
  readonly mode: TenantMode
}): ReturnType<TenantMode['goBack']> {
  const record = await deps.mode.read()
  if (record.isGoingLive === true) await assignWaiting(deps.queues, record)
  return await deps.mode.goBack('now')
}

export interface RestDecision extends WayBackDeps {
  readonly audit: Audit
  readonly fingerprint: Fingerprint
  /** Who decides, by the name of the audit trail. */
  readonly user: string
}

/**
 * Sends or drops the rest for a person, of the board or the command line, and records it: in the audit trail how many events these were, and
 * in the timeline of each one that is dropped. Gives how many. Undefined while somebody else does either, or erases a person.
 */
export async function decideRest(
  how: 'send' | 'drop',
  { audit, fingerprint, user, ...deps }: RestDecision,
): Promise<number | undefined> {
  const { redis, tenant } = deps
  const timelines = createTimelines(redis, tenant.name, fingerprint)
  const held = await createTenantMode(redis, tenant.name).rest.count()
  const entry = { user, action: `rest-${how}`, tenant: tenant.name }
  const recordEnd = await audit.begin({ ...entry, outcome: 'done', detail: `${held} ?` })
  const recordDropped = async (job: KeptJob): Promise<void> => {
    const { event, key, receivedAt, jobId } = eventOfJob({ ...job, timestamp: job.receivedAt })
    const of = { event, key, receivedAt, jobId, identities: [] }
    // The job is gone, and a timeline that cannot be written must not keep the others.
    await timelines.record(of, { kind: 'removed', at: Date.now(), by: user, jobId }).catch(() => undefined)
  }
  let ended = 0
  let isOver = false
  try {
    const jobs = await endRest(how, deps, async batch => {
      ended += batch.length
      if (how === 'drop') await Promise.all(batch.map(recordDropped))
    })
    isOver = true
    return jobs?.length
  } finally {
    const outcome = ended > 0 ? 'done' : 'failed'
    const written = recordEnd({ ...entry, outcome, detail: String(ended > 0 ? ended : held) })
    // The error that stopped the work says more than an error of its record.
    await (isOver ? written : written.catch(() => undefined))
  }
}
