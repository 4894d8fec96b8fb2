import {
  keepFinished,
  type Logger,
  MOST_LOG_LINES,
  NO_ROOM_PAUSE_MS,
  type QueueKind,
  queueName,
  queuePrefix,
  recordNoRoom,
  type Tenant,
} from '@ponte/runtime'
import {
  type BackendFactory,
  DelayedError,
  MetricsTime,
  type Processor,
  type RedisQueueBackend,
  Worker,
  type WorkerOptions,
} from 'bullmq'
import { HOUSEKEEPING } from '../upkeep/start-housekeeping.ts'
import type { JobGate } from './job-gate.ts'
import type { BackendDeps } from './worker-backends.ts'
import type { TenantSettings } from '@ponte/contracts'
import type { RedisClient } from '@ponte/state'

const FINISH_MS = 25_000
const MOST_STACK_TRACES = 1

export interface WorkerDeps extends BackendDeps {
  /** Commands on it give up after a while. */
  readonly stateRedis: RedisClient
  readonly concurrency: number
  readonly log: Logger
  readonly gate: JobGate
  /** How many jobs run in this process, by queue. Kept up to date here. */
  readonly running: Map<string, number>
  readonly onProgress: (queue: string) => void
}

export interface WorkerTask<Backend extends RedisQueueBackend> {
  readonly tenant: Tenant
  readonly kind: QueueKind
  readonly processJob: Processor<unknown, unknown>
  readonly backend: (deps: BackendDeps, prefix: string) => BackendFactory<Backend>
  /** After this many seconds without a job the worker checks whether it missed one. */
  readonly drainDelay: number
}

/** A BullMQ worker of one queue, not running yet. */
export function createWorker<Backend extends RedisQueueBackend>(task: WorkerTask<Backend>, deps: WorkerDeps) {
  const { tenant, kind, processJob, backend, drainDelay } = task
  const { gate, running, log, onProgress } = deps
  const name = queueName(tenant.name, kind)

  async function counted<Result>(work: () => Promise<Result>): Promise<Result> {
    running.set(name, (running.get(name) ?? 0) + 1)
    try {
      return await work()
    } finally {
      running.set(name, (running.get(name) ?? 0) - 1)
    }
  }

  // BullMQ passes the signal only to a function with exactly three parameters.
  const processor: Processor<unknown, unknown> = async (job, token, signal) => {
    if (job.name === HOUSEKEEPING) return undefined
    // BullMQ has no option of a worker for these. It does not write them back, so a job that waits does not hold them.
    job.opts.stackTraceLimit = MOST_STACK_TRACES
    job.opts.keepLogs = MOST_LOG_LINES
    const leave = await gate.enter(tenant.name, signal)
    if (leave === undefined) {
      await recordNoRoom(deps.stateRedis, worker.toKey(job.id ?? ''), job).catch(() => undefined)
      await job.moveToDelayed(Date.now() + (NO_ROOM_PAUSE_MS / 2) * (1 + Math.random()), token)
      throw new DelayedError()
    }
    try {
      return await counted(() => processJob(job, token, signal))
    } finally {
      leave()
    }
  }

  const prefix = queuePrefix(tenant.name)
  const options = { ...optionsOf(tenant, deps), prefix, drainDelay }
  const worker = new Worker(name, processor, options, backend(deps, prefix))
  worker.on('error', err => log.debug({ err, queue: name }, 'worker error'))
  worker.on('lockRenewalFailed', ids => {
    for (const id of ids) worker.cancelJob(id, 'lock lost')
  })
  for (const event of ['active', 'completed', 'failed'] as const) worker.on(event, () => onProgress(name))
  return worker
}

/** Lets running jobs finish for 25 s, and hands the others back (docs/behaviour.md#shutdown-and-crashes). */
export async function closeWorkers(workers: readonly Pick<Worker, 'close' | 'cancelAllJobs'>[]): Promise<void> {
  const handBack = setTimeout(() => {
    for (const worker of workers) worker.cancelAllJobs('shutdown')
  }, FINISH_MS)
  await Promise.all(workers.map(worker => worker.close()))
  clearTimeout(handBack)
}

const optionsOf = (tenant: Tenant, { workerRedis, concurrency }: WorkerDeps): WorkerOptions => ({
  connection: workerRedis,
  autorun: false,
  ...keepFinished,
  concurrency,
  // For the graphs of Bull Board: one number for each minute.
  metrics: { maxDataPoints: MetricsTime.ONE_WEEK },
  // The job of a killed worker is taken over within 10 s (docs/behaviour.md#shutdown-and-crashes); BullMQ's defaults take 60.
  lockDuration: 5000,
  lockRenewTime: 1500,
  // `createWatch` checks for stalled jobs, for all queues at once.
  skipStalledCheck: true,
  runRetryDelay: 1000,
  // Not `skipVersionCheck`: with it, BullMQ waits in whole seconds, and every delayed job comes up to a second late. A queue can be paused
  // for a time only if it has a limiter, so this one never limits anything. With a short delay, the queue soon notices a pause that ends
  // early.
  limiter: { max: 1_000_000, duration: 1000 },
  maximumRateLimitDelay: 1000,
  settings: { backoffStrategy: attemptsMade => backoffMs(attemptsMade, tenant.settings.retry) },
})

/** Milliseconds before the next attempt: doubles from the first delay to the maximum, then varies randomly by up to 20 %. */
export function backoffMs(
  attemptsMade: number,
  retry: TenantSettings['retry'],
  random: () => number = Math.random,
): number {
  const doubled = retry.firstDelaySeconds * 2 ** (attemptsMade - 1)
  const seconds = Math.min(doubled, retry.maxDelaySeconds)
  return Math.round(seconds * 1000 * (0.8 + 0.4 * random()))
}
