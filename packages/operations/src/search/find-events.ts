import { identitiesNamed, identitiesOfSearch, readJobSummary, eventOfJob } from '@ponte/contracts'
import { queueKinds } from '@ponte/runtime'
import { createContactLinks, createLeadLedger, createTimelines, type Timelines, timelineId } from '@ponte/state'
import { type JobDeps, jobsIn, type LiveJob, readLiveJobs } from '../events/event-status.ts'
import { foundByJob, foundEvent, type FoundEvent } from '../events/read-event.ts'
import { findQueue, type OperationsDeps } from '../operations-deps.ts'
import type { QueueRef } from '../queues/queue-ref.ts'
import { pageBudget, readJobs } from '../queues/read-jobs.ts'
import type { User } from '../users/user.ts'

/** Timelines that are read for one search. */
const MAX_READ = 200

/**
 * The events of a person, of an opportunity, or of a key, newest first. Everything is looked up by its name or its fingerprint and
 * nothing is scanned: only exact matches are found. A viewer finds nothing by a person.
 */
export async function findEvents(deps: OperationsDeps, query: string, user: User): Promise<readonly FoundEvent[]> {
  const lists = await Promise.all(deps.tenants.map(({ name }) => findInTenant(deps, name, { query, user })))
  return lists.flat().toSorted((one, other) => other.at - one.at)
}

/** What an event key, a job id and the id of an opportunity are made of. */
const ID = /^[\w.-]{1,128}$/

interface Asked {
  readonly query: string
  readonly user: User
}

async function findInTenant(
  deps: OperationsDeps,
  tenant: string,
  { query, user }: Asked,
): Promise<readonly FoundEvent[]> {
  const timelines = createTimelines(deps.redis, tenant, deps.fingerprint)
  const isId = ID.test(query)
  const named = isId ? await findJobs(deps, tenant, query) : []
  const ids = new Set([timelineId(query), ...named.map(({ job }) => timelineId(eventOfJob(job).key))])
  if (user.role === 'operator') for (const id of await timelinesOfPerson(deps, tenant, query)) ids.add(id)
  else if (isId) for (const id of await timelines.find(query)) ids.add(id)
  await addThoseOfOpportunities(timelines, ids)

  const read = await Promise.all(
    [...ids].slice(0, MAX_READ).map(async id => foundEvent({ tenant, id }, await timelines.read(id))),
  )
  const found = read.filter(each => each !== undefined)
  const seen = new Set(
    found.flatMap(({ entries }) => entries.flatMap(entry => ('jobId' in entry ? [entry.jobId] : []))),
  )
  const alone = named.filter(({ job }) => !seen.has(job.id ?? '')).map(live => foundByJob(live))
  const all = [...found, ...alone]
  if (user.role === 'operator') return all
  const own = await Promise.all(all.map(async each => ((await isNamed(deps, each, query)) ? [each] : [])))
  return own.flat()
}

/**
 * Finds jobs by their id, or by their event key, which BullMQ remembers for a week. Also finds an event whose timeline could not be
 * written.
 */
export async function findJobs(deps: JobDeps, tenant: string, query: string): Promise<readonly LiveJob[]> {
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
  { redis, fingerprint }: OperationsDeps,
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
  const read = await Promise.all([...ids].slice(0, MAX_READ).map(timelines.read))
  const opportunities = read
    .flat()
    .flatMap(entry => (entry.kind === 'run' && entry.opportunityId !== undefined ? [entry.opportunityId] : []))
  for (const id of (await Promise.all([...new Set(opportunities)].map(timelines.find))).flat()) ids.add(id)
}

/**
 * Did a viewer ask for this event by its key, its job's id or its opportunity? The index of fingerprints holds people, too. An event that
 * was found by it alone would show that a person has one.
 */
async function isNamed(
  deps: OperationsDeps,
  { tenant, entries, jobs: known }: FoundEvent,
  query: string,
): Promise<boolean> {
  const names = entries.flatMap(entry => [
    ...('jobId' in entry ? [entry.jobId] : []),
    ...(entry.kind === 'received' ? [entry.key] : []),
    ...(entry.kind === 'run' && entry.opportunityId !== undefined ? [entry.opportunityId] : []),
  ])
  if (names.includes(query)) return true
  const jobs = known.length > 0 ? known : await readLiveJobs(deps, tenant, jobsIn(entries), { budget: pageBudget() })
  return jobs.some(({ job }) => {
    const { key, opportunityId } = readJobSummary(job.data)
    return [job.id, key, opportunityId].includes(query)
  })
}
