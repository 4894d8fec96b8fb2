import { isRecord, isJobName, jobs } from '@ponte/contracts'
import type { TenantQueues } from '@ponte/runtime'
import { type TimelineEntry, type Timelines } from '@ponte/state'

/** The newest timelines of a person or an opportunity that are read. */
const MAX_TIMELINES = 10

/** A job that an event has, or had: its data and state, if the queue still holds it. */
export interface KnownJob {
  /** The key of the event. */
  readonly key: string
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  /** Undefined when the job is gone. */
  readonly state: 'waits' | 'failed' | 'ended' | undefined
  readonly data: Readonly<Record<string, unknown>> | undefined
}

const states: Readonly<Record<string, KnownJob['state']>> = {
  waiting: 'waits',
  prioritized: 'waits',
  delayed: 'waits',
  active: 'waits',
  'waiting-children': 'waits',
  failed: 'failed',
  completed: 'ended',
}

/** The events of a person or an opportunity, with their jobs, newest first. */
export async function jobsOf(
  identity: string,
  { queues, timelines }: { readonly queues: TenantQueues; readonly timelines: Pick<Timelines, 'find' | 'read'> },
): Promise<readonly KnownJob[]> {
  const ids = (await timelines.find(identity)).slice(0, MAX_TIMELINES)
  const all = await Promise.all(ids.map(id => timelines.read(id)))
  return await Promise.all(
    all.flatMap(entries => {
      const received = entries.find(entry => entry.kind === 'received')
      return received === undefined ? [] : [jobOf(received, queues)]
    }),
  )
}

async function jobOf(
  { at, key, event, jobId }: Extract<TimelineEntry, { kind: 'received' }>,
  queues: TenantQueues,
): Promise<KnownJob> {
  const kind = isJobName(event) ? jobs[event].destination : 'quarantine'
  const job = await queues[kind].getJob(jobId)
  if (job === undefined) return { key, receivedAt: at, state: undefined, data: undefined }
  const data: unknown = job.data
  return { key, receivedAt: at, state: states[await job.getState()], data: isRecord(data) ? data : undefined }
}
