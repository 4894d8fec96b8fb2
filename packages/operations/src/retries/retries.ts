import { setTimeout as sleep } from 'node:timers/promises'
import type { ReasonCode } from '@ponte/contracts'
import { retryInFull } from '@ponte/runtime'
import type { Job } from 'bullmq'
import type { User } from '../users/user.ts'
import { beginRetry, type RetryDeps, type RetryRequest } from './begin-retry.ts'
import { awaitRetry, readRetry } from './read-retries.ts'
import type { QueueRef } from '../queues/queue-ref.ts'
import { pageBudget, readJob } from '../queues/read-jobs.ts'

/** Failed jobs of one queue, in the order in which they are to run. */
export interface RetryQueue {
  readonly queueRef: QueueRef
  /** Retries only jobs that still have this code then. Default: all that are still failed. */
  readonly code?: ReasonCode
  readonly ids: readonly string[]
}

/** A person waits for the next page at most this long. */
const WAIT_MS = 2000
const LOOK_EVERY_MS = 100

export interface RetriesOptions {
  /** How long `start` waits for the outcome of what it has sent, in milliseconds. Default: 2 s, the sending included. */
  readonly outcomeWaitMs?: number | undefined
}

export type Retries = ReturnType<typeof createRetries>

/**
 * Retries many jobs while the process does other work. `readRetry` says how far it is and what became of the jobs; `onStop` is told why one
 * stopped midway.
 */
export function createRetries(
  deps: RetryDeps,
  onStop: (error: unknown, id: string) => void,
  { outcomeWaitMs = WAIT_MS }: RetriesOptions = {},
) {
  const { redis } = deps
  const running = new Set<Promise<unknown>>()
  const stop = new AbortController()
  return {
    /** Resolves to the id of the retry. A few events have ended by then. With many, the work goes on. */
    async start(user: User, kind: RetryRequest<Job>['kind'], queues: readonly RetryQueue[]): Promise<string> {
      const deadline = Date.now() + WAIT_MS
      const parts = queues.map(({ queueRef: { tenant, kind: queue, queue: own }, code, ids }) => ({
        tenant: tenant.name,
        queue,
        queueKeys: own.toKey(''),
        ids,
        ...(code !== undefined && { code }),
        find: (id: string) => readJob(redis, own, id, pageBudget()),
        retry: retryInFull,
      }))
      const retry = await beginRetry<Job>(deps, { user: user.name, kind, parts })
      const work = retry
        .run(stop.signal)
        .catch((error: unknown) => onStop(error, retry.id))
        .finally(() => running.delete(work))
      running.add(work)
      await Promise.race([work, sleep(WAIT_MS, undefined, { ref: false })])
      const tenants = [...new Set(parts.map(({ tenant }) => tenant))].map(name => ({ name }))
      await awaitRetry(() => readRetry({ redis, tenants }, retry.id), {
        everyMs: LOOK_EVERY_MS,
        signal: AbortSignal.timeout(Math.max(0, Math.min(deadline - Date.now(), outcomeWaitMs))),
      }).catch(() => undefined)
      return retry.id
    },
    /** Stops retries that still run, and waits until that is recorded. */
    async close(): Promise<void> {
      stop.abort()
      await Promise.all(running)
    },
  }
}
