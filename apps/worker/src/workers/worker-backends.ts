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
import { Cluster } from 'ioredis'
import type { RedisClient } from '@ponte/state'
import { type Logger, type QueueKind, queueName, queuePrefix } from '@ponte/runtime'

/** A connection on which a worker waits for jobs. It runs no scripts: BullMQ's definitions of them take 0.1 MB on each connection. */
class WaitingConnection extends RedisConnection {
  protected override loadCommands(): void {}
}

/** The backend of a worker that takes jobs at once. It waits for them on a connection of its own, as BullMQ's default does. */
export const createWaitingBackend =
  (redis: RedisClient, prefix: string): BackendFactory<RedisQueueBackend> =>
  (name, opts) => {
    const connectionName = `${prefix}:${Buffer.from(name).toString('base64')}`
    const waiting = new WaitingConnection(duplicate(redis, connectionName))
    return new RedisQueueBackend(share(redis), name, ...keysOf(name, prefix), opts, waiting)
  }

const duplicate = (redis: RedisClient, connectionName: string): RedisClient =>
  redis instanceof Cluster ? redis.duplicate() : redis.duplicate({ connectionName })

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
  (redis: RedisClient, prefix: string): BackendFactory<SleepingBackend> =>
  (name, opts) =>
    new SleepingBackend(share(redis), name, ...keysOf(name, prefix), opts)

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
