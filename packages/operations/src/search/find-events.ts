import {
  eventOfJob,
  identitiesNamed,
  identitiesOf,
  identitiesOfSearch,
  isRecord,
  readJobSummary,
  registeredLead,
} from '@ponte/contracts'
import { createContactLinks, createLeadLedger, createTimelines, timelineId, type Timelines } from '@ponte/state'
import type { Job, JobType } from 'bullmq'
import { jobsIn, readLiveJobs } from '../events/event-status.ts'
import { findJobs, foundByJob, foundEvent, type FoundEvent } from '../events/read-event.ts'
import { foldedWords } from '../masking/vocabulary.ts'
import { findQueue, type OperationsDeps } from '../operations-deps.ts'
import type { QueueRef } from '../queues/queue-ref.ts'
import { budgetOf, pageBudget, readJob } from '../queues/read-jobs.ts'
import type { User } from '../users/user.ts'

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

interface ExactSearch {
  readonly query: string
  readonly user: User
}

async function findInTenant(
  deps: OperationsDeps,
  tenant: string,
  { query, user }: ExactSearch,
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
  const own = await Promise.all(all.map(async each => ((await isAskedBy(deps, each, query)) ? [each] : [])))
  return own.flat()
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
async function isAskedBy(
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

/** What one search reads at most: jobs, bytes of their data, and how many it finds. Then a person may have it go on. */
const MAX_JOBS = 2000
const MAX_BYTES = 4 * 1024 * 1024
const MAX_FOUND = 10
/** With less left, a job's data might not be read. */
const LEAST_LEFT = 64 * 1024
const AT_ONCE = 200

/** Failed jobs first, then those to come, then the newest of what ended. */
const states: readonly JobType[] = ['failed', 'active', 'wait', 'prioritized', 'delayed', 'completed']

export interface FoundByName {
  /** Whom it has found: what each lead is known by. Somebody may have several events. */
  readonly persons: readonly (readonly string[])[]
  readonly found: readonly FoundEvent[]
  readonly looked: number
  /** Where a further search begins. Undefined when all jobs were looked at. */
  readonly next: string | undefined
}

/** May this text be a name? Everything else is found exactly. */
export const isName = (text: string): boolean => /^\p{L}[\p{L}\p{M}\s'’.-]{1,100}$/u.test(text)

/**
 * Events of leads whose job is still in a queue and whose name has all these words, whole. Ponte keeps no index of
 * names: the data of jobs are looked through, a bounded number of bytes at a time. Nothing but names is looked at, so that nobody finds out
 * what else people wrote. `from`: where an earlier search ended.
 */
export async function findByName(deps: OperationsDeps, query: string, from: string | undefined): Promise<FoundByName> {
  const wanted = foldedWords(query)
  const places = deps.tenants.flatMap(({ name: tenant }) => {
    const queueRef = findQueue(deps, { tenant, kind: 'totvs-crm' })
    return queueRef === undefined ? [] : states.map(state => ({ queueRef, state }))
  })
  const [begin = 0, skip = 0] = (/^\d{1,6}\.\d{1,9}$/.exec(from ?? '')?.[0] ?? '0.0').split('.').map(Number)
  const budget = budgetOf(MAX_BYTES)
  const found: FoundEvent[] = []
  const persons = new Map<string, readonly string[]>()
  let looked = 0
  const isSpent = (): boolean => looked >= MAX_JOBS || budget.left < LEAST_LEFT || found.length >= MAX_FOUND
  for (let index = begin; index < places.length; index += 1) {
    const { queueRef, state } = places[index] ?? {}
    if (queueRef === undefined || state === undefined) continue
    let offset = index === begin ? skip : 0
    for (let isOver = false; !isOver;) {
      const ids = await queueRef.queue.getRanges([state], offset, offset + AT_ONCE - 1, false)
      isOver = ids.length < AT_ONCE
      for (const id of ids) {
        if (isSpent()) return { found, persons: [...persons.values()], looked, next: `${index}.${offset}` }
        const job = await readJob(deps.redis, queueRef.queue, id, budget)
        looked += 1
        offset += 1
        if (job === undefined || !isNamed(job, wanted)) continue
        found.push(await toFound(deps, queueRef, job))
        const person = personOf(job)
        persons.set(JSON.stringify(person), person)
      }
    }
  }
  return { found, persons: [...persons.values()], looked, next: undefined }
}

function personOf({ data }: Job): readonly string[] {
  const lead = registeredLead.safeParse(isRecord(data) ? data['lead'] : undefined).data
  return (lead && identitiesOf(lead))?.map(({ value }) => value) ?? []
}

/** Does the lead's name have each of these words? A part of one would find many whom nobody asked for. */
function isNamed({ data }: Job, wanted: readonly string[]): boolean {
  const lead = isRecord(data) ? data['lead'] : undefined
  const name = isRecord(lead) ? lead['name'] : undefined
  if (typeof name !== 'string') return false
  const words = foldedWords(name)
  return wanted.length > 0 && wanted.every(each => words.includes(each))
}

async function toFound(deps: OperationsDeps, queueRef: QueueRef, job: Job): Promise<FoundEvent> {
  const [state, entries] = await Promise.all([
    queueRef.queue.getJobState(job.id ?? ''),
    createTimelines(deps.redis, queueRef.tenant.name, deps.fingerprint).read(timelineId(eventOfJob(job).key)),
  ])
  return foundByJob({ queueRef, job, state }, entries)
}
