import { isRecord, type RegisteredLead, registeredLead, eventOfJob } from '@ponte/contracts'
import type { TenantQueues, QueueKind } from '@ponte/runtime'
import {
  acquireLock,
  createEventLists,
  createTenantMode,
  type Fingerprint,
  goingLiveLock,
  type TenantMode,
  type RedisClient,
  createTimelines,
  timelineId,
  type Timelines,
} from '@ponte/state'
import { figuresOfPerson, findPerson, type Findings, type Search } from './find-person.ts'
import { type JobEntry, memberOf } from './job-entry.ts'
import { createRecognition, type Person, type Recognition } from './person.ts'
import { scrub } from './scrub.ts'
import type { Queue } from 'bullmq'

/** A job that cannot be removed now, because a worker is processing it. */
interface LeftJob {
  readonly queue: QueueKind
  readonly jobId: string
  readonly state: string
}

interface RemoveOptions extends Pick<EraseOfPerson, 'redis' | 'tenant' | 'fingerprint' | 'dryRun'> {
  /** Called with what is removed. */
  readonly count: Count
}

/** Removes jobs from their queues, and says which are left. */
async function removeJobs(
  jobs: readonly JobEntry[],
  queues: TenantQueues,
  { redis, tenant, fingerprint, dryRun, count }: RemoveOptions,
): Promise<readonly LeftJob[]> {
  const timelines = createTimelines(redis, tenant, fingerprint)
  const left: LeftJob[] = []
  for (const { queue, jobId } of jobs) {
    const state = await queues[queue].getJobState(jobId)
    if (state === 'failed' && !dryRun) await countAsRemoved(queues[queue], jobId, timelines)
    const isRemoved = state !== 'active' && (dryRun || (await removeJob(queues[queue], { jobId, state, redis })))
    if (isRemoved) count(`${queue === 'quarantine' ? 'quarantine' : 'jobs'}.${state}`)
    else left.push({ queue, jobId, state: 'active' })
  }
  return left
}

/** Has figures count a failure as removed. Its timeline says so, which is removed afterwards. */
async function countAsRemoved(queue: Queue, jobId: string, timelines: Timelines): Promise<void> {
  const job = await queue.getJob(jobId)
  if (job === undefined) return
  const { event, key, receivedAt } = eventOfJob(job)
  if ((await timelines.read(timelineId(key))).length === 0) return
  const of = { event, key, receivedAt, jobId, identities: [] }
  await timelines.record(of, { kind: 'removed', at: Date.now(), by: 'erase', jobId })
}

/** False when a worker took the job in the meantime. */
async function removeJob(
  queue: Queue,
  { jobId, state, redis }: { jobId: string; state: string; redis: RedisClient },
): Promise<boolean> {
  if (state !== 'unknown') return (await queue.remove(jobId)) === 1
  // In no list of the queue: the remains of a job whose removal was interrupted.
  await redis.del(queue.toKey(jobId), queue.toKey(`${jobId}:logs`))
  return true
}

/** How much was removed, by kind: `jobs.completed`, `quarantine.failed`, `shadow`, `state.contact-lead`, `traces`. */
export type Counts = Record<string, number>
type Count = (kind: string, number?: number) => void

export interface Erasure extends Pick<Findings, 'withOthers' | 'shared' | 'unread' | 'nameless'> {
  readonly removed: Counts
  readonly left: readonly LeftJob[]
}

interface Removal {
  readonly dryRun: boolean
  readonly count: Count
  readonly recognition: Recognition
}

/** The next round finds jobs that were added while the keys were read. */
const ROUNDS = 3

interface EraseOfPerson {
  readonly redis: RedisClient
  readonly tenant: string
  readonly queues: TenantQueues
  readonly person: Person
  readonly fingerprint: Fingerprint
  readonly dryRun: boolean
  /** Called during and after each search through the tenant's keys; `pass` counts them from 1. */
  readonly onSearch?: (search: { pass: number; keys: number; isFinished: boolean }) => void
}

/** Removes everything about a person from one tenant's keys; with `dryRun` only counts it. */
export async function erasePerson(options: EraseOfPerson): Promise<Erasure> {
  if (options.dryRun) return await eraseInRounds(options)
  // Going live takes seconds, and the lock of a worker that died ends by itself.
  const lock = await acquireLock(options.redis, [goingLiveLock(options.tenant)], { waitMs: Infinity })
  try {
    const erasure = await eraseInRounds(options)
    await createEventLists(options.redis, options.tenant).remove([...options.person.timelineIds])
    return erasure
  } finally {
    await lock?.release()
  }
}

