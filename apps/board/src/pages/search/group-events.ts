import { eventOfJob, type Message, readJobSummary } from '@ponte/contracts'
import type { TimelineRun } from '@ponte/state'
import { type BoardDeps } from '../../board-deps.ts'
import { pageBudget } from '@ponte/operations'
import { type EventStatus, jobsIn, type LiveJob, readEventStatus, readLiveJobs } from '../event/event-status.ts'
import type { Found } from './find-events.ts'

/** An event that was found, with what its queue says of it now. */
export interface ReadEvent extends Found {
  readonly status: EventStatus
}

/** What belongs together: the events of a lead, of its opportunity, and of the delivery that it came from. Oldest first. */
export type EventGroup = readonly [ReadEvent, ...ReadEvent[]]

/** `budget`: what the page may still read of jobs. */
export async function readEvent(deps: BoardDeps, found: Found, budget = pageBudget()): Promise<ReadEvent> {
  const inQueue = await readLiveJobs(deps, found.tenant, jobsIn(found.entries), budget)
  const live = inQueue.length > 0 ? inQueue : found.live
  return { ...found, live, status: await readEventStatus(deps, { entries: found.entries, live }) }
}

/** Joins events that name the same lead, opportunity, person or delivery, directly or through other events. Newest group first. */
export function groupEvents(events: readonly ReadEvent[]): readonly EventGroup[] {
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

/** What a run said that it did. */
export const messagesOf = ({ summary = [] }: TimelineRun): readonly Message[] => [summary].flat()

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
