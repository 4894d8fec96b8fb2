import type { ObserveRecord } from '@ponte/clients'
import {
  type Destination,
  Failure,
  identitiesOfJob,
  isJobName,
  isLeadEvent,
  isMarkEvent,
  type JobName,
  jobs,
  message,
  PermanentFailure,
  readJobSummary,
} from '@ponte/contracts'
import { isUpdateId, type Logger, readRetryMark, type Tracer } from '@ponte/runtime'
import {
  type Calendar,
  createDriftObserver,
  createLook,
  type Fingerprint,
  isFollowedBy,
  needsOf,
  stateKey,
} from '@ponte/state'
import { DelayedError, type Job } from 'bullmq'
import type { Connection } from '../calls/connection.ts'
import { type BreakerChange, createJobCallGuard } from '../calls/job-call-guard.ts'
import { JobDelayed } from '../calls/job-delayed.ts'
import { createJobContext, type JobContext, type JobResult, type Processing, runModeOf } from '../run/job-context.ts'
import { createJobLocks, replicasMissing } from '../run/job-locks.ts'
import { createJobLog } from '../run/job-log.ts'
import { isAbandoned, type Reaction, reactTo, retryOnConflict } from '../run/reaction.ts'
import {
  createRunFigures,
  createRunRecorder,
  endOfFailure,
  isImported,
  outcomeOf,
  type RunEnd,
} from '../run/record-run-end.ts'
import { createModeRunner, processors, shadowProcessors } from '../shadow/run-by-mode.ts'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import { observeRun } from '../telemetry/observe-run.ts'
import { createReactionHandler } from './carry-out-reaction.ts'

export interface JobRunnerDeps {
  readonly connection: Connection
  /** Where the queue's jobs write to. */
  readonly destination: Destination
  /** Decides to which day figures belong. */
  readonly calendar: Calendar
  readonly metrics: WorkerMetrics
  readonly tracer: Tracer
  readonly log: Logger
  readonly onBreakerChange: (change: BreakerChange) => void
  /** An HTTP attempt has ended. It proves that the worker is not stuck. */
  readonly onCall: () => void
  /** The tenants file and Redis say different modes of the tenant: this process may start none of its jobs. */
  readonly onOtherMode: () => void
}

export type JobRunner = (job: Job, token: string | undefined, signal: AbortSignal | undefined) => Promise<JobResult>

/** Another worker takes the job meanwhile. */
const OTHER_MODE_PAUSE_MS = 1000

/**
 * Runs the jobs of one queue, except that of quarantine: the road of a job between BullMQ (`createWorker`) and its processor, and back. What
 * most tenants do not need, because they are idle, is made with the first job: its queue too.
 */
export function createJobRunner(deps: JobRunnerDeps): JobRunner {
  let runJob: JobRunner | undefined
  // BullMQ passes the signal only to a function with exactly three parameters.
  return (job, token, signal) => (runJob ??= openJobRunner(deps))(job, token, signal)
}

