import type { Destination } from '@ponte/contracts'
import type { Readiness, RedisHealth, Tenant } from '@ponte/runtime'
import { blocks, readOpenBreakers, type RedisClient } from '@ponte/state'
import type { IQueueBackend } from 'bullmq'
import type { Round } from '../upkeep/in-turn.ts'

/** Jobs may wait in a queue for this long without any progress before the worker counts as stuck (docs/behaviour/queues.md#health). */
const STUCK_AFTER_MS = 15_000

export interface QueueView {
  readonly name: string
  readonly tenant: string
  /** Whether jobs wait that could be started now: not while the queue is paused or its circuit breaker is open. */
  hasStartable(): Promise<boolean>
}

/** A queue with jobs that could be started. */
interface Idle {
  /** Since when nothing has moved in it. */
  readonly since: number
  /** When it was looked at last. */
  readonly seenAt: number
}

/**
 * Finds a worker that is alive but does not work. `moved` reports progress. A queue is stuck when there was no progress for 15 s although
 * every check found jobs that could be started. Time in which Redis does not answer for a queue does not count.
 */
export function createProgress(now: () => number = () => performance.now()) {
  const lastMoved = new Map<string, number>()
  const idle = new Map<string, Idle>()
  let isChecking = false

  const quietSince = (name: string, { since }: Idle): number => Math.max(since, lastMoved.get(name) ?? 0)

  /** Undefined: Redis did not say. */
  function note(name: string, hasStartable: boolean | undefined): void {
    const known = idle.get(name)
    const seenAt = now()
    if (hasStartable === false) idle.delete(name)
    else if (known !== undefined) {
      const unknownMs = hasStartable === true ? 0 : seenAt - known.seenAt
      idle.set(name, { since: quietSince(name, known) + unknownMs, seenAt })
    } else if (hasStartable === true) idle.set(name, { since: seenAt, seenAt })
  }

  async function checkEach(queues: readonly QueueView[], round: Round): Promise<void> {
    const names = new Set(queues.map(({ name }) => name))
    for (const name of idle.keys()) if (!names.has(name)) idle.delete(name)
    for (const queue of queues)
      note(queue.name, await round(queue.tenant, () => queue.hasStartable()).catch(() => undefined))
  }

  return {
    moved(queue: string): void {
      lastMoved.set(queue, now())
    },
    /** Call every few seconds, with all queues. Does nothing while the last check is still running. */
    async check(queues: readonly QueueView[], round: Round): Promise<void> {
      if (isChecking) return
      isChecking = true
      try {
        await checkEach(queues, round)
      } finally {
        isChecking = false
      }
    },
    /** Names of the stuck queues. */
    stuck: (): readonly string[] =>
      [...idle].flatMap(([name, each]) => (each.seenAt - quietSince(name, each) >= STUCK_AFTER_MS ? [name] : [])),
  }
}

/** Jobs may wait for a breaker this much longer than its pause. By then a job should have probed. */
const PROBE_GRACE_MS = 30_000

interface WaitingQueue {
  readonly backend: Pick<IQueueBackend, 'hasQueueMetaField' | 'isMaxed'>
  readonly redis: RedisClient
  readonly tenant: Tenant
  readonly destination: Destination
  /** How many of the queue's jobs run in this process. */
  readonly running: number
}

/** Whether this worker could start jobs that wait: not while the queue is paused or its circuit breaker is open. */
export async function canStart({ backend, redis, tenant, destination, running }: WaitingQueue): Promise<boolean> {
  if (await backend.hasQueueMetaField('paused')) return false
  // Other workers already run all jobs that are allowed at a time, so this one cannot start any.
  if (running === 0 && (await backend.isMaxed())) return false
  const breakers = await readOpenBreakers(redis, tenant.name)
  return !breakers.some(each => blocks(each, destination) && each.until + PROBE_GRACE_MS > Date.now())
}

/** Ready means: Redis answers, the work has begun, and no queue is stuck (docs/behaviour/queues.md#health). */
export function createReadiness(deps: {
  workers: { isStarted(): boolean; stuck(): readonly string[]; held(): readonly string[] }
  checkRedis: () => Promise<RedisHealth>
}) {
  return async (): Promise<Readiness> => {
    const redis = await deps.checkRedis()
    const problems = [
      ...(redis.answers ? [] : ['redis does not answer']),
      ...(deps.workers.isStarted() ? [] : ['the worker has not started to serve its tenants']),
      ...deps.workers.stuck().map(queue => `jobs wait in ${queue} and nothing has moved for 15 s`),
    ]
    const held = deps.workers
      .held()
      .map(tenant => `no job of ${tenant} is started: the tenants file and Redis say different modes (ponte doctor)`)
    return { ready: problems.length === 0, problems, warnings: [...redis.warnings, ...held] }
  }
}
