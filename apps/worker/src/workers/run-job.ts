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
  mapMarkEvents,
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
  type ModeRecord,
  needsOf,
} from '@ponte/state'
import { DelayedError, type Job } from 'bullmq'
import type { Connection } from '../calls/connection.ts'
import { type BreakerChange, createJobCallGuard } from '../calls/job-call-guard.ts'
import { JobDelayed } from '../calls/job-delayed.ts'
import { leadRegistered } from '../processors/lead-registered.ts'
import { opportunityChanged } from '../processors/opportunity-changed.ts'
import { statusRdChanged } from '../processors/status-rd-changed.ts'
import {
  createJobContext,
  type JobContext,
  type JobResult,
  type Processing,
  type Processor,
  runModeOf,
} from '../run/job-context.ts'
import { createJobLocks } from '../run/job-locks.ts'
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
import { requireReplicas } from '../run/require-replicas.ts'
import { createModeSteps, wouldFail } from '../shadow/run-by-mode.ts'
import { shadowLead } from '../shadow/shadow-lead.ts'
import { shadowMark } from '../shadow/shadow-mark.ts'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import { observeRun } from '../telemetry/observe-run.ts'
import { createReactionHandler } from './carry-out-reaction.ts'

/** The processor of each job. A job without one does not compile. */
export const processors: { [Name in JobName]: Processor<Name> } = {
  'lead.registered': leadRegistered,
  ...mapMarkEvents(opportunityChanged),
  'status-rd.changed': statusRdChanged,
}

/** In the shadow: they read, and write nothing. */
const shadowProcessors: { [Name in JobName]: Processor<Name> } = {
  'lead.registered': shadowLead,
  ...mapMarkEvents(shadowMark),
  'status-rd.changed': () => ({
    run: () => Promise.resolve({ outcome: 'done', summary: [message('in-shadow'), message('shadow-status-rd')] }),
  }),
}

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
  const { tenant, fingerprint, redis } = connection
  const queue = connection.queues[destination]
  const recordRunEnd = createRunRecorder({ redis, tenant: tenant.name, fingerprint, calendar })
  const carryOut = createReactionHandler({ connection, queue, log })
  const modeSteps = createModeSteps({ mode: connection.mode, queue, destination })

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

    let begun: Begun | undefined

    /** The tenant's mode in Redis. Throws JobDelayed where the tenants file of this process says another one. */
    async function readMode(): Promise<ModeRecord> {
      const record = await connection.health.mode()
      if (isFollowedBy(record, tenant.settings.mode)) return record
      onOtherMode()
      throw new JobDelayed(message('mode-of-file'), OTHER_MODE_PAUSE_MS)
    }

    /** Has the processor of the job do its work. In the shadow, a job that would fail permanently ends as done, and says so. */
    async function runProcessor(record: ModeRecord): Promise<JobResult> {
      // Only now is it certain who owns the event, and so what its processor is.
      mode = runModeOf(job, record)
      const own = beginProcessing(job, context)
      begun = own
      const working = retryOnConflict(() => work(own))
      if (!mode.isShadow) return await working
      const result = await working.catch((error: unknown) => {
        if (reactionTo(error).kind === 'fail') return wouldFail(error)
        throw error
      })
      await modeSteps.endInShadow(job)
      return result
    }

    async function work(own: Begun): Promise<JobResult> {
      if (isAbandoned(job)) throw new PermanentFailure('JOB_ABANDONED')
      if (!isJobName(job.name)) throw unreadable({ job: job.name })
      // All systems are checked first, so that a job does not call one of them in vain.
      await calls.requireAvailable(needsOf(jobs[job.name].destination))
      const needing = isMarkEvent(job.name) ? 'mark' : isLeadEvent(job.name) ? 'opening' : undefined
      if (needing !== undefined && !mode.isShadow) await requireReplicas(needing, connection)
      // From here on, a new update of the same opportunity is a job of its own, because this run may miss its change.
      if (isUpdateId(job.deduplicationId)) await job.removeDeduplicationKey()
      if (own instanceof PermanentFailure) throw own
      const result = await own.run()
      if (!mode.isShadow && !isImported(job))
        metrics.endToEnd.observe(
          { tenant: tenant.name, event: job.name },
          (Date.now() - Date.parse(own.receivedAt)) / 1000,
        )
      return result
    }

    let end: RunEnd = { outcome: 'retrying' }
    try {
      const record = await readMode()
      const result = (await modeSteps.endUnrun(job, record)) ?? (await runProcessor(record))
      observed.ended(result.outcome)
      end = result
      return result
    } catch (error) {
      const reaction = reactionTo(error)
      observed.ended(outcomeOf(reaction), error instanceof Failure ? error.code : '')
      end = { outcome: outcomeOf(reaction), ...endOfFailure(error) }
      const processing = begun instanceof PermanentFailure ? undefined : begun
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

/** The processing of a job, or the failure of a job whose data cannot be read. */
type Begun = (Processing & { readonly receivedAt: string }) | PermanentFailure

/** Parses the job's data and creates its processing, for the mode of the run. Nothing runs yet. */
function beginProcessing({ name, data }: Job, context: JobContext): Begun {
  return isJobName(name) ? beginNamed(name, data, context) : unreadable({ job: name })
}

function beginNamed<Name extends JobName>(name: Name, data: unknown, context: JobContext): Begun {
  const parsed = jobs[name].data.safeParse(data)
  const { [name]: processor } = context.mode().isShadow ? shadowProcessors : processors
  if (parsed.success) return { ...processor(parsed.data, context), receivedAt: parsed.data.receivedAt }
  return unreadable({ at: parsed.error.issues.map(issue => issue.path.join('.')).join(' ') })
}

const unreadable = (context: Failure['context']): PermanentFailure =>
  new PermanentFailure('JOB_UNREADABLE', { context })

/**
 * The opportunity or the person that a job is about, or else the event itself. Jobs with the same key count as one when the circuit
 * breaker decides whether a system is down: one broken record must not open it.
 */
function correlationKeyOf({ id, data }: Pick<Job, 'id' | 'data'>, fingerprint: Fingerprint): string {
  const summary = readJobSummary(data)
  const [identity] = identitiesOfJob(summary)
  return summary.opportunityId ?? (identity === undefined ? id : fingerprint(identity)) ?? ''
}
