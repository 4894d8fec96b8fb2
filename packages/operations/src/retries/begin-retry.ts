import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOfReason, identifiedEventOfJob, type JobOfEvent, type ReasonCode } from '@ponte/contracts'
import { retryInFull } from '@ponte/runtime'
import {
  type Audit,
  type AuditEntry,
  countRetryLua,
  createAudit,
  createTimelines,
  type Fingerprint,
  loadScripts,
  partName,
  type RedisClient,
  retryIndexKey,
  retryKey,
  serverTime,
} from '@ponte/state'
import type { Job } from 'bullmq'
import type { QueueRef } from '../queues/queue-ref.ts'
import { pageBudget, readJob } from '../queues/read-jobs.ts'
import { awaitRetry, readRetry } from './read-retries.ts'
import type { User } from '../users/user.ts'

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

/** Records are kept as long as the audit entries that link to them, and only the newest of each tenant. */
const KEEP_S = 400 * 24 * 3600
const MAX_RECORDS = 1000
/** A job that is under way for longer is not in its queue any more: failed jobs are kept for 30 days. */
const UNDER_WAY_S = 35 * 24 * 3600
const AT_ONCE = 50
/** A retry that has written nothing for this long has stopped: its process has ended. */
const LEASE_MS = 60_000
const EXTEND_EVERY_MS = LEASE_MS / 6

const script = loadScripts(import.meta.dirname, 'begin-retry.lua')
const takeJob = script('take-job', { functions: countRetryLua })
const leaveJob = script('leave-job', { functions: countRetryLua })
const writeLease = script('extend-lease')

/** A job that failed, as its queue has it at this moment. */
interface FailedJob extends JobOfEvent {
  readonly failedReason: string | null | undefined
}

/** Failed jobs of one queue that are to be retried. */
export interface RetryJobs<Job> {
  readonly tenant: string
  readonly queue: string
  /** Only jobs that have failed with this code. Default: with any code. */
  readonly code?: ReasonCode
  /** How the keys of the queue begin. */
  readonly queueKeys: string
  readonly ids: readonly string[]
  readonly find: (id: string) => Promise<Job | undefined>
  /** Retries the job with all its attempts. False when it is no longer failed. */
  readonly retry: (job: Job) => Promise<boolean>
}

export interface RetryRequest<Job> {
  readonly user: string
  /** `trial`: the newest of each, to see whether the cause is fixed. */
  readonly kind: 'all' | 'trial'
  readonly parts: readonly RetryJobs<Job>[]
}

export interface RetryDeps {
  readonly redis: RedisClient
  readonly fingerprint: Fingerprint
  /** Default: one without a log. */
  readonly audit?: Audit
}

/** How many jobs of a part were retried; `left`: those that were no longer failed with the code. */
export interface RetryCount {
  readonly retried: number
  readonly left: number
}

/**
 * Prepares to retry failed jobs: writes a record of what is asked, by which ends are counted (`readRetry`), and the audit trail. `run`
 * retries the jobs. It rejects when an error or `signal` stops it midway. Record and trail then say how far it came; the trail says
 * `?/asked` if Redis did not come back in time.
 */
