import type { Message } from '@ponte/contracts'
import type { createLeadLedger, createMarkLedger, createStatusLedger } from '@ponte/state'
import type { Connection } from '../connections/connection.ts'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import type { JobLocks } from './job-locks.ts'
import type { RunFigures } from '../figures/run-figures.ts'

/** What a processor works with. */
export interface JobContext extends Omit<Connection, 'clients'>, ReturnType<Connection['clients']> {
  /** Write only while holding the lead's lock. */
  readonly leads: ReturnType<typeof createLeadLedger>
  /** Write only while holding the contact's lock. */
  readonly marks: ReturnType<typeof createMarkLedger>
  /** Write only while holding the opportunity's lock. */
  readonly statuses: ReturnType<typeof createStatusLedger>
  /**
   * RD Station, for calls that the run can do without: they are made only while the quota has a slot that nobody waits for. Their
   * failures must not fail the run.
   */
  readonly spareRd: () => Pick<ReturnType<Connection['clients']>['rd'], 'findContact' | 'findFunnel'>
  readonly metrics: Pick<WorkerMetrics, 'leadRules' | 'defaultUserLeads'>
  readonly figures: RunFigures
  readonly jobId: string
  /** The last time that a person retried the job (`retryInFull`); another value means another time. */
  readonly retry: string | undefined
  /** Adds a line to the job's log: without personal data. */
  note(text: string | Message): void
  /** As soon as one of these locks may be lost, every HTTP call fails and every write to a ledger is refused. */
  readonly locked: JobLocks['locked']
  readonly underLocks: JobLocks['underLocks']
  /** The last changes of a run, which give back all its locks. */
  readonly recordAndRelease: JobLocks['recordAndRelease']
}

/** The return value of a job. The board shows it. */
export interface JobResult {
  readonly outcome: 'done' | 'skipped'
  /** What was done, or why nothing was: without personal data. */
  readonly summary: Message | readonly Message[]
  /** The opportunity that the job opened or found. Needed when the job's data do not name it, so that a search by its id finds the event. */
  readonly opportunityId?: string
}
