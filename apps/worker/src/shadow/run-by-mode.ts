import {
  eventOfJob,
  events,
  Failure,
  failureMessage,
  isEventName,
  isRecord,
  message,
  type Message,
  PermanentFailure,
} from '@ponte/contracts'
import { readRetry } from '@ponte/runtime'
import { isOfPackage, type ModeRecord, type ShadowJob } from '@ponte/state'
import type { Job, Queue } from 'bullmq'
import type { Connection } from '../connections/connection.ts'
import type { JobResult } from '../run/job-context.ts'
import { JobDelayed, QueueWaits } from '../run/job-delayed.ts'

/** Longer than a process uses one answer of Redis (`createSystemHealth`). */
const CHANGED_PAUSE_MS = 200
const GOING_LIVE_PAUSE_MS = 250
/** The clock of the ingress, which dates a receipt, may be ahead of Redis's by this much. */
const CLOCK_SKEW_MS = 300_000

/** The id of the job that a job of the shadow gets when its tenant goes live. */
export const liveJobId = (shadowJobId: string): string => `live-${shadowJobId}`

export interface RunByModeDeps {
  readonly mode: Connection['mode']
  readonly queue: Pick<Queue, 'getJob'>
  readonly destination: ShadowJob['queue']
}

interface Run {
  readonly work: () => Promise<JobResult>
  /** Whether the job fails permanently with this error: no other attempt is to come. */
  readonly isLast: (error: unknown) => boolean
}

/** What the mode of a tenant means for its runs. See docs/behaviour.md#shadow. */
export function createRunByMode({ mode, queue, destination }: RunByModeDeps) {
  const toShadowJob = (job: Job): ShadowJob => {
    const { event: name, jobId: id } = eventOfJob(job)
    return { id, queue: destination, name, data: job.data, receivedAt: isShared(job) ? Date.now() : receivedAtOf(job) }
  }

  /** The result of an event that is not done live, because it is the package's or another job has it. */
  async function withoutRunning(job: Job, record: ModeRecord): Promise<JobResult | undefined> {
    if (record.isGoingLive === true) throw new QueueWaits(message('going-live'), GOING_LIVE_PAUSE_MS)
    const { shadowSince, shadowEndedAt = -Infinity } = record
    if (shadowSince === undefined || isAskedFor(job)) return undefined
    const [id, receivedAt] = [eventOfJob(job).jobId, receivedAtOf(job)]
    if (isOfPackage(record, receivedAt) && !(isShared(job) && record.offAt !== undefined)) {
      // Until a switch says when the package ended, nobody knows whether it has done this event.
      if (record.offAt === undefined && !(await mode.keepSkipped(toShadowJob(job)))) throw modeHasChanged()
      return skipped(message('of-the-package'))
    }
    // The worker died after it had kept the job of the shadow, and before BullMQ knew that the job was over.
    const cameInShadow = receivedAt >= shadowSince && receivedAt < shadowEndedAt + CLOCK_SKEW_MS
    const isEnqueued = cameInShadow && (await queue.getJob(liveJobId(id))) !== undefined
    return isEnqueued ? skipped(message('enqueued-at-switch')) : undefined
  }

  /**
   * Ends the job as one of the shadow, unless the shadow has ended meanwhile: then the job runs live. So does one that would fail permanently, also
   * at its last attempt: among the failed jobs, what came since the package was off would never be enqueued.
   */
  async function inShadow(job: Job, { work, isLast }: Run): Promise<JobResult> {
    const result = await work().catch((error: unknown) => {
      if (isLast(error)) return wouldFail(error)
      throw error
    })
    if (!(await mode.endInShadow(toShadowJob(job)))) throw modeHasChanged()
    return result
  }

  return async (job: Job, record: ModeRecord, run: Run): Promise<JobResult> =>
    record.mode === 'shadow' ? await inShadow(job, run) : ((await withoutRunning(job, record)) ?? (await run.work()))
}

const receivedAtOf = (job: Job): number => Date.parse(eventOfJob(job).receivedAt)

/**
 * Updates of one opportunity share a job while it waits, and it has the time of the first of them: the last may have come at any moment until
 * it runs. So it is never only the package's. To run it costs little, because an opportunity from before is adopted as it is.
 */
const isShared = ({ name }: Job): boolean => isEventName(name) && events[name].isCoalesced

/** A person has retried the job, or the delivery that it was read from. */
const isAskedFor = (job: Job): boolean =>
  readRetry(job) !== undefined || (isRecord(job.data) && job.data['asked'] === true)

const modeHasChanged = (): JobDelayed => new JobDelayed(message('shadow-over'), CHANGED_PAUSE_MS)

const skipped = (summary: Message): JobResult => ({ outcome: 'skipped', summary })

function wouldFail(error: unknown): JobResult {
  const { code, context } = error instanceof Failure ? error : new PermanentFailure('INTERNAL_ERROR')
  const failure = failureMessage(code, context)
  return { outcome: 'done', summary: [message('in-shadow'), message('shadow-failure', { failure })] }
}
