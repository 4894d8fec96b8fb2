import { phoneDigits, isRecord, type RegisteredLead, registeredLead, eventOfJob } from '@ponte/contracts'
import { queueLabel, type TenantQueues, type QueueKind } from '@ponte/runtime'
import {
  type RedisClient,
  acquireLock,
  createEventLists,
  createTenantMode,
  type Fingerprint,
  goingLiveLock,
  type TenantMode,
  createTimelines,
  timelineId,
  type Timelines,
} from '@ponte/state'
import { createPerson, LEAST_DIGITS, nameWords, createRecognition, type Person, type Recognition } from './person.ts'
import { readStoredTenants, type JobEntry, memberOf } from './read-keyspace.ts'
import { UsageError, type Command, outcomeOf, type Session, requireConsent } from '../session.ts'
import {
  recordAction,
  rewriteAppendOnlyFile,
  withQueues,
  readSettingsWithFingerprints,
  unknownTenant,
} from '../installation.ts'
import { figuresOfPerson, findPerson, type Findings, type Search } from './find-person.ts'
import { scrub } from './scrub.ts'
import type { Queue } from 'bullmq'

/** Removes a person's data from everything that Ponte stores (LGPD, art. 18) and reports what was removed. */
export const erase: Command<{
  readonly email?: string
  readonly phone?: string
  readonly name?: string
  readonly tenant?: string
  readonly dryRun?: boolean
  readonly yes?: boolean
}> = async ({ email, phone, name: fullName, tenant, dryRun = false, yes }, session) => {
  const { texts } = session
  requirePerson({ email, phone, name: fullName }, session)
  const settings = await readSettingsWithFingerprints(session)
  const { fingerprint } = settings
  const configured = settings.tenants.map(({ name }) => name)
  const choose = (redis: RedisClient) => chooseAll(redis, { configured, wanted: tenant, session })
  return await withQueues({ settings, tenants: choose, session }, async ({ redis, queues, tenants }) => {
    if (!dryRun) await requireConsent(texts.erase.consent(tenants.length), { yes, session })
    const erasures: Erased[] = []
    for (const { name, isConfigured } of tenants) {
      const own = queues.of(name)
      const person = createPerson({ email, phone, name: fullName })
      const reporting = session.json ? {} : { onSearch: reportOf(name, session) }
      const erasure = await erasePerson({ redis, tenant: name, queues: own, person, fingerprint, dryRun, ...reporting })
      erasures.push({ tenant: name, configured: isConfigured, ...erasure })
      const detail = Object.entries(erasure.removed)
        .map(([kind, count]) => `${kind} ${count}`)
        .join(', ')
      if (!dryRun && detail !== '') await recordAction(redis, { action: 'erase', tenant: name, detail })
    }
    const isAnythingRemoved = !dryRun && erasures.some(({ removed }) => Object.keys(removed).length > 0)
    // The append-only file still contains what was removed.
    const isRewritten = isAnythingRemoved && (await rewriteAppendOnlyFile(redis))
    const left = erasures.some(
      ({ left: active, unread, nameless }) => active.length + unread.length + nameless.length > 0,
    )
    return outcomeOf(!left, { dryRun, appendOnlyFileRewritten: isRewritten, tenants: erasures }, [
      ...erasures.flatMap(erasure => toLines(erasure, dryRun, session)),
      ...(isAnythingRemoved ? [isRewritten ? texts.erase.rewritten : texts.erase.notRewritten] : []),
      texts.erase.elsewhere,
    ])
  })
}

type Erased = Erasure & {
  readonly tenant: string
  /** False: the tenant is no longer in the tenants file, but still has data in Redis. */
  readonly configured: boolean
}

/** The tenants of the file, then those that only have data in Redis; or the one that is wanted. */
async function chooseAll(
  redis: RedisClient,
  { configured, wanted, session }: { configured: readonly string[]; wanted: string | undefined; session: Session },
): Promise<readonly { name: string; isConfigured: boolean }[]> {
  const former = (await readStoredTenants(redis)).filter(name => !configured.includes(name))
  const all = [
    ...configured.map(name => ({ name, isConfigured: true })),
    ...former.map(name => ({ name, isConfigured: false })),
  ]
  const chosen = wanted === undefined ? all : all.filter(({ name }) => name === wanted)
  if (wanted !== undefined && chosen.length === 0) throw unknownTenant(wanted, all, session)
  return chosen
}

const reportOf =
  (tenant: string, { progress, progressBriefly, texts }: Session) =>
  ({ isFinished, ...search }: { pass: number; keys: number; isFinished: boolean }): void =>
    isFinished
      ? progress(texts.erase.searched({ tenant, ...search }))
      : progressBriefly(texts.erase.searchingKeys({ tenant, ...search }))

function requirePerson({ email, phone, name }: Parameters<typeof createPerson>[0], { texts }: Session) {
  if (email === undefined && phone === undefined) throw new UsageError(texts.erase.personNeeded)
  if (email !== undefined && !/^[^\s@]+@[^\s@]+$/.test(email.trim())) throw new UsageError(texts.erase.emailInvalid)
  if (phone !== undefined && phoneDigits(phone).length < LEAST_DIGITS) throw new UsageError(texts.erase.phoneInvalid)
  if (name !== undefined && nameWords(name) === undefined) throw new UsageError(texts.erase.nameInvalid)
}

function toLines(erased: Erased, dryRun: boolean, { texts, paint, language }: Session): string[] {
  const warning = (text: string): string => `  ${paint('warning', `! ${text}`)}`
  const { tenant, configured, removed, left, withOthers, shared, unread, nameless } = erased
  const kinds = Object.entries(removed)
  return [
    paint('heading', configured ? tenant : texts.erase.former(tenant)),
    ...(kinds.length === 0 ? [`  ${texts.erase.nothing}`] : []),
    ...kinds.map(([kind, count]) => `  ${texts.erase.removed({ kind, count, dryRun })}`),
    ...left.map(({ queue, jobId }) => warning(texts.erase.left(queueLabel(queue, language), jobId))),
    ...unread.map(jobId => warning(texts.erase.unread(jobId))),
    ...nameless.map(jobId => warning(texts.erase.nameless(jobId))),
    ...(withOthers > 0 ? [warning(texts.erase.withOthers({ count: withOthers, dryRun }))] : []),
    ...(shared > 0 ? [`  ${texts.erase.shared(shared)}`] : []),
    '',
  ]
}

/** A job that cannot be removed now, because a worker is processing it. */
interface LeftJob {
  readonly queue: QueueKind
  readonly jobId: string
  readonly state: string
}

/** Removes jobs from their queues, and says which are left. */
async function removeJobs(
  jobs: readonly JobEntry[],
  { redis, tenant, queues, fingerprint, dryRun, count }: EraseOfPerson & { readonly count: Count },
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
      ...(await removeJobs(found.jobs, { ...options, count })),
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
