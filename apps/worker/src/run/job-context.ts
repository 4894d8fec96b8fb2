import type { Failure, JobData, JobName, Message, SkipReason } from '@ponte/contracts'
import { type OwnedJob, ownedEventOf } from '@ponte/runtime'
import {
  type DriftObserver,
  type Look,
  createContactLinks,
  createContactMarks,
  createImports,
  createLeadLedger,
  createMarkLedger,
  createOwnerTurns,
  createStatusField,
  createStatusLedger,
  createTimelines,
  isLate,
  isRest,
  type ModeRecord,
  packageUntilFor,
} from '@ponte/state'
import type { Connection } from '../calls/connection.ts'
import type { RunFigures } from './record-run-end.ts'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import type { JobLocks } from './job-locks.ts'

/** What the tenant's mode and the owner of the event make of a run. */
export interface RunMode {
  /** It only reads, and says what it would do. */
  readonly isShadow: boolean
  /** The package has taken over again since the event came, and may have done it. */
  readonly isLate: boolean
  /** Until when the package did the work, as far as the event is concerned, in milliseconds since 1970. Undefined: it never did. */
  readonly packageUntil: number | undefined
  /** Whether the run may still write: the mode may have changed since it began. */
  readonly mayWrite: (now: ModeRecord) => boolean
}

export function runModeOf(job: OwnedJob, record: ModeRecord): RunMode {
  const event = ownedEventOf(job)
  const isPontes = event.owner === 'ponte'
  return {
    isShadow: !isPontes && record.mode === 'shadow',
    isLate: isLate(record, event),
    packageUntil: packageUntilFor(record, event),
    mayWrite: now => (isPontes ? !isRest(now, job.data) : now.mode === 'live'),
  }
}

type Clients = ReturnType<Connection['clients']>

/** One run of a job: what differs from run to run. */
export interface Run extends Clients {
  readonly jobId: string
  /** Identifies the last retry of the job by a person (`retryInFull`): each retry has another value. */
  readonly retry: string | undefined
  /** What the tenant's mode and the owner of the event make of the run, as it began. */
  readonly mode: () => RunMode
  /**
   * RD Station, for calls that the run can do without: they are made only while the quota has a slot that nobody waits for. Their
   * failures must not fail the run.
   */
  readonly spareRd: () => Pick<Clients['rd'], 'findContact' | 'findFunnel'>
  readonly metrics: Pick<WorkerMetrics, 'leadRules' | 'defaultUserLeads'>
  readonly figures: RunFigures
  /** What the run sees of the members of answers. */
  readonly drift: DriftObserver
  /** The opportunity that the run reads. */
  readonly look: Look
  /** Adds a line to the job's log: without personal data. */
  note(text: string | Message): void
}

type Locks = Omit<JobLocks, 'areHeld' | 'releaseAll'>

/** All that the processors of jobs work with. */
export function createJobContext(connection: Connection, { fenceOf, ...locks }: Locks, run: Run) {
  const { tenant, redis, replicas, fingerprint, queues, ruleUse, catalogs } = connection
  const { name } = tenant
  return {
    ...run,
    tenant,
    redis,
    replicas,
    fingerprint,
    queues,
    ruleUse,
    catalogs,
    get users() {
      return connection.users
    },
    /** As soon as one of the locks may be lost, every HTTP call fails and every write to a ledger is refused. */
    ...locks,
    links: createContactLinks(redis, name, fingerprint),
    contactMarks: createContactMarks(name, fingerprint),
    imports: createImports(redis, name, fingerprint),
    statusField: createStatusField(redis, name),
    timelines: createTimelines(redis, name, fingerprint),
    ownerTurns: createOwnerTurns(redis, name),
    // Written only under a lock that the run holds: of the lead, the contact, the opportunity.
    leads: createLeadLedger(redis, name, { fingerprint, fenceOf }),
    marks: createMarkLedger(redis, name, fenceOf),
    statuses: createStatusLedger(redis, name, fenceOf),
  }
}

export type JobContext = ReturnType<typeof createJobContext>

interface Done {
  readonly outcome: 'done'
  /** What was done: without personal data. */
  readonly summary: Message | readonly Message[]
}

interface Skipped {
  readonly outcome: 'skipped'
  /** Why nothing was done, as the last of the messages. */
  readonly summary: SkipReason | readonly [...Message[], SkipReason]
}

/** The return value of a job. The board shows it. */
export type JobResult = (Done | Skipped) & {
  /** The opportunity that the job opened or found. Needed when the job's data do not name it, so that a search by its id finds the event. */
  readonly opportunityId?: string
}

/** Begins the processing of one job; nothing happens before `run` is called. */
export type Processor<Name extends JobName> = (data: JobData<Name>, context: JobContext) => Processing

/**
 * Fetches, maps, sends, and returns what was done. Logging, retries, metrics and BullMQ are left to `run-job.ts`. What a run learns is kept
 * in its processing, for `afterFailure`.
 */
export interface Processing {
  /** Runs the job. After a conflict it is called again, and reads everything anew. */
  run(): Promise<JobResult>
  /** Called when the job has failed permanently, before it is shown as failed. Also for a job that was never run. */
  afterFailure?(failure: Failure): Promise<void>
}
