import { changeStoredText, codeOfReason, visitInSlices } from '@ponte/contracts'
import {
  maskJobData,
  maskResult,
  maskText,
  personalWords,
  quotedAnswer,
  type VendorAnswers,
  type ByteBudget,
  pageBudget,
  readJob,
  readJobsOf,
  splitQueueName,
} from '@ponte/operations'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { markRetry, resetAttempts, MAX_LOG_LINES } from '@ponte/runtime'
import type { Job, Queue } from 'bullmq'
import type { RedisClient } from '@ponte/state'
import { errorCodeAddress } from '../pages/error-codes/page.ts'

/** Jobs that a list shows at once, however many are asked for. */
const MAX_LISTED = 100
/** Masked like for an operator. Viewers get less of every text (shown-answer.ts). */
const reader = { role: 'operator' }

interface Readers {
  readonly redis: RedisClient
  readonly vendorAnswers: VendorAnswers
}

/**
 * Shows jobs without personal data. The job objects are changed before Bull Board sees them, because its formatters
 * cover neither the failed reason nor the stack trace nor the log. They are copies of what is in Redis, and nothing writes them
 * back: the actions that would are refused (recorded-actions.ts). A retry by hand starts from the first attempt.
 */
export class MaskedAdapter extends BullMQAdapter {
  readonly #queue: Queue
  readonly #redis: RedisClient
  readonly #vendorAnswers: VendorAnswers

  constructor(queue: Queue, { redis, vendorAnswers }: Readers) {
    super(queue, {
      delimiter: '.',
      externalJobUrl: ({ failedReason }) => ({ href: errorCodeAddress(failedReason ?? '') }),
    })
    this.#queue = queue
    this.#redis = redis
    this.#vendorAnswers = vendorAnswers
  }

  override async getJob(id: string): Promise<Job | undefined> {
    const job = await this.#read(id, pageBudget())
    if (job === undefined) return undefined
    const [masked = job] = await this.#mask([job])
    return this.#actedOnInItsState(masked, id)
  }

  override async getJobs(...[states, start = 0, end = -1]: Parameters<BullMQAdapter['getJobs']>): Promise<Job[]> {
    const last = end < 0 ? start + MAX_LISTED - 1 : Math.min(end, start + MAX_LISTED - 1)
    // BullMQ 6 knows no paused jobs: those of a paused queue wait.
    const known = states.filter(state => state !== 'paused')
    const part = { states: known, start, end: last, oldest: false }
    const jobs = await readJobsOf(this.#redis, this.#queue, part, pageBudget())
    return await this.#mask(jobs.slice(0, MAX_LISTED))
  }

  override async getJobLogs(id: string): Promise<string[]> {
    const [{ logs }, job] = await Promise.all([
      this.#queue.getJobLogs(id, -MAX_LOG_LINES, -1),
      this.#read(id, pageBudget()),
    ])
    const personal = personalWords(job?.data)
    const masked: string[] = []
    await visitInSlices(logs, line => masked.push(changeStoredText(line, part => maskText(part, personal))))
    return masked
  }

  /** `null`: unknown. Bull Board would warn that nobody serves the quarantine, whose worker sleeps, without a connection to Redis. */
  override async getWorkers(): ReturnType<BullMQAdapter['getWorkers']> {
    return splitQueueName(this.#queue.name)?.kind === 'quarantine' ? null : await super.getWorkers()
  }

  /** Ponte has no flows, and Bull Board would read their jobs past this adapter. */
  override async getFlowProducer(): Promise<null> {
    return null
  }

  /** Ponte sets the speed of its queues: there is no limit to set, and none to release. */
  override get supportsGlobalRateLimit(): boolean {
    return false
  }

  override async getActiveRateLimitTtl(): Promise<number> {
    return 0
  }

  /**
   * Bull Board calls `retry` and `remove` of the job, in whatever state it is by then. A retry needs a failed job and starts from the first
   * attempt. A removal first takes the job out of the ended ones. A job that somebody retried in the meantime is not there, and stays.
   */
  #actedOnInItsState(job: Job, id: string): Job {
    const [retry, remove] = [job.retry.bind(job), job.remove.bind(job)]
    job.retry = async () => {
      await markRetry(job)
      await retry('failed', resetAttempts)
    }
    job.remove = async options => {
      const ended = ['failed', 'completed'].map(state => this.#redis.zrem(this.#queue.toKey(state), id))
      if (!(await Promise.all(ended)).includes(1)) throw new Error(`job ${id} has not ended`)
      await remove(options)
    }
    return job
  }

  /** The errors of a job end with what the other system answered. */
  async #mask(jobs: readonly Job[]): Promise<Job[]> {
    const failed = jobs.flatMap(({ id = '', failedReason, finishedOn: failedAt }) =>
      failedReason && failedAt !== undefined ? { id, code: codeOfReason(failedReason), failedAt } : [],
    )
    const answers = await this.#vendorAnswers.ofJobs(this.#queue, failed, reader)
    const masked: Job[] = []
    await visitInSlices(jobs, job => {
      const code = codeOfReason(job.failedReason)
      const answer = answers.get(job.id ?? '')
      masked.push(mask(job))
      if (answer !== undefined) job.stacktrace = [...(job.stacktrace ?? []), quotedAnswer(code, answer)]
    })
    return masked
  }

  #read(id: string, budget: ByteBudget): Promise<Job | undefined> {
    return readJob(this.#redis, this.#queue, id, budget)
  }
}

function mask(job: Job): Job {
  const personal = personalWords(job.data)
  const masked = (text: string): string => changeStoredText(text, part => maskText(part, personal))
  job.data = maskJobData(job.data)
  job.returnvalue = maskResult(job.returnvalue, masked)
  const progress = maskResult(job.progress, masked)
  if (typeof progress === 'string' || (typeof progress === 'object' && progress !== null)) job.progress = progress
  // BullMQ sets null after a retry, whatever its types say.
  if (typeof job.failedReason === 'string') job.failedReason = masked(job.failedReason)
  if (Array.isArray(job.stacktrace)) job.stacktrace = job.stacktrace.map(stack => masked(messageOf(stack)))
  return job
}

/**
 * The message of a stack, which is `CODE: sentence`. Its frames are always those of the job runner, and the stack of an error
 * that Ponte did not expect is in the log of the worker.
 */
const messageOf = (stack: string): string => stack.replace(/^\w*Error: /, '').replaceAll(/\n[^\S\n]+at .*/g, '')
