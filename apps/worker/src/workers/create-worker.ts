import {
  keepFinished,
  type Logger,
  MAX_LOG_LINES,
  NO_ROOM_PAUSE_MS,
  type QueueKind,
  queueName,
  queuePrefix,
  recordNoRoom,
  type Tenant,
  type RedisConnections,
} from '@ponte/runtime'
import {
  type BackendFactory,
  DelayedError,
  MetricsTime,
  type Processor,
  RedisQueueBackend,
  Worker,
  type WorkerOptions,
  ConnectionClosedError,
  createRedisBackend,
  type IQueueBackend,
  QueueKeys,
  RedisConnection,
} from 'bullmq'
import { HOUSEKEEPING } from '../upkeep/start-housekeeping.ts'
import type { JobGate } from './job-gate.ts'
import type { TenantSettings } from '@ponte/contracts'
import type { RedisClient } from '@ponte/state'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'

const FINISH_MS = 25_000
const MAX_STACK_TRACES = 1

export interface BackendDeps {
  /** For BullMQ's workers: waits for Redis without a limit. */
  readonly workerRedis: RedisClient
  readonly openWaiting: RedisConnections['waiting']
}

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
    job.opts.stackTraceLimit = MAX_STACK_TRACES
    job.opts.keepLogs = MAX_LOG_LINES
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

/** Lets running jobs finish for 25 s, and hands the others back (docs/behaviour/queues.md#shutdown-and-crashes). */
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
  // The job of a killed worker is taken over within 10 s (docs/behaviour/queues.md#shutdown-and-crashes); BullMQ's defaults take 60.
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

/** A connection on which a worker waits for jobs. It runs no scripts: BullMQ's definitions of them take 0.1 MB on each connection. */
class WaitingConnection extends RedisConnection {
  protected override loadCommands(): void {}
}

/** A server that has not answered so long after the end of a wait is gone. */
const BEYOND_WAIT_MS = 3000

/** A backend that waits for jobs on a connection of its own, as BullMQ's default does. */
class WaitingBackend extends RedisQueueBackend {
  private readonly waiting: Redis

  constructor(redis: RedisClient, waiting: Redis, ...[name, prefix, opts]: [string, string, WorkerOptions]) {
    super(share(redis), name, ...keysOf(name, prefix), opts, new WaitingConnection(waiting))
    this.waiting = waiting
  }

  override async waitForJob(seconds: number) {
    this.waiting.options.socketTimeout = seconds * 1000 + BEYOND_WAIT_MS
    return await super.waitForJob(seconds)
  }
}

/** The backend of a worker that takes jobs at once. */
export const createWaitingBackend =
  ({ workerRedis, openWaiting }: BackendDeps, prefix: string): BackendFactory<RedisQueueBackend> =>
  (name, opts) => {
    // By these names BullMQ and the overview count workers.
    const connectionName = `${prefix}:${Buffer.from(name).toString('base64')}`
    return new WaitingBackend(
      workerRedis,
      openWaiting({ name: connectionName, key: keysOf(name, prefix)[1]('marker') }),
      name,
      prefix,
      opts,
    )
  }

/** The backend of a worker whose queue is nearly always empty. It has no connection of its own: `wake` it when there are jobs. */
export class SleepingBackend extends RedisQueueBackend {
  private waking = new AbortController()
  private isEnding = false

  wake(): void {
    this.waking.abort()
  }

  override async waitForJob(seconds: number): Promise<null> {
    this.waking = new AbortController()
    await sleep(seconds * 1000, undefined, { signal: this.waking.signal }).catch(() => undefined)
    // BullMQ's own backend does the same, so that a closing worker takes no further job.
    if (this.isEnding) throw new ConnectionClosedError()
    return null
  }

  override async disconnectBlocking(): Promise<void> {
    this.isEnding = true
    this.wake()
  }
}

export const createSleepingBackend =
  ({ workerRedis }: Pick<BackendDeps, 'workerRedis'>, prefix: string): BackendFactory<SleepingBackend> =>
  (name, opts) =>
    new SleepingBackend(share(workerRedis), name, ...keysOf(name, prefix), opts)

const share = (redis: RedisClient): RedisConnection =>
  new RedisConnection(redis, { shared: true, blocking: false, skipVersionCheck: true })

function keysOf(name: string, prefix: string) {
  const queueKeys = new QueueKeys(prefix)
  return [queueKeys.getKeys(name), (type: string): string => queueKeys.toKey(name, type)] as const
}

/**
 * BullMQ looks for jobs of vanished workers at most once in this time, however many processes ask. It is shorter than a round of
 * `createWatch`, so that no round is skipped.
 */
const STALLED_CHECK_MS = 1000

export type QueueBackends = (tenant: string, kind: QueueKind) => IQueueBackend

/** BullMQ's commands for any queue, without opening a `Queue` for it. */
export function openQueueBackends(redis: RedisClient, log: Logger): QueueBackends {
  const options: WorkerOptions = {
    connection: redis,
    skipWaitingForReady: true,
    skipVersionCheck: true,
    stalledInterval: STALLED_CHECK_MS,
    // A deploy or a crash is not the job's fault. `isAbandoned` stops a job that kills its worker every time, with a code.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
  }
  const backend = createRedisBackend('maintenance', options)
  backend.on('error', (err: unknown) => log.debug({ err }, 'maintenance error'))
  return (tenant, kind) => backend.forQueue(queueName(tenant, kind), queuePrefix(tenant))
}
