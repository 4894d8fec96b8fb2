import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { wholeSeries } from '@ponte/runtime'
import type { Job } from 'bullmq'
import { maskJobData, maskResult, maskText, personalValues } from './masking.ts'

/**
 * Shows jobs without telling who the person is. The job objects are changed before Bull Board sees them, because its formatters
 * cover neither the failed reason nor the stack trace nor the log. They are copies of what is in Redis, and nothing writes them
 * back: the actions that would are refused (board-actions.ts). A retry by hand starts the whole series of attempts again.
 */
export class MaskedAdapter extends BullMQAdapter {
  override async getJob(id: string): Promise<Job | undefined> {
    const job = await super.getJob(id)
    return job && retriedInFull(mask(job))
  }

  override async getJobs(...range: Parameters<BullMQAdapter['getJobs']>): Promise<Job[]> {
    const jobs: readonly (Job | undefined)[] = await super.getJobs(...range)
    return jobs.flatMap(job => (job === undefined ? [] : mask(job)))
  }

  override async getJobLogs(id: string): Promise<string[]> {
    const [lines, job] = await Promise.all([super.getJobLogs(id), super.getJob(id)])
    const personal = personalValues(job?.data)
    return lines.map(line => maskText(line, personal))
  }

  /** Ponte has no flows, and Bull Board would read their jobs past this adapter. */
  override async getFlowProducer(): Promise<null> {
    return null
  }
}

/** Bull Board asks the job itself. */
function retriedInFull(job: Job): Job {
  const retry = job.retry.bind(job)
  job.retry = (state = 'failed') => retry(state, wholeSeries)
  return job
}

function mask(job: Job): Job {
  const personal = personalValues(job.data)
  job.data = maskJobData(job.data)
  job.returnvalue = maskResult(job.returnvalue, personal)
  const progress = maskResult(job.progress, personal)
  if (typeof progress === 'string' || (typeof progress === 'object' && progress !== null)) job.progress = progress
  // BullMQ sets null after a retry, whatever its types say.
  if (typeof job.failedReason === 'string') job.failedReason = maskText(job.failedReason, personal)
  if (Array.isArray(job.stacktrace)) job.stacktrace = job.stacktrace.map(stack => maskText(messageOf(stack), personal))
  return job
}

/**
 * The message of a stack, which is `CODE: sentence`. Its frames are always those of the job runner, and the stack of an error
 * that Ponte did not expect is in the log of the worker.
 */
const messageOf = (stack: string): string => stack.replace(/^\w*Error: /, '').replaceAll(/\n\s+at .*/g, '')