function openJobRunner(deps: JobRunnerDeps): JobRunner {
  const { connection, destination, calendar, metrics, tracer, log, onBreakerChange, onCall, onOtherMode } = deps
  const { tenant, fingerprint, redis, replicas } = connection
  const queue = connection.queues[destination]
  const recordRunEnd = createRunRecorder({ redis, tenant: tenant.name, fingerprint, calendar })
  const carryOut = createReactionHandler({ connection, queue, log })
  const runByMode = createModeRunner({ mode: connection.mode, queue, destination })

  return async function runJob(job, token, signal) {
    // What the run works with.
    const correlationKey = (): string => correlationKeyOf(job, fingerprint)
    const jobLog = createJobLog(job)
    const figures = createRunFigures()
    const drift = createDriftObserver()
    const look = createLook()
    const abort = new AbortController()
    signal?.addEventListener('abort', () => abort.abort(), { once: true })
    const locks = createJobLocks({ redis, tenant, abort: () => abort.abort() })
    const observed = observeRun(job, { tenant: tenant.name, metrics, tracer })
    /** As this process knew it last, until Redis has said it. */
    let mode = runModeOf(job, connection.health.lastMode())
    const calls = createJobCallGuard({
      connection,
      jobId: job.id ?? '',
      correlationKey,
      signal: abort.signal,
      areLocksHeld: locks.areHeld,
      mode: () => mode,
      metrics,
      figures: figures.done,
      span: observed.span,
      note: jobLog.add,
      onBreakerChange,
      onCall,
    })
    // A record without an id of its own is about whom the job is about: read again and again, it counts as one.
    const observe: ObserveRecord = (kind, body, record) => drift.see(kind, body, record ?? correlationKey())
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

    let processing: ReturnType<typeof beginProcessing> | undefined
    let end: RunEnd = { outcome: 'retrying' }
    try {
      const record = await connection.health.mode()
      if (!isFollowedBy(record, tenant.settings.mode)) {
        onOtherMode()
        throw new JobDelayed(message('mode-of-file'), OTHER_MODE_PAUSE_MS)
      }
      const result = await runByMode(job, record, {
        isPermanent: error => reactionTo(error).kind === 'fail',
        work: async () => {
          // Only now is it certain who owns the event, and so what its processor is.
          mode = runModeOf(job, record)
          if (!isJobName(job.name)) throw unreadable({ job: job.name })
          const own = beginProcessing(job.name, job.data, context)
          processing = own
          if (isAbandoned(job)) throw new PermanentFailure('JOB_ABANDONED')
          // All systems are checked first, so that a job does not call one of them in vain.
          await calls.requireAvailable(needsOf(destination))
          const needing = isMarkEvent(job.name) ? 'mark' : isLeadEvent(job.name) ? 'opening' : undefined
          // After a record that too few replicas had, a job that may mark or open asks whether they are back, before it calls anybody.
          const confirmed = stateKey(tenant.name, 'confirmed')
          const mayWait = needing !== undefined && !mode.isShadow && replicas.holdsBack(redis, confirmed)
          if (mayWait && !(await replicas.confirmEarlier(redis, needing, confirmed))) throw replicasMissing()
          // From here on, a new update of the same opportunity is a job of its own, because this run may miss its change.
          if (isUpdateId(job.deduplicationId)) await job.removeDeduplicationKey()
          const done = await retryOnConflict(() => own.run())
          const seconds = (Date.now() - Date.parse(own.receivedAt)) / 1000
          if (!mode.isShadow && !isImported(job))
            metrics.endToEnd.observe({ tenant: tenant.name, event: job.name }, seconds)
          return done
        },
      })
      observed.ended(result.outcome)
      end = result
      return result
    } catch (error) {
      const reaction = reactionTo(error)
      observed.ended(outcomeOf(reaction), error instanceof Failure ? error.code : '')
      end = { outcome: outcomeOf(reaction), ...endOfFailure(error) }
      try {
        return await carryOut(reaction, { job, token, error, processing, jobLog, correlationKey })
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
}

/** Parses the job's data and creates its processing, for the mode of the run. Nothing runs yet. */
function beginProcessing<Name extends JobName>(
  name: Name,
  data: unknown,
  context: JobContext,
): Processing & { readonly receivedAt: string } {
  const parsed = jobs[name].data.safeParse(data)
  const { [name]: processor } = context.mode().isShadow ? shadowProcessors : processors
  if (parsed.success) return { ...processor(parsed.data, context), receivedAt: parsed.data.receivedAt }
  throw unreadable({ at: parsed.error.issues.map(issue => issue.path.join('.')).join(' ') })
}

const unreadable = (context: Failure['context']): PermanentFailure =>
  new PermanentFailure('JOB_UNREADABLE', { context })

/**
 * The opportunity or the person that a job is about, or else the event itself. Jobs with the same key count as one when the circuit
 * breaker decides whether a system is down: one broken record must not open it.
 */
export function correlationKeyOf({ id, data }: Pick<Job, 'id' | 'data'>, fingerprint: Fingerprint): string {
  const summary = readJobSummary(data)
  const [identity] = identitiesOfJob(summary)
  return summary.opportunityId ?? (identity === undefined ? id : fingerprint(identity)) ?? ''
}
