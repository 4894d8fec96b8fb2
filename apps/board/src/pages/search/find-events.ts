import { identitiesNamed, identitiesOfSearch, readJobSummary, eventOfJob } from '@ponte/contracts'
import { queueKinds } from '@ponte/runtime'
import {
  createContactLinks,
  createLeadLedger,
  createTimelines,
  type Timelines,
  type TimelineEntry,
  timelineId,
} from '@ponte/state'
import { type BoardDeps } from '../../board-deps.ts'
import { type User, findQueue, type QueueRef, pageBudget, readJobs } from '@ponte/operations'
import { jobsIn, type LiveJob, readLiveJobs } from '../event/event-status.ts'
import { eventAddress, timelineAddress } from '../../ui/addresses.ts'

/** Timelines that are read for one search. */
const MOST_READ = 200

/** An event that was found. */
export interface Found {
  readonly address: string
  readonly event: string
  readonly at: number
  readonly tenant: string
  readonly entries: readonly TimelineEntry[]
  /** Jobs that were found directly, not through a timeline. */
  readonly live: readonly LiveJob[]
}

/**
 * The events of a person, of an opportunity, or of a key, newest first. Everything is looked up by its name or its fingerprint and
 * nothing is scanned: only exact matches are found. A viewer finds nothing by a person.
 */
export async function findEvents(deps: BoardDeps, query: string, user: User): Promise<readonly Found[]> {
  const lists = await Promise.all(deps.tenants.map(({ name }) => findInTenant(deps, name, { query, user })))
  return lists.flat().toSorted((one, other) => other.at - one.at)
}

/** What an event key, a job id and the id of an opportunity are made of. */
const ID = /^[\w.-]{1,128}$/

interface Asked {
  readonly query: string
  readonly user: User
}

async function findInTenant(deps: BoardDeps, tenant: string, { query, user }: Asked): Promise<readonly Found[]> {
  const timelines = createTimelines(deps.redis, tenant, deps.fingerprint)
  const isId = ID.test(query)
  const named = isId ? await findJobs(deps, tenant, query) : []
  const ids = new Set([timelineId(query), ...named.map(({ job }) => timelineId(eventOfJob(job).key))])
  if (user.role === 'operator') for (const id of await timelinesOfPerson(deps, tenant, query)) ids.add(id)
  else if (isId) for (const id of await timelines.find(query)) ids.add(id)
  await addThoseOfOpportunities(timelines, ids)

  const read = await Promise.all([...ids].slice(0, MOST_READ).map(id => readTimeline(timelines, tenant, id)))
  const found = read.filter(each => each !== undefined)
  const seen = new Set(
    found.flatMap(({ entries }) => entries.flatMap(entry => ('jobId' in entry ? [entry.jobId] : []))),
  )
  const alone = named.filter(({ job }) => !seen.has(job.id ?? '')).map(live => jobAlone(live))
  const all = [...found, ...alone]
  if (user.role === 'operator') return all
  const own = await Promise.all(all.map(async each => ((await isNamed(deps, each, query)) ? [each] : [])))
  return own.flat()
}

async function readTimeline(timelines: Timelines, tenant: string, id: string): Promise<Found | undefined> {
  const entries = await timelines.read(id)
  const first = entries.find(entry => entry.kind === 'received')
  if (first === undefined) return undefined
  return { address: timelineAddress(tenant, id), event: first.event, at: first.at, tenant, entries, live: [] }
}

const jobAlone = ({ queueRef, job, state }: LiveJob): Found => ({
  address: eventAddress(queueRef, job),
  event: job.name,
  at: Date.parse(eventOfJob(job).receivedAt),
  tenant: queueRef.tenant.name,
  entries: [],
  live: [{ queueRef, job, state }],
})

/**
 * Finds jobs by their id, or by their event key, which BullMQ remembers for a week. Also finds an event whose timeline could not be
 * written.
 */
export async function findJobs(deps: BoardDeps, tenant: string, query: string): Promise<readonly LiveJob[]> {
  const budget = pageBudget()
  const inQueue = async (queueRef: QueueRef | undefined): Promise<readonly LiveJob[]> => {
    if (queueRef === undefined) return []
    const first = await queueRef.queue.getDeduplicationJobId(query)
    const jobs = await readJobs(deps.redis, queueRef.queue, [...new Set([query, first ?? query])], budget)
    return Promise.all(
      jobs.map(async job => ({ queueRef, job, state: await queueRef.queue.getJobState(job.id ?? '') })),
    )
  }
  const found = await Promise.all(queueKinds.map(kind => inQueue(findQueue(deps, { tenant, kind }))))
  return found.flat()
}

/** Finds timelines by e-mail, phone or the id of an opportunity. For a person, also by the opportunity that Ponte opened last. */
async function timelinesOfPerson(
  { redis, fingerprint }: BoardDeps,
  tenant: string,
  query: string,
): Promise<readonly string[]> {
  const links = createContactLinks(redis, tenant, fingerprint)
  const leads = createLeadLedger(redis, tenant, { fingerprint })
  const timelines = createTimelines(redis, tenant, fingerprint)
  const identities = identitiesOfSearch(query)

  const leadIds = await Promise.all(identities.flatMap(identitiesNamed).map(links.leadOf))
  const known = [...new Set(leadIds.filter(id => id !== undefined))]
  const histories = await Promise.all(known.map(leads.read))
  const opened = histories.flatMap(history => (history.lastOpened === undefined ? [] : [history.lastOpened.id]))
  return (await Promise.all([...identities, ...opened].map(timelines.find))).flat()
}

/** Adds the timelines of the leads' opportunities, which say what happened to these. */
async function addThoseOfOpportunities(timelines: Timelines, ids: Set<string>): Promise<void> {
  const read = await Promise.all([...ids].slice(0, MOST_READ).map(timelines.read))
  const opportunities = read
    .flat()
    .flatMap(entry => (entry.kind === 'run' && entry.opportunityId !== undefined ? [entry.opportunityId] : []))
  for (const id of (await Promise.all([...new Set(opportunities)].map(timelines.find))).flat()) ids.add(id)
}

/**
 * Did a viewer ask for this event by its key, its job's id or its opportunity? The index of fingerprints holds people, too. An event that
 * was found by it alone would show that a person has one.
 */
async function isNamed(deps: BoardDeps, { tenant, entries, live }: Found, query: string): Promise<boolean> {
  const names = entries.flatMap(entry => [
    ...('jobId' in entry ? [entry.jobId] : []),
    ...(entry.kind === 'received' ? [entry.key] : []),
    ...(entry.kind === 'run' && entry.opportunityId !== undefined ? [entry.opportunityId] : []),
  ])
  if (names.includes(query)) return true
  const jobs = live.length > 0 ? live : await readLiveJobs(deps, tenant, jobsIn(entries))
  return jobs.some(({ job }) => {
    const { key, opportunityId } = readJobSummary(job.data)
    return [job.id, key, opportunityId].includes(query)
  })
}
