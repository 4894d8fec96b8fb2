import { Failure, message, PermanentFailure } from '@ponte/contracts'
import type { Logger } from '@ponte/runtime'
import { DelayedError, type Job, type Queue, RateLimitError, UnrecoverableError } from 'bullmq'
import type { Connection } from '../calls/connection.ts'
import { JobDelayed } from '../calls/job-delayed.ts'
import type { Processing } from '../run/job-context.ts'
import type { JobLog } from '../run/job-log.ts'
import { isInterruption, type Reaction } from '../run/reaction.ts'
import { endOfFailure } from '../run/record-run-end.ts'

/** When Redis or another job's lock prevents a failure from being recorded, the job comes back after this time. */
const RECORD_PAUSE_MS = 2000
/** The queue is paused in steps of this length, so that it soon notices a circuit breaker that closes early. */
const MAX_QUEUE_PAUSE_MS = 5000

export interface FailedRun {
  readonly job: Job
  /** BullMQ's token: proof that this worker holds the job. */
  readonly token: string | undefined
  readonly error: unknown
  /** Undefined for a job that was not given to a processor. */
  readonly processing: Processing | undefined
  readonly jobLog: JobLog
  /** What the job is about (`correlationKeyOf`). */
  readonly correlationKey: () => string
}

export interface ReactionHandlerDeps {
  readonly connection: Pick<Connection, 'tenant' | 'breaker'>
  readonly queue: Queue
  readonly log: Logger
}

/** Turns a reaction into the errors and calls that BullMQ understands. The only place that knows them. */
export function createReactionHandler({ connection, queue, log }: ReactionHandlerDeps) {
  const { tenant, breaker } = connection

  return async function carryOut(reaction: Reaction, run: FailedRun): Promise<never> {
    const { job, token, error, jobLog } = run
    if (error instanceof Failure && error.detail !== undefined) jobLog.add(`${error.code}: ${error.detail}`)
    switch (reaction.kind) {
      case 'delay': {
        const why = endOfFailure(error).summary ?? (error instanceof Error ? error.message : 'unknown')
        jobLog.add(message('waits', { seconds: Math.ceil(reaction.waitMs / 1000), why }))
        await job.moveToDelayed(Date.now() + Math.max(1, Math.round(reaction.waitMs)), token)
        throw new DelayedError()
      }
      case 'pause-queue': {
        const waitMs = Math.max(1, Math.min(Math.round(reaction.waitMs), MAX_QUEUE_PAUSE_MS))
        if (await tryPauseQueue(waitMs)) throw new RateLimitError()
        return await carryOut({ kind: 'delay', waitMs }, run)
      }
      case 'retry': {
        // Without this line the log is silent until the breaker opens, or for hours if one record is to blame.
        if (error instanceof Failure)
          log.warn({ ...factsOf(job, error), attempt: job.attemptsMade + 1 }, 'an attempt of a job failed')
        throw toShownError(error)
      }
      case 'fail': {
        if (!(await tryRecord(run, reaction.failure))) {
          const delayed = new JobDelayed(message('failure-not-recorded'), RECORD_PAUSE_MS)
          return await carryOut({ kind: 'delay', waitMs: delayed.waitMs }, { ...run, error: delayed })
        }
        await breaker.resetFailures(run.correlationKey()).catch(() => undefined)
        log.warn(factsOf(job, error), 'job failed permanently')
        throw new UnrecoverableError(toShownError(error).message)
      }
    }
  }

  /** What the process log may say of a failed job. */
  function factsOf({ name, id }: Job, error: unknown) {
    const code = error instanceof Failure ? error.code : 'INTERNAL_ERROR'
    return { tenant: tenant.name, event: name, jobId: id, code }
  }

  /** False when Redis did not answer. Then only this job waits. */
  async function tryPauseQueue(waitMs: number): Promise<boolean> {
    try {
      await queue.rateLimit(waitMs)
      return true
    } catch {
      return false
    }
  }

  /** Records a failure before the job becomes failed. False when Redis or a lock prevented it: then the job has to run again. */
  async function tryRecord({ job, processing }: FailedRun, failure: Failure | undefined): Promise<boolean> {
    if (failure === undefined) return true
    try {
      await processing?.afterFailure?.(failure)
      return true
    } catch (unrecorded) {
      if (isInterruption(unrecorded)) return false
      // A bug in `afterFailure` must neither hide the first failure nor make the job run for ever.
      log.error({ err: unrecorded, tenant: tenant.name, jobId: job.id }, 'a failure could not be recorded')
      return true
    }
  }

  /** Everyone may read the message of a Failure. Of any other error only a code is shown; its stack goes to the process log. */
  function toShownError(error: unknown): Error {
    if (error instanceof Failure) return new Error(error.message)
    log.error({ err: error, tenant: tenant.name }, 'unexpected error in a job')
    return new Error(new PermanentFailure('INTERNAL_ERROR').message)
  }
}