async function eraseInRounds(options: EraseOfPerson): Promise<Erasure> {
  const { redis, tenant, queues, person, fingerprint, dryRun, onSearch } = options
  const mode = createTenantMode(redis, tenant)
  const removed: Counts = {}
  const count = (kind: string, number = 1): void => {
    if (number > 0) removed[kind] = (removed[kind] ?? 0) + number
  }
  let [pass, withOthers] = [1, 0]
  const search: Search = {
    redis,
    tenant,
    person,
    fingerprint,
    onRead: keys => onSearch?.({ pass, keys, isFinished: false }),
    onSearched(keys) {
      onSearch?.({ pass, keys, isFinished: true })
      pass += 1
    },
  }
  for (let round = 1; ; round += 1) {
    const found = await findPerson(search)
    const removal = { dryRun, count, recognition: createRecognition(person, fingerprint) }
    withOthers += found.withOthers
    const left = [
      ...(await removeJobs(found.jobs, queues, { redis, dryRun, count, tenant, fingerprint })),
      ...(await removeMentions(found.mentioning, queues, removal)),
    ]
    await removeFromShadow(found, mode, removal)
    await removeState(found, redis, removal)
    const { jobs, mentioning, state, traces, figures, shadow, shared, unread, nameless } = found
    const isAllGone = [jobs, mentioning, state, traces, figures, shadow].flat().length === left.length
    if (dryRun || isAllGone || round === ROUNDS) return { removed, left, withOthers, shared, unread, nameless }
  }
}

/** Removes the person from other people's leads, which stay. A lead without an owner is assigned to the tenant's default user. */
async function removeMentions(
  jobs: readonly JobEntry[],
  queues: TenantQueues,
  removal: Removal,
): Promise<readonly LeftJob[]> {
  const left: LeftJob[] = []
  for (const { queue, jobId, lead } of jobs) {
    const job = await queues[queue].getJob(jobId)
    if (job === undefined || lead === undefined) continue
    if (await job.isActive()) {
      left.push({ queue, jobId, state: 'active' })
      continue
    }
    await removeMention(job.data, lead, removal, data => job.updateData(data))
  }
  return left
}

/** The same of what ended in the shadow. */
async function removeFromShadow(
  { shadow, mentioningInShadow }: Findings,
  mode: TenantMode,
  removal: Removal,
): Promise<void> {
  if (!removal.dryRun && shadow.length > 0) await mode.drop(shadow)
  removal.count('shadow', shadow.length)
  for (const kept of mentioningInShadow) {
    const lead = registeredLead.safeParse(memberOf(kept.data, 'lead')).data
    if (lead !== undefined) await removeMention(kept.data, lead, removal, data => mode.replace({ ...kept, data }))
  }
}

/** Has `replace` write the data of somebody else's event without the person as the owner of the lead and in answers. */
async function removeMention(
  data: unknown,
  { ownerEmail, values, ...others }: RegisteredLead,
  { dryRun, count, recognition }: Removal,
  replace: (data: object) => Promise<unknown>,
): Promise<void> {
  const isTheirs = (text: string): boolean => recognition.belongs(text) === 'theirs'
  const isOwner = ownerEmail !== undefined && isTheirs(ownerEmail)
  const remaining = Object.entries(values ?? {}).flatMap(([place, texts]) => {
    const kept = texts.filter(text => !isTheirs(text))
    return kept.length === 0 ? [] : [[place, kept] as const]
  })
  const stripped = {
    ...others,
    ...(ownerEmail !== undefined && !isOwner && { ownerEmail }),
    ...(values !== undefined && { values: Object.fromEntries(remaining) }),
  }
  // A corrected event also keeps its original values.
  const event = isRecord(data) ? data : {}
  const { edited } = event
  const { ownerEmail: former, ...original } =
    isRecord(edited) && isRecord(edited['original']) ? edited['original'] : { ownerEmail: undefined }
  const kept = typeof former === 'string' && !isTheirs(former) ? { ...original, ownerEmail: former } : original
  const without = { ...event, lead: stripped, ...(isRecord(edited) && { edited: { ...edited, original: kept } }) }
  if (!dryRun) await replace(without)
  if (isOwner) count('owner')
  if (JSON.stringify(stripped.values) !== JSON.stringify(values)) count('answers')
}

async function removeState(
  { state, traces, figures }: Findings,
  redis: RedisClient,
  { dryRun, count, recognition }: Removal,
): Promise<void> {
  for (const { key } of state) {
    if (!dryRun) await redis.del(key)
    count(`state.${key.split(':')[2] ?? ''}`)
  }
  for (const entry of traces) count('traces', await scrub(entry, redis, { dryRun, recognition }))
  for (const entry of figures) {
    const names = figuresOfPerson(entry, recognition)
    if (!dryRun) for (const name of names) await countWithOthers(redis, entry.key, name)
    count('figures', names.length)
  }
}

/** Counts under no name what was counted under this one. `identifier:` stands for all identifiers without a name of their own. */
async function countWithOthers(redis: RedisClient, key: string, name: string): Promise<void> {
  const others = name.slice(0, name.indexOf(':') + 1)
  const counted = Number((await redis.hget(key, name)) ?? 0)
  await redis.multi().hincrby(key, others, counted).hdel(key, name).exec()
}
