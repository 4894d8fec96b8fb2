import type { Failure, JobData, JobName } from '@ponte/contracts'
import type { JobContext, JobResult } from '../run/job-context.ts'

/** Fetch, map, send, say what was done. Logging, retries, metrics and the words of BullMQ are the runner's business. */
export interface Processor<Name extends JobName> {
  run(data: JobData<Name>, context: JobContext): Promise<JobResult>
  /** Called when the job has failed for good, before it is shown as failed. */
  afterFailure?(data: JobData<Name>, context: JobContext, failure: Failure): Promise<void>
}
