import type { ObserveRecord } from '@ponte/clients'
import {
  type Destination,
  Failure,
  isJobName,
  jobs,
  message,
  PermanentFailure,
  isMarkEvent,
  isLeadEvent,
} from '@ponte/contracts'
import { isUpdateId, type Logger, readRetryMark, type Tenant, type Tracer } from '@ponte/runtime'
import { type Calendar, createDriftObserver, createLook, isFollowedBy, needsOf } from '@ponte/state'
import { DelayedError, type Job, type Queue } from 'bullmq'
import type { BreakerChange } from '../calls/breaker-reporter.ts'
import { createJobCallGuard } from '../calls/job-call-guard.ts'
import type { Connection } from '../connections/connection.ts'
import { createRunByMode } from '../shadow/run-by-mode.ts'
import { type RunMode, runModeOf } from '../shadow/run-mode.ts'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import { observeRun } from '../telemetry/observe-run.ts'
import { beginProcessing, type Begun, correlationKeyOf, isAbandoned } from './begin-processing.ts'
import { createReactionHandler } from './carry-out-reaction.ts'
import { createJobContext, type JobResult } from './job-context.ts'
import { JobDelayed } from './job-delayed.ts'
import { createJobLocks } from './job-locks.ts'
import { createJobLog } from './job-log.ts'
import { requireReplicas } from './require-replicas.ts'
import { type Reaction, reactTo, retryOnConflict } from './reaction.ts'
import {
  createRunFigures,
  createRunRecorder,
  endOfFailure,
  isImported,
  outcomeOf,
  type RunEnd,
} from './record-run-end.ts'

export interface JobRunnerDeps {
  readonly connection: Connection
  readonly queue: Queue
  /** Where the queue's jobs write to. */
  readonly destination: Destination
  /** Decides to which day figures belong. */
  readonly calendar: Calendar
  readonly metrics: WorkerMetrics
  readonly tracer: Tracer
  readonly log: Logger
  readonly onBreakerChange: (tenant: Tenant, change: BreakerChange) => void
  /** An HTTP attempt has ended. It proves that the worker is not stuck. */
  readonly onCall: () => void
  /** The tenants file and Redis say different modes of the tenant: this process may start none of its jobs. */
  readonly onOtherMode: () => void
}

/** Another worker takes the job meanwhile. */
const OTHER_MODE_PAUSE_MS = 1000

/**
 * Runs the jobs of one queue, except that of quarantine. Processors run inside this function: it parses the job, gives the processor its locks, clients
 * and ledgers, and turns a failure into what BullMQ understands. Logging, metrics, traces and the timeline are written here too.
 */
