import {
  asPontes,
  eventOfJob,
  Failure,
  failureMessage,
  type JobName,
  mapMarkEvents,
  message,
  ownerOf,
  PermanentFailure,
  type SkipReason,
} from '@ponte/contracts'
import { isPackages, isShared, placeOf, readRetryMark, receivedAtOf } from '@ponte/runtime'
import { isRest, type KeptJob, type ModeRecord } from '@ponte/state'
import type { Job, Queue } from 'bullmq'
import type { Connection } from '../calls/connection.ts'
import { JobDelayed, QueueWaits } from '../calls/job-delayed.ts'
import { leadRegistered } from '../processors/lead-registered.ts'
import { opportunityChanged } from '../processors/opportunity-changed.ts'
import { statusRdChanged } from '../processors/status-rd-changed.ts'
import type { JobResult, Processor } from '../run/job-context.ts'
import { shadowLead, shadowMark } from './shadow-processors.ts'

/** Longer than a process uses one answer of Redis (`createSystemHealth`). */
const CHANGED_PAUSE_MS = 200
const GOING_LIVE_PAUSE_MS = 250

/** The id of the job that a job of the shadow gets when its tenant goes live. */
export const liveJobId = (shadowJobId: string): string => `live-${shadowJobId}`

export interface ModeRunnerDeps {
  readonly mode: Connection['mode']
  readonly queue: Pick<Queue, 'getJob' | 'toKey'>
  readonly destination: KeptJob['queue']
}

/** What the owner of a job and the mode of its tenant mean for its runs. See docs/behaviour/shadow.md. */
export function createModeRunner({ mode, queue, destination }: ModeRunnerDeps) {
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

  /**
   * Does the work of a job that runs, by its mode and its owner. In the shadow, a job that would fail permanently ends as done, and says so. Throws QueueWaits
   * while the tenant goes live, and JobDelayed where the shadow has ended meanwhile: then the job runs live.
   */
  return async function runByMode(
    job: Job,
    record: ModeRecord,
    { work, isPermanent }: { work: () => Promise<JobResult>; isPermanent: (error: unknown) => boolean },
  ): Promise<JobResult> {
    if (record.isGoingLive === true) throw new QueueWaits(message('going-live'), GOING_LIVE_PAUSE_MS)
    if (ownerOf(job.data) === 'ponte') return isRest(record, job.data) ? await keepAsRest(job) : await work()
    if (record.mode === 'live') return (await assign(job, record)) ?? (await work())
    const result = await work().catch((error: unknown) => {
      if (isPermanent(error)) return wouldFail(error)
      throw error
    })
    if (!(await mode.endInShadow(toShadowJob(job)))) throw modeHasChanged()
    return result
  }
}

const modeHasChanged = (): JobDelayed => new JobDelayed(message('shadow-over'), CHANGED_PAUSE_MS)

const skipped = (summary: SkipReason): JobResult => ({ outcome: 'skipped', summary })

/**
 * How a job of the shadow ends that would fail permanently, also at its last attempt: among the failed jobs, what came since the package was
 * off would never be enqueued.
 */
function wouldFail(error: unknown): JobResult {
  const { code, context } = error instanceof Failure ? error : new PermanentFailure('INTERNAL_ERROR')
  const failure = failureMessage(code, context)
  return { outcome: 'done', summary: [message('in-shadow'), message('shadow-failure', { failure })] }
}

/** The processor of each job. A job without one does not compile. */
export const processors: { [Name in JobName]: Processor<Name> } = {
  'lead.registered': leadRegistered,
  ...mapMarkEvents(opportunityChanged),
  'status-rd.changed': statusRdChanged,
}

/** In the shadow: they read, and write nothing. */
export const shadowProcessors: { [Name in JobName]: Processor<Name> } = {
  'lead.registered': shadowLead,
  ...mapMarkEvents(shadowMark),
  'status-rd.changed': () => ({
    run: () => Promise.resolve({ outcome: 'done', summary: [message('in-shadow'), message('shadow-status-rd')] }),
  }),
}
