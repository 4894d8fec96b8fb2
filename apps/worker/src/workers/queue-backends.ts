import { type Logger, type QueueKind, queueName, queuePrefix } from '@ponte/runtime'
import { createRedisBackend, type IQueueBackend, type WorkerOptions } from 'bullmq'
import type { Redis } from 'ioredis'

/** BullMQ looks for jobs of workers that are gone once in this time, however many ask. Shorter than a round of `createWatch`, so that none is left out. */
const STALLED_CHECK_MS = 1000

export type QueueBackends = (tenant: string, kind: QueueKind) => IQueueBackend

/** BullMQ's commands for any queue, without opening a `Queue` for it. */
export function openQueueBackends(redis: Redis, log: Logger): QueueBackends {
  const options: WorkerOptions = {
    connection: redis,
    skipWaitingForReady: true,
    skipVersionCheck: true,
    stalledInterval: STALLED_CHECK_MS,
    // A deploy or a crash is not the job's fault. A job that kills its worker every time is stopped by `isAbandoned`, with a code.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
  }
  const backend = createRedisBackend('maintenance', options)
  backend.on('error', (err: unknown) => log.debug({ err }, 'maintenance error'))
  return (tenant, kind) => backend.forQueue(queueName(tenant, kind), queuePrefix(tenant))
}
