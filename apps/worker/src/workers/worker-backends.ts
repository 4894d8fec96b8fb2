import { setTimeout as sleep } from 'node:timers/promises'
import {
  type BackendFactory,
  ConnectionClosedError,
  createRedisBackend,
  type IQueueBackend,
  QueueKeys,
  RedisConnection,
  RedisQueueBackend,
  type WorkerOptions,
} from 'bullmq'
import type { Redis } from 'ioredis'
import type { RedisClient } from '@ponte/state'
import { type Logger, type QueueKind, queueName, queuePrefix, type RedisConnections } from '@ponte/runtime'

export interface BackendDeps {
  /** For BullMQ's workers: waits for Redis without a limit. */
  readonly workerRedis: RedisClient
  readonly openWaiting: RedisConnections['waiting']
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
