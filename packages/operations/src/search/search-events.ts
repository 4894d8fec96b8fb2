import { eventOfJob, identitiesOfSearch, type Message, readJobSummary } from '@ponte/contracts'
import type { TimelineRun } from '@ponte/state'
import { hasStatus, type LiveJob } from '../events/event-status.ts'
import type { EventList, EventQuery } from '../events/list-events.ts'
import {
  type EventDocument,
  type EventReader,
  type EventRef,
  readEvent,
  type ReadEvent,
  subjectsOf,
  toEventDocument,
} from '../events/read-event.ts'
import type { OperationsDeps } from '../operations-deps.ts'
import { pageBudget } from '../queues/read-jobs.ts'
import type { User } from '../users/user.ts'
import { findByName, findEvents, type FoundByName, isName } from './find-events.ts'

const MAX_SHOWN = 100

export interface EventSearch {
  readonly query: string
  /** Where an earlier search by name ended. */
  readonly from: string | undefined
}

export interface SearchingUser extends EventReader {
  readonly user: User
  /** Counts and records whom somebody looks for. Rejects when these are too many. */
  readonly begin: (persons: readonly (readonly string[])[]) => Promise<void>
  /** Runs what reads much, so that many searches together read no more at a time than one. */
  readonly inTurn: <Value>(work: () => Promise<Value>) => Promise<Value>
}

/** How far a search by name has come. `looked`: how many jobs were looked at; 0 when the search was for something else. */
export type SearchProgress = Pick<FoundByName, 'looked' | 'next'>

export interface SearchDocument extends SearchProgress {
  readonly count: number
  /** The event, where there is one alone and no more can be found. */
  readonly only: EventRef | undefined
  /** Newest first. */
  readonly groups: readonly EventGroup[]
}

/** What belongs together: the events of a lead, of its opportunity, and of the delivery that it came from. */
export interface EventGroup {
  /** The tenant, whom it is about, masked, and its opportunities. */
  readonly about: readonly string[]
  /** What came of it, in the order in which it happened. */
  readonly steps: readonly JourneyStep[]
  /** Oldest first. */
  readonly events: readonly EventDocument[]
}

type Step = 'leadCreated' | 'leadUpdated' | 'opportunity' | 'sale' | 'loss' | 'failed' | 'waits' | 'nothing'
export interface JourneyStep {
  readonly step: Step
  /** Of a sale. */
  readonly reais?: number
}

/** The events that a search text finds, with what belongs to them. */
export async function searchEvents(
  deps: OperationsDeps,
  search: EventSearch,
  by: SearchingUser,
): Promise<SearchDocument> {
  const { found, looked, next } = await find(deps, search, by)
  const [first] = found
  const only = found.length === 1 && next === undefined ? first : undefined
  const budget = pageBudget()
  const shown = only === undefined ? found.slice(0, MAX_SHOWN) : []
  const groups = groupEvents(await Promise.all(shown.map(each => readEvent(deps, each, budget))))
  return {
    ...{ count: found.length, looked, next },
    only: only && { tenant: only.tenant, id: only.id, ...(only.job && { job: only.job }) },
    groups: await Promise.all(groups.map(group => toGroup(deps, group, by))),
  }
}

/** Of a person's events those that a list asks for, newest first. */
export async function listEventsOf(
  deps: OperationsDeps,
  { search, query }: { readonly search: EventSearch; readonly query: EventQuery },
  by: SearchingUser,
): Promise<EventList & { readonly search: SearchProgress }> {
  const { tenant, event: kind, from, until, status } = query
  const own = { ...deps, tenants: deps.tenants.filter(({ name }) => tenant === undefined || name === tenant) }
  const { found, looked, next } = await find(own, search, by)
  const budget = pageBudget()
  const asked = found
    .filter(({ event, at }) => (kind ?? event) === event && at >= from && at <= until)
    .slice(0, MAX_SHOWN)
  const events = await Promise.all(asked.map(each => readEvent(own, each, budget)))
  const shown = events.filter(each => hasStatus(each, status))
  return {
    events: await Promise.all(shown.map(each => toEventDocument(own, each, by))),
    next: undefined,
    search: { looked, next },
  }
}

/**
 * Exactly by e-mail, phone, key or opportunity, and for an operator else by the whole words of a name, `looked` jobs at a time. Whoever is
 * asked for is counted, and whoever is found by a name: nobody is shown who is not in the audit trail.
 */
async function find(
  deps: OperationsDeps,
  { query, from }: EventSearch,
  { user, begin, inTurn }: SearchingUser,
): Promise<Omit<FoundByName, 'persons'>> {
  await begin([identitiesOfSearch(query)])
  const found = from === undefined ? await inTurn(() => findEvents(deps, query, user)) : []
  if (found.length > 0 || user.role !== 'operator' || !isName(query)) return { found, looked: 0, next: undefined }
  const { persons, ...byName } = await inTurn(() => findByName(deps, query, from))
  if (persons.length > 0) await begin(persons)
  return byName
}

