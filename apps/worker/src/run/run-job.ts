import {
  Failure,
  identitiesOfJob,
  isJobName,
  type JobName,
  jobs,
  PermanentFailure,
  readJobSummary,
  say,
  type System,
} from '@ponte/contracts'
import { isUpdateId, type Logger, type Tenant, type Tracer } from '@ponte/runtime'
import { type CallKind, createLeadLedger, createMarkLedger, type Fingerprint, needsOf } from '@ponte/state'
import { DelayedError, type Job, type Queue, RateLimitError, UnrecoverableError } from 'bullmq'
import { createJobCallGuard } from '../calls/job-call-guard.ts'
import { type BreakerChange, BreakerOpen } from '../calls/breaker-open.ts'
import type { Connection } from '../connections/connection.ts'
import { isAbandoned } from './is-abandoned.ts'
import type { JobContext, JobResult } from './job-context.ts'
import { createJobLocks } from './job-locks.ts'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import { observeRun } from '../telemetry/observe-run.ts'
import { processors } from '../processors/index.ts'
import type { Processing } from '../processors/processor.ts'
import { retryOnConflict } from './retry-on-conflict.ts'
import { isStateUnavailable, type Reaction, reactTo } from './reaction.ts'
import { JobDelayed } from './job-delayed.ts'
import { createRunRecorder, type RunEnd } from './record-run-end.ts'

/** What has to be kept of a failure is tried again this soon, when Redis or somebody else's lock was in the way. */
const RECORD_PAUSE_MS = 2000
/** A rest that ends early is noticed this soon: the next look asks again how long it lasts. */
const LONGEST_LIMIT_MS = 5000

export interface JobRunnerDeps {
  readonly connection: Connection
  readonly queue: Queue
  readonly metrics: WorkerMetrics
  readonly tracer: Tracer
  readonly log: Logger
  readonly onBreakerChange: (tenant: Tenant, change: BreakerChange) => void
  /** A call outwards has ended: a sign of work. */
  readonly onCall: () => void
}

