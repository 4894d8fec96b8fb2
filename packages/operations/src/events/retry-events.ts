import { codeOfReason } from '@ponte/contracts'
import { createTimelines, timelineId } from '@ponte/state'
import { findQueue, type OperationsDeps, readJobId } from '../operations-deps.ts'
import { retryOne } from '../retries/job-actions.ts'
import { pageBudget } from '../queues/read-jobs.ts'
import type { RetryQueue } from '../retries/begin-retry.ts'
import type { User } from '../users/user.ts'
import { failedJobsOf } from './event-status.ts'
import {
  type EventDocument,
  type EventReader,
  type EventRef,
  eventRefOf,
  findEvent,
  findJobs,
  foundEvent,
  readEvent,
  type ReadEvent,
  toEventDocument,
} from './read-event.ts'

/** Retries the failed job that an address names, and returns its event. */
export async function retryNamed(
  deps: OperationsDeps,
  named: unknown,
  user: User | undefined,
): Promise<EventRef | 'gone' | 'notFailed'> {
  const queueRef = findQueue(deps, named)
  const job = await queueRef?.queue.getJob(readJobId(named))
  if (queueRef === undefined || job === undefined || user === undefined) return 'gone'
  return (await retryOne(deps, { user, queueRef, job })) ? eventRefOf(queueRef, job) : 'notFailed'
}

/** Retries what has failed of the events that are selected. Returns the id of the retry. */
export async function retrySelected(
  deps: OperationsDeps,
  refs: readonly EventRef[],
  user: User,
): Promise<{ readonly retry: string } | 'nothingSelected' | 'nothingFailed'> {
  const events = await readSelected(deps, refs)
  const queues = failedOf(events)
  if (queues.length === 0) return events.length === 0 ? 'nothingSelected' : 'nothingFailed'
  return { retry: await deps.retries.start(user, 'all', queues) }
}

/** The events that are selected for a file, which is recorded. */
export async function exportSelected(
  deps: OperationsDeps,
  refs: readonly EventRef[],
  reader: EventReader & { readonly user: User },
): Promise<readonly EventDocument[]> {
  const events = await readSelected(deps, refs)
  if (events.length === 0) return []
  const detail = String(events.length)
  await deps.audit.write({ user: reader.user.name, action: 'export-events', outcome: 'done', detail })
  return await Promise.all(events.map(event => toEventDocument(deps, event, reader)))
}

/** What a retry of the event with this key starts again. Undefined when the tenant has no such event. */
export async function findFailedOf(
  deps: OperationsDeps,
  tenant: string,
  key: string,
): Promise<readonly RetryQueue[] | undefined> {
  const budget = pageBudget()
  const ref = { tenant, id: timelineId(key) }
  const entries = await createTimelines(deps.redis, tenant, deps.fingerprint).read(ref.id)
  // An event whose timeline could not be written is found by its job alone.
  const found = foundEvent(ref, entries, entries.length === 0 ? await findJobs(deps, tenant, key) : [])
  return found && failedOf([await readEvent(deps, found, budget)])
}

/** The selected events of tenants that the user may see, as they are now. */
async function readSelected(deps: OperationsDeps, refs: readonly EventRef[]): Promise<readonly ReadEvent[]> {
  const budget = pageBudget()
  const events: ReadEvent[] = []
  for (const ref of refs) {
    const found = await findEvent(deps, ref, { budget })
    if (found !== undefined) events.push(await readEvent(deps, found, budget))
  }
  return events
}

/** The failed jobs of the events by queue and cause, oldest first. */
function failedOf(events: readonly ReadEvent[]): readonly RetryQueue[] {
  const failed = events.flatMap(({ live }) => failedJobsOf(live))
  const oldestFirst = failed.toSorted((one, other) => (one.job.finishedOn ?? 0) - (other.job.finishedOn ?? 0))
  const parts = Map.groupBy(
    oldestFirst,
    ({ queueRef, job }) => `${queueRef.queue.name} ${codeOfReason(job.failedReason)}`,
  )
  return [...parts.values()].flatMap(jobs => {
    const [first] = jobs
    if (first === undefined) return []
    const ids = [...new Set(jobs.flatMap(({ job }) => job.id ?? []))]
    return { queueRef: first.queueRef, code: codeOfReason(first.job.failedReason), ids }
  })
}
