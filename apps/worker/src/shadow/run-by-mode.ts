import {
  asPontes,
  eventOfJob,
  Failure,
  failureMessage,
  message,
  ownerOf,
  PermanentFailure,
  type SkipReason,
} from '@ponte/contracts'
import { isPackages, isShared, placeOf, readRetryMark, receivedAtOf } from '@ponte/runtime'
import { isRest, type KeptJob, type ModeRecord } from '@ponte/state'
import type { Job, Queue } from 'bullmq'
import type { Connection } from '../calls/connection.ts'
import type { JobResult } from '../run/job-context.ts'
import { JobDelayed, QueueWaits } from '../calls/job-delayed.ts'

/** Longer than a process uses one answer of Redis (`createSystemHealth`). */
const CHANGED_PAUSE_MS = 200
const GOING_LIVE_PAUSE_MS = 250

/** The id of the job that a job of the shadow gets when its tenant goes live. */
export const liveJobId = (shadowJobId: string): string => `live-${shadowJobId}`

export interface ModeStepsDeps {
  readonly mode: Connection['mode']
  readonly queue: Pick<Queue, 'getJob' | 'toKey'>
  readonly destination: KeptJob['queue']
}

/** What the owner of a job and the mode of its tenant mean for its runs. See docs/behaviour/shadow.md. */
export function createModeSteps({ mode, queue, destination }: ModeStepsDeps) {
  const toKeptJob = (job: Job): KeptJob => {
    const { event: name, jobId: id } = eventOfJob(job)
    return { id, queue: destination, name, data: job.data, receivedAt: receivedAtOf(job) }
  }
  /** As one that came when the last update that shares it may have come. */
  const toShadowJob = (job: Job): KeptJob => ({
    ...toKeptJob(job),
    ...(isShared(job) && { receivedAt: Date.now() }),
  })

  /** An event of the shadow that runs live: the package's, or done by another job, or Ponte's from now on. */
  async function assign(job: Job, record: ModeRecord): Promise<JobResult | undefined> {
    if (isPackages(job, record) && readRetryMark(job) === undefined) {
      // Until a switch says when the package ended, nobody knows whether it has done this event.
      if (record.offAt === undefined && !(await mode.keepSkipped(toShadowJob(job)))) throw modeHasChanged()
      return skipped(message('of-the-package'))
    }
    // The worker died after it had kept the job of the shadow, and before BullMQ knew that the job was over.
    if ((await queue.getJob(liveJobId(eventOfJob(job).jobId))) !== undefined)
      return skipped(message('enqueued-at-switch'))
    await job.updateData(asPontes(job.data))
    return undefined
  }

  async function keepAsRest(job: Job): Promise<JobResult> {
    if (!(await mode.rest.keep({ ...toKeptJob(job), ...placeOf(job) }, queue.toKey(job.id ?? ''))))
      throw modeHasChanged()
    return skipped(message('rest-kept'))
  }

  return {
    /**
     * The result of a job that does not run, because of its mode and its owner. Undefined for one that runs. Throws QueueWaits while the
     * tenant goes live.
     */
    async endUnrun(job: Job, record: ModeRecord): Promise<JobResult | undefined> {
      if (record.isGoingLive === true) throw new QueueWaits(message('going-live'), GOING_LIVE_PAUSE_MS)
      if (ownerOf(job.data) === 'ponte') return isRest(record, job.data) ? await keepAsRest(job) : undefined
      return record.mode === 'shadow' ? undefined : await assign(job, record)
    },

    /** Call it after the run of a job of the shadow. Throws JobDelayed where the shadow has ended meanwhile: then the job runs live. */
    async endInShadow(job: Job): Promise<void> {
      if (!(await mode.endInShadow(toShadowJob(job)))) throw modeHasChanged()
    },
  }
}

const modeHasChanged = (): JobDelayed => new JobDelayed(message('shadow-over'), CHANGED_PAUSE_MS)

const skipped = (summary: SkipReason): JobResult => ({ outcome: 'skipped', summary })

/**
 * How a job of the shadow ends that would fail permanently, also at its last attempt: among the failed jobs, what came since the package was
 * off would never be enqueued.
 */
export function wouldFail(error: unknown): JobResult {
  const { code, context } = error instanceof Failure ? error : new PermanentFailure('INTERNAL_ERROR')
  const failure = failureMessage(code, context)
  return { outcome: 'done', summary: [message('in-shadow'), message('shadow-failure', { failure })] }
}