/** The one seam around all processors: reads the job, runs it, and turns what went wrong into BullMQ's vocabulary. */
export function createJobRunner({ connection, queue, metrics, tracer, log, onBreakerChange, onCall }: JobRunnerDeps) {
  const { tenant, fingerprint } = connection
  const recordRunEnd = createRunRecorder(connection.redis, tenant.name, fingerprint)

  return async function runJob(
    job: Job,
    token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<JobResult> {
    const jobLog = createJobLog(job)
    const abort = new AbortController()
    signal?.addEventListener('abort', () => abort.abort(), { once: true })
    const locks = createJobLocks({ redis: connection.redis, tenant, abort: () => abort.abort() })
    const run = observeRun(job, { tenant: tenant.name, metrics, tracer })
    const { guard, requireAvailable, verdictOn, leave } = createJobCallGuard({
      connection,
      jobId: job.id ?? '',
      subject: subjectOf(job, fingerprint),
      signal: abort.signal,
      areLocksHeld: locks.areHeld,
      metrics,
      span: run.span,
      note: jobLog.add,
      onBreakerChange: change => onBreakerChange(tenant, change),
      onCall,
    })
    const context: JobContext = {
      ...connection,
      ...connection.clients(guard),
      jobId: job.id ?? '',
      stalled: job.stalledCounter,
      note: jobLog.add,
      locked: locks.locked,
      leads: createLeadLedger(connection.redis, tenant.name, { fingerprint, fenceOf: locks.fenceOf }),
      marks: createMarkLedger(connection.redis, tenant.name, locks.fenceOf),
    }
    const begun = beginProcessing(job, context)
    let end: RunEnd = { outcome: 'retrying' }
    try {
      const result = await retryOnConflict(() => work(job, begun, requireAvailable))
      run.ended(result.outcome)
      end = result
      return result
    } catch (error) {
      const verdict = error instanceof Failure ? verdictOn(error) : undefined
      const attempts = { made: job.attemptsMade + 1, allowed: job.opts.attempts ?? 1 }
      const reaction = reactTo(error, attempts, verdict)
      run.ended(outcomeOf(reaction), error instanceof Failure ? error.code : '')
      end = { outcome: outcomeOf(reaction), ...endOf(error) }
      return await carryOut(reaction, { job, token, error, begun, jobLog })
    } finally {
      await Promise.all([leave(), jobLog.flush(), recordRunEnd(job, end)])
    }
  }

  async function work(
    job: Job,
    begun: Begun,
    requireAvailable: (system: System, kind: CallKind) => Promise<void>,
  ): Promise<JobResult> {
    if (isAbandoned(job)) throw new PermanentFailure('JOB_ABANDONED')
    if (!isJobName(job.name)) throw new PermanentFailure('JOB_UNREADABLE', { context: { job: job.name } })
    // A job that will meet a resting system is put back before it has called the other one for nothing.
    for (const [system, kind] of needsOf(jobs[job.name].destination)) await requireAvailable(system, kind)
    // Before anything is read: an update that comes from now on may tell of a change that this run does not see.
    if (isUpdateId(job.deduplicationId)) await job.removeDeduplicationKey()
    if (begun instanceof PermanentFailure) throw begun
    const result = await begun.run()
    metrics.endToEnd.observe(
      { tenant: tenant.name, event: job.name },
      (Date.now() - Date.parse(begun.receivedAt)) / 1000,
    )
    return result
  }

  async function carryOut(reaction: Reaction, run: FailedRun): Promise<never> {
    const { job, token, error, jobLog } = run
    if (error instanceof Failure && error.detail !== undefined) jobLog.add(`${error.code}: ${error.detail}`)
    switch (reaction.kind) {
      case 'postpone': {
        const why = error instanceof Error ? error.message : 'unknown'
        jobLog.add(say('waits {seconds} s: {why}', { seconds: Math.ceil(reaction.waitMs / 1000), why }))
        await job.moveToDelayed(Date.now() + Math.max(1, Math.round(reaction.waitMs)), token)
        throw new DelayedError()
      }
      case 'rest': {
        const waitMs = Math.max(1, Math.min(Math.round(reaction.waitMs), LONGEST_LIMIT_MS))
        if (await tryLimit(waitMs)) throw new RateLimitError()
        return await carryOut({ kind: 'postpone', waitMs }, run)
      }
      case 'retry':
        throw plain(error)
      case 'give-up': {
        if (!(await tryRecord(run, reaction.failure))) {
          const postponed = new JobDelayed(say('the failure could not be recorded'), RECORD_PAUSE_MS)
          return await carryOut({ kind: 'postpone', waitMs: postponed.waitMs }, { ...run, error: postponed })
        }
        await connection.rests.resetFailures(subjectOf(job, fingerprint)).catch(() => undefined)
        log.warn({ tenant: tenant.name, event: job.name, jobId: job.id, code: codeOf(error) }, 'job failed for good')
        throw new UnrecoverableError(plain(error).message)
      }
    }
  }

  /** False when Redis could not be told: then the job alone waits. */
  async function tryLimit(waitMs: number): Promise<boolean> {
    try {
      await queue.rateLimit(waitMs)
      return true
    } catch {
      return false
    }
  }

  /** What has to be kept of a failure is kept before it is final; when Redis is in the way, the job runs again. */
  async function tryRecord({ job, begun }: FailedRun, failure: Failure | undefined): Promise<boolean> {
    if (failure === undefined || begun instanceof PermanentFailure) return true
    try {
      await begun.afterFailure?.(failure)
      return true
    } catch (unrecorded) {
      if (isStateUnavailable(unrecorded)) return false
      // A mistake of ours must neither hide the first failure nor keep the job running in circles.
      log.error({ err: unrecorded, tenant: tenant.name, jobId: job.id }, 'a failure could not be recorded')
      return true
    }
  }

  /** A message that may be shown to anyone: ours as it is, anything else as a code, its stack in the process log only. */
  function plain(error: unknown): Error {
    if (error instanceof Failure) return new Error(error.message)
    log.error({ err: error, tenant: tenant.name }, 'unexpected error in a job')
    return new Error(new PermanentFailure('INTERNAL_ERROR').message)
  }
}

/** The opportunity or the person, whatever brought them up, else the event itself: one record is one witness of an outage. */
function subjectOf({ id, data }: Job, fingerprint: Fingerprint): string {
  const subject = readJobSummary(data)
  const [identity] = identitiesOfJob(subject)
  return subject.opportunityId ?? (identity === undefined ? id : fingerprint(identity)) ?? ''
}

/** The processor's run of a job, or the failure of a job that cannot be read. */
type Begun = (Processing & { readonly receivedAt: string }) | PermanentFailure

function beginProcessing({ name, data }: Job, context: JobContext): Begun {
  return isJobName(name)
    ? beginNamed(name, data, context)
    : new PermanentFailure('JOB_UNREADABLE', { context: { job: name } })
}

function beginNamed<Name extends JobName>(name: Name, data: unknown, context: JobContext): Begun {
  const parsed = jobs[name].data.safeParse(data)
  if (parsed.success) return { ...processors[name](parsed.data, context), receivedAt: parsed.data.receivedAt }
  const at = parsed.error.issues.map(issue => issue.path.join('.')).join(' ')
  return new PermanentFailure('JOB_UNREADABLE', { context: { at } })
}

interface FailedRun {
  readonly job: Job
  readonly token: string | undefined
  readonly error: unknown
  readonly begun: Begun
  readonly jobLog: JobLog
}

const codeOf = (error: unknown): string => (error instanceof Failure ? error.code : 'INTERNAL_ERROR')

/** Why a run ended without a result: only words of our own. */
const endOf = (error: unknown): Pick<RunEnd, 'code' | 'summary'> => {
  if (error instanceof JobDelayed || error instanceof BreakerOpen) return { summary: error.message }
  return error instanceof Failure ? { code: error.code, summary: error.message } : { code: 'INTERNAL_ERROR' }
}

const outcomeOf = ({ kind }: Reaction): 'failed' | 'retrying' | 'postponed' =>
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
