import { Failure, isJobName, type JobName, jobs, PermanentFailure } from '@ponte/contracts'
import type { Logger, Tenant } from '@ponte/runtime'
import { acquireLock, stateKey } from '@ponte/state'
import { DelayedError, type Job, type Queue, RateLimitError, UnrecoverableError } from 'bullmq'
import { createCallGuard, type RestChange } from './call-guard.ts'
import type { Connection } from './connection.ts'
import { isAbandoned } from './is-abandoned.ts'
import type { JobContext, JobResult } from './job-context.ts'
import type { WorkerMetrics } from './metrics.ts'
import { processors } from './processors/index.ts'
import { type Reaction, reactTo } from './reaction.ts'
import { Postponed } from './postponed.ts'

/** How long a job waits for somebody else's lock before it goes back to the queue. */
const LOCK_WAIT_MS = 2000
const LOCK_PAUSE_MS = 500

export interface JobRunnerDeps {
  readonly connection: Connection
  readonly queue: Queue
  readonly metrics: WorkerMetrics
  readonly log: Logger
  readonly onRest: (tenant: Tenant, change: RestChange) => void
}

/** The one seam around all processors: reads the job, runs it, and turns what went wrong into BullMQ's vocabulary. */
export function createJobRunner({ connection, queue, metrics, log, onRest }: JobRunnerDeps) {
  const { tenant } = connection

  return async function runJob(
    job: Job,
    token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<JobResult> {
    const jobLog = createJobLog(job)
    const abort = new AbortController()
    signal?.addEventListener('abort', () => abort.abort(), { once: true })
    const { guard, verdictOn } = createCallGuard({
      connection,
      jobId: job.id ?? '',
      signal: abort.signal,
      metrics,
      note: jobLog.add,
      onRest: change => onRest(tenant, change),
    })
    const context: JobContext = {
      ...connection,
      ...connection.clients(guard),
      jobId: job.id ?? '',
      stalled: job.stalledCounter,
      note: jobLog.add,
      locked: (names, work) => runLocked(names, work, abort),
    }
    const labels = { tenant: tenant.name, event: job.name }
    const stopTimer = metrics.processing.startTimer(labels)
    try {
      const result = await work(job, context)
      metrics.jobs.inc({ ...labels, outcome: result.outcome, code: '' })
      return result
    } catch (error) {
      const verdict = error instanceof Failure ? verdictOn(error) : undefined
      const attempts = { made: job.attemptsMade + 1, allowed: job.opts.attempts ?? 1 }
      const reaction = reactTo(error, attempts, verdict)
      const code = error instanceof Failure ? error.code : ''
      metrics.jobs.inc({ ...labels, outcome: outcomeOf(reaction), code })
      return await carryOut(reaction, { job, token, error, context, jobLog })
    } finally {
      stopTimer()
      await jobLog.flush()
    }
  }

  async function work(job: Job, context: JobContext): Promise<JobResult> {
    if (isAbandoned(job)) throw new PermanentFailure('JOB_ABANDONED')
    if (!isJobName(job.name)) throw new PermanentFailure('JOB_UNREADABLE', { context: { job: job.name } })
    return await process(job.name, job, context)
  }

  async function process<Name extends JobName>(name: Name, job: Job, context: JobContext): Promise<JobResult> {
    const parsed = jobs[name].data.safeParse(job.data)
    if (!parsed.success) {
      const at = parsed.error.issues.map(issue => issue.path.join('.')).join(' ')
      throw new PermanentFailure('JOB_UNREADABLE', { context: { at } })
    }
    const result = await processors[name].run(parsed.data, context)
    metrics.endToEnd.observe(
      { tenant: tenant.name, event: name },
      (Date.now() - Date.parse(parsed.data.receivedAt)) / 1000,
    )
    return result
  }

  async function carryOut(reaction: Reaction, run: FailedRun): Promise<never> {
    const { job, token, error, jobLog } = run
    if (error instanceof Failure && error.detail !== undefined) jobLog.add(`${error.code}: ${error.detail}`)
    switch (reaction.kind) {
      case 'postpone': {
        jobLog.add(
          `waits ${Math.ceil(reaction.waitMs / 1000)} s: ${error instanceof Error ? error.message : 'unknown'}`,
        )
        await job.moveToDelayed(Date.now() + Math.max(1, Math.round(reaction.waitMs)), token)
        throw new DelayedError()
      }
      case 'rest': {
        await queue.rateLimit(Math.max(1, Math.round(reaction.waitMs)))
        throw new RateLimitError()
      }
      case 'retry':
        throw plain(error)
      case 'give-up': {
        if (!(await isRecorded(run, reaction.failure))) {
          const postponed = new Postponed('the failure could not be recorded', LOCK_PAUSE_MS)
          return await carryOut({ kind: 'postpone', waitMs: postponed.waitMs }, { ...run, error: postponed })
        }
        log.warn({ tenant: tenant.name, event: job.name, jobId: job.id, code: codeOf(error) }, 'job failed for good')
        throw new UnrecoverableError(plain(error).message)
      }
    }
  }

  /** What has to be kept of a failure is kept before it is final: else the job runs again rather than fail without a trace. */
  async function isRecorded({ job, context }: FailedRun, failure: Failure | undefined): Promise<boolean> {
    try {
      if (isJobName(job.name)) await giveUp(job.name, job, context, failure)
      return true
    } catch {
      return false
    }
  }

  async function giveUp<Name extends JobName>(
    name: Name,
    job: Job,
    context: JobContext,
    failure: Failure | undefined,
  ): Promise<void> {
    const parsed = jobs[name].data.safeParse(job.data)
    if (failure === undefined || !parsed.success) return
    await processors[name].afterFailure?.(parsed.data, context, failure)
  }

  /** A message that may be shown to anyone: ours as it is, anything else as a code, its stack in the process log only. */
  function plain(error: unknown): Error {
    if (error instanceof Failure) return new Error(error.message)
    log.error({ err: error, tenant: tenant.name }, 'unexpected error in a job')
    return new Error(new PermanentFailure('INTERNAL_ERROR').message)
  }

  async function runLocked<Result>(
    names: readonly string[],
    work: () => Promise<Result>,
    abort: AbortController,
  ): Promise<Result> {
    const keys = names.map(name => stateKey(tenant.name, 'lock', name))
    const lock = await acquireLock(connection.redis, keys, { waitMs: LOCK_WAIT_MS })
    if (lock === undefined) throw new Postponed('another job works on the same record', LOCK_PAUSE_MS)
    const onLost = (): void => abort.abort()
    lock.signal.addEventListener('abort', onLost, { once: true })
    try {
      return await work()
    } finally {
      lock.signal.removeEventListener('abort', onLost)
      await lock.release()
    }
  }
}

interface FailedRun {
  readonly job: Job
  readonly token: string | undefined
  readonly error: unknown
  readonly context: JobContext
  readonly jobLog: JobLog
}

const codeOf = (error: unknown): string => (error instanceof Failure ? error.code : 'INTERNAL_ERROR')

const outcomeOf = ({ kind }: Reaction): string =>
  kind === 'give-up' ? 'failed' : kind === 'retry' ? 'retrying' : 'postponed'

type JobLog = ReturnType<typeof createJobLog>

/** Lines keep their order and never hold up or fail the job. */
function createJobLog(job: Job) {
  let written: Promise<unknown> = Promise.resolve()
  return {
    add(text: string): void {
      const line = `${new Date().toISOString()} ${text}`
      written = written.then(() => job.log(line)).catch(() => undefined)
    },
    flush: () => written,
  }
}