export function createJobRunner(deps: JobRunnerDeps) {
  const { connection, queue, destination, calendar, metrics, tracer, log, onBreakerChange, onCall, onOtherMode } = deps
  const { tenant, fingerprint, redis } = connection
  const recordRunEnd = createRunRecorder({ redis, tenant: tenant.name, fingerprint, calendar })
  const carryOut = createReactionHandler({ connection, queue, log })
  const runByMode = createRunByMode({ mode: connection.mode, queue, destination })

  return async function runJob(
    job: Job,
    token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<JobResult> {
    const jobLog = createJobLog(job)
    const figures = createRunFigures()
    const drift = createDriftObserver()
    const look = createLook()
    const abort = new AbortController()
    signal?.addEventListener('abort', () => abort.abort(), { once: true })
    const locks = createJobLocks({ redis, tenant, abort: () => abort.abort() })
    let mode = runModeOf(job, connection.health.lastMode())
    const run = observeRun(job, { tenant: tenant.name, metrics, tracer })
    const calls = createJobCallGuard({
      connection,
      jobId: job.id ?? '',
      correlationKey: () => correlationKeyOf(job, fingerprint),
      signal: abort.signal,
      areLocksHeld: locks.areHeld,
      mode: () => mode,
      metrics,
      figures: figures.done,
      span: run.span,
      note: jobLog.add,
      onBreakerChange: change => onBreakerChange(tenant, change),
      onCall,
    })
    // A record without an id of its own is about whom the job is about: read again and again, it counts as one.
    const observe: ObserveRecord = (kind, body, record) =>
      drift.see(kind, body, record ?? correlationKeyOf(job, fingerprint))
    const context = createJobContext(connection, locks, {
      ...connection.clients(calls.guard, observe),
      spareRd: () => connection.clients(calls.spareGuard, observe).rd,
      metrics,
      figures,
      drift,
      look,
      jobId: job.id ?? '',
      retry: readRetryMark(job),
      mode: () => mode,
      note: jobLog.add,
    })
    const reactionTo = (error: unknown): Reaction =>
      reactTo(
        error,
        { made: job.attemptsMade + 1, allowed: job.opts.attempts ?? 1 },
        error instanceof Failure ? calls.effectOf(error) : undefined,
      )
    let begun = beginProcessing(job, context)
    let end: RunEnd = { outcome: 'retrying' }
    try {
      const record = await connection.health.mode()
      if (!isFollowedBy(record, tenant.settings.mode)) {
        onOtherMode()
        throw new JobDelayed(message('mode-of-file'), OTHER_MODE_PAUSE_MS)
      }
      const result = await runByMode(job, record, {
        work() {
          // Only now is it certain who owns the event.
          mode = runModeOf(job, record)
          begun = beginProcessing(job, context)
          return retryOnConflict(() => work(job, begun, { mode, requireAvailable: calls.requireAvailable }))
        },
        isLast: error => reactionTo(error).kind === 'fail',
      })
      run.ended(result.outcome)
      end = result
      return result
    } catch (error) {
      const reaction = reactionTo(error)
      run.ended(outcomeOf(reaction), error instanceof Failure ? error.code : '')
      end = { outcome: outcomeOf(reaction), ...endOfFailure(error) }
      try {
        return await carryOut(reaction, { job, token, error, begun, jobLog })
      } catch (thrown) {
        // The failure could not be recorded, so the job comes back: it has not failed yet.
        if (reaction.kind === 'fail' && thrown instanceof DelayedError) end = { ...end, outcome: 'delayed' }
        throw thrown
      }
    } finally {
      const [lines] = await Promise.all([jobLog.takeLines(), locks.releaseAll()])
      await Promise.all([
        calls.releaseProbes(),
        recordRunEnd(job, end, { lines, figures, drift, look, isShadow: mode.isShadow }),
      ])
    }
  }

  async function work(
    job: Job,
    begun: Begun,
    {
      mode,
      requireAvailable,
    }: { mode: RunMode; requireAvailable: (needs: ReturnType<typeof needsOf>) => Promise<void> },
  ): Promise<JobResult> {
    if (isAbandoned(job)) throw new PermanentFailure('JOB_ABANDONED')
    if (!isJobName(job.name)) throw new PermanentFailure('JOB_UNREADABLE', { context: { job: job.name } })
    // All systems are checked first, so that a job does not call one of them in vain.
    await requireAvailable(needsOf(jobs[job.name].destination))
    const needing = isMarkEvent(job.name) ? 'mark' : isLeadEvent(job.name) ? 'opening' : undefined
    if (needing !== undefined && !mode.isShadow) await requireReplicas(needing, connection)
    // From here on, a new update of the same opportunity is a job of its own, because this run may miss its change.
    if (isUpdateId(job.deduplicationId)) await job.removeDeduplicationKey()
    if (begun instanceof PermanentFailure) throw begun
    const result = await begun.run()
    if (!mode.isShadow && !isImported(job))
      metrics.endToEnd.observe(
        { tenant: tenant.name, event: job.name },
        (Date.now() - Date.parse(begun.receivedAt)) / 1000,
      )
    return result
  }
}

export type JobRunner = ReturnType<typeof createJobRunner>