async function toGroup(deps: OperationsDeps, group: ReadGroup, reader: EventReader): Promise<EventGroup> {
  const about = group.flatMap(event => Object.values(subjectsOf(event, reader)).flat())
  return {
    about: [...new Set([group[0].tenant, ...about])],
    steps: stepsOf(group),
    events: await Promise.all(group.map(event => toEventDocument(deps, event, reader))),
  }
}

/** The messages that say that a step was made. */
const stepOf: Readonly<Record<string, Step>> = {
  'lead-created': 'leadCreated',
  'lead-updated': 'leadUpdated',
  'opportunity-opened': 'opportunity',
  'opportunity-found-open': 'opportunity',
}
const stepOfMark: Readonly<Record<string, Step>> = { opportunity: 'opportunity', sale: 'sale', loss: 'loss' }

/** Each step once; a sale of another value is another. */
function stepsOf(group: ReadGroup): readonly JourneyStep[] {
  const runs = group
    .flatMap(({ entries }) => entries.filter(entry => entry.kind === 'run'))
    .toSorted((one, other) => one.at - other.at)
  const made = new Map<string, JourneyStep>()
  const add = (step: Step, reais?: number): void => {
    const name = `${step} ${reais}`
    if (!made.has(name)) made.set(name, { step, ...(reais !== undefined && { reais }) })
  }
  for (const run of runs.filter(({ outcome }) => outcome === 'done')) {
    const messages = messagesOf(run)
    const reais = messages.find(({ key }) => key === 'sale-value')?.values?.['reais']
    for (const { key, values } of messages) {
      const marks = key === 'marked' && Array.isArray(values?.['marks']) ? values['marks'] : []
      for (const step of [stepOf[key], ...marks.map(mark => stepOfMark[mark])])
        if (step !== undefined) add(step, step === 'sale' && typeof reais === 'number' ? reais : undefined)
    }
  }
  if (group.some(each => hasStatus(each, 'failed'))) add('failed')
  else if (group.some(each => hasStatus(each, 'open'))) add('waits')
  return made.size === 0 ? [{ step: 'nothing' }] : [...made.values()]
}

/** The events of a group, as they were read, oldest first. */
type ReadGroup = readonly [ReadEvent, ...ReadEvent[]]

/** Joins events that name the same lead, opportunity, person or delivery, directly or through other events. Newest group first. */
function groupEvents(events: readonly ReadEvent[]): readonly ReadGroup[] {
  let groups: { names: Set<string>; events: ReadEvent[] }[] = []
  for (const event of events) {
    const names = namesOf(event)
    const [together, apart] = [groups.filter(joins(names)), groups.filter(group => !joins(names)(group))]
    groups = [
      ...apart,
      {
        names: new Set([...names, ...together.flatMap(group => [...group.names])]),
        events: [event, ...together.flatMap(group => group.events)],
      },
    ]
  }
  const newest = ({ events: own }: { events: readonly ReadEvent[] }): number => Math.max(...own.map(({ at }) => at))
  return groups
    .toSorted((one, other) => newest(other) - newest(one))
    .flatMap(({ events: own }) => {
      const [first, ...others] = own.toSorted((one, other) => one.at - other.at)
      return first === undefined ? [] : [[first, ...others] as const]
    })
}

const messagesOf = ({ summary = [] }: TimelineRun): readonly Message[] => [summary].flat()

const joins =
  (names: readonly string[]) =>
  (group: { names: ReadonlySet<string> }): boolean =>
    names.some(name => group.names.has(name))

/** What an event shares with others of its group. The person is known only from a job that is still in a queue. */
function namesOf({ tenant, entries, live }: ReadEvent): readonly string[] {
  const ofEntries = entries.flatMap(entry => {
    if (entry.kind === 'received') return [`key ${entry.key}`, ...(entry.delivery ? [`key ${entry.delivery}`] : [])]
    if (entry.kind !== 'run') return []
    const leads = messagesOf(entry).flatMap(({ values }) =>
      typeof values?.['lead'] === 'string' ? [values['lead']] : [],
    )
    const derived = entry.derivedEvents ?? []
    return [
      ...leads.map(lead => `lead ${lead}`),
      ...derived.map(({ key }) => `key ${key}`),
      ...(entry.opportunityId === undefined ? [] : [`opportunity ${entry.opportunityId}`]),
    ]
  })
  return [...ofEntries, ...live.flatMap(namesOfJob)].map(name => `${tenant} ${name}`)
}

function namesOfJob({ job, queueRef }: LiveJob): readonly string[] {
  const { opportunityId } = readJobSummary(job.data)
  const { key, identities } = eventOfJob(job)
  // A delivery in quarantine may name people who have nothing to do with each other.
  const people = queueRef.kind === 'quarantine' ? [] : identities.filter(identity => identity !== opportunityId)
  return [
    `key ${key}`,
    ...people.map(identity => `person ${identity}`),
    ...(opportunityId === undefined ? [] : [`opportunity ${opportunityId}`]),
  ]
}
