import type { Failure, JobData, JobName } from '@ponte/contracts'
import type { JobContext, JobResult } from '../run/job-context.ts'

/** Begins the processing of one job; nothing happens before `run` is called. */
export type Processor<Name extends JobName> = (data: JobData<Name>, context: JobContext) => Processing

/**
 * Fetches, maps, sends, and returns what was done. Logging, retries, metrics and BullMQ are left to `run-job.ts`. What a run learns stays
 * in the processing, where `afterFailure` finds it.
 */
export interface Processing {
  /** Runs the job. Called again, from its first read on, after a conflict. */
  run(): Promise<JobResult>
  /** Called when the job has failed permanently, before it is shown as failed. Also for a job that was never run. */
  afterFailure?(failure: Failure): Promise<void>
}
