import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import type { Job, Queue } from 'bullmq'

type AdapterOptions = ConstructorParameters<typeof BullMQAdapter>[1]

/** How many jobs Bull Board's *retry all* takes at a time (9.10.1, handlers/retryAll). Its lists ask for 50 at most. */
const RETRY_PAGE_SIZE = 100

/**
 * A retry by hand starts the whole series of attempts again. BullMQ's own gives one run, after which the job has failed for
 * good once more (reference stack.md §1.6).
 */
export class FullRetryAdapter extends BullMQAdapter {
  readonly #queue: Queue

  constructor(queue: Queue, options: AdapterOptions) {
    super(queue, options)
    this.#queue = queue
  }

  override async getJob(id: string): Promise<Job | undefined> {
    const job = await super.getJob(id)
    return job && retryInFull(job)
  }

  override async getJobs(...[statuses, start = 0, end = -1]: Parameters<BullMQAdapter['getJobs']>): Promise<Job[]> {
    // *Retry all* takes the head of the list until it has seen every job. Newest first, a job that fails again at once would
    // be at the head again and hide those that were not retried yet; oldest first, it goes to the end.
    const oldestFirst = end - start + 1 === RETRY_PAGE_SIZE
    const jobs = oldestFirst
      ? await this.#queue.getJobs(statuses.filter(isStatusOfBullMq6), start, end, true)
      : await super.getJobs(statuses, start, end)
    return jobs.filter(job => job !== undefined).map(retryInFull)
  }
}

/** The same job, whose `retry` starts the whole series of attempts. */
export function retryInFull(job: Job): Job {
  const retry = job.retry.bind(job)
  job.retry = (state = 'failed') => retry(state, { resetAttemptsMade: true, resetAttemptsStarted: true })
  return job
}

const isStatusOfBullMq6 = <Status extends string>(status: Status): status is Exclude<Status, 'paused'> =>
  status !== 'paused'