export async function beginRetry<Job extends FailedJob>(
  { redis, fingerprint, audit = createAudit(redis) }: RetryDeps,
  { user, kind, parts }: RetryRequest<Job>,
) {
  const id = randomBytes(9).toString('base64url')
  const tenants = [...Map.groupBy(parts, part => part.tenant)]
  for (const [tenant, own] of tenants) {
    const asked = own.flatMap(({ queue, code, ids }) => [`${partName(queue, code)} asked`, ids.length])
    await beginRecord(redis, tenant, id, ['user', user, 'kind', kind, ...asked])
  }
  const begun = await Promise.all(
    parts.map(async part => {
      const { tenant, queue, code, ids } = part
      const entry: AuditEntry = {
        user,
        action: kind === 'trial' ? 'try-one' : 'retry-all',
        outcome: 'done',
        tenant,
        queue,
        retry: id,
        detail: `?/${ids.length}`,
        ...(code !== undefined && { code }),
      }
      return { part, entry, end: await audit.begin(entry) }
    }),
  )

  const extendLease = (leaseMs: number, progress: 'whole' | 'partial' = 'partial'): Promise<unknown> =>
    Promise.all(tenants.map(([tenant]) => writeLease(redis, [retryKey(tenant, id)], [leaseMs, progress])))

  let extendedAt = performance.now()

  async function run(signal?: AbortSignal): Promise<readonly RetryCount[]> {
    const counts: RetryCount[] = []
    try {
      for (const own of begun) counts.push(await runPart(own, signal))
      await extendLease(0, 'whole')
    } catch (error) {
      // This error says more than an error of the record would.
      await extendLease(0).catch(() => undefined)
      throw error
    }
    return counts
  }

  async function runPart(
    { part, entry, end }: (typeof begun)[number],
    signal: AbortSignal | undefined,
  ): Promise<RetryCount> {
    const { ids } = part
    let retried = 0
    let looked = 0
    try {
      while (looked < ids.length) {
        signal?.throwIfAborted()
        const some = ids.slice(looked, looked + AT_ONCE).map(jobId => retryOne(part, jobId))
        // Wait for all of them before an error stops the work: their results count.
        const results = await Promise.allSettled(some)
        retried += results.filter(result => result.status === 'fulfilled' && result.value).length
        await Promise.all(some)
        looked += some.length
        // With many tenants of few jobs each, writing to all their records after each batch would be most of the work.
        if (performance.now() - extendedAt >= EXTEND_EVERY_MS) {
          extendedAt = performance.now()
          await extendLease(LEASE_MS)
        }
      }
    } finally {
      const isWhole = looked === ids.length
      const outcome = isWhole || retried > 0 ? 'done' : 'failed'
      const written = end({ ...entry, outcome, detail: isWhole ? String(retried) : `${retried}/${ids.length}` })
      await (isWhole ? written : written.catch(() => undefined))
    }
    return { retried, left: ids.length - retried }
  }

  /** The job has to name the retry before it is retried, because it may end right after that. */
  async function retryOne(
    { tenant, queue, code, queueKeys, find, retry }: RetryJobs<Job>,
    jobId: string,
  ): Promise<boolean> {
    const part = partName(queue, code)
    const keys = [retryKey(tenant, id), queueKeys + jobId]
    const job = await find(jobId)
    const isAsked = job !== undefined && (code === undefined || codeOfReason(job.failedReason) === code)
    const isTaken = isAsked && (await takeJob(redis, keys, [part, UNDER_WAY_S])) === 1
    if (!isTaken || !(await retry(job))) {
      await leaveJob(redis, keys, [part, isTaken ? 'taken' : 'other'])
      return false
    }
    // The job is being retried: an error of the timeline must not hide that.
    await createTimelines(redis, tenant, fingerprint)
      .record(
        await identifiedEventOfJob(job),
        { kind: 'retried', at: Date.now(), by: user, jobId },
        { jobKey: queueKeys + jobId },
      )
      .catch(() => undefined)
    return true
  }

  return { id, run }
}

/** Writes the record of a tenant, and forgets the oldest beyond the most that are kept. */
async function beginRecord(redis: RedisClient, tenant: string, id: string, fields: readonly (string | number)[]) {
  const [record, index] = [retryKey(tenant, id), retryIndexKey(tenant)]
  const now = await serverTime(redis, record)
  const begun = redis
    .multi()
    .hset(record, 'at', now, 'workingUntil', now + LEASE_MS, ...fields)
    .expire(record, KEEP_S)
  await begun.zadd(index, now, id).expire(index, KEEP_S).exec()
  const oldest = await redis.zrange(index, '0', String(-1 - MAX_RECORDS))
  for (const each of oldest) await redis.multi().del(retryKey(tenant, each)).zrem(index, each).exec()
}
