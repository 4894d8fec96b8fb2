import { destinations } from '@ponte/contracts'
import type { Connection } from '../calls/connection.ts'
import type { QueueBackends } from './create-worker.ts'
import type { Tenant } from '@ponte/runtime'
import type { IQueueBackend } from 'bullmq'

const EVERY_MS = 3000
/** Redis may lose the limit of marks with its other data, so the limit is set again from time to time. */
const LIMIT_AGAIN_EVERY_MS = 600_000

export interface HeartbeatDeps {
  /** Of the tenants that are served now. */
  readonly connections: () => readonly Connection[]
  readonly backends: QueueBackends
  readonly checkProgress: () => Promise<void>
}

/**
 * What a worker does every few seconds: announce its credentials and set the limit of marks until Redis has taken both, and check
 * that jobs make progress.
 */
export function startHeartbeat({ connections, backends, checkProgress }: HeartbeatDeps) {
  let limited = new WeakSet<Connection>()
  const announced = new WeakSet<Connection>()

  /** Redis may be away, also when the process starts, or one primary of a Cluster. Then the next beat tries again, for those tenants. */
  function once(done: WeakSet<Connection>, work: (connection: Connection) => Promise<void>): void {
    for (const connection of connections().filter(each => !done.has(each))) {
      done.add(connection)
      void work(connection).catch(() => done.delete(connection))
    }
  }

  function beat(): void {
    once(announced, announceCredentials)
    once(limited, async ({ tenant }) => limitMarks(backends(tenant.name, 'rd-station'), tenant))
  }

  beat()
  const timers = [
    setInterval(() => {
      void checkProgress()
      beat()
    }, EVERY_MS),
    setInterval(() => {
      limited = new WeakSet()
    }, LIMIT_AGAIN_EVERY_MS),
  ]
  return {
    stop(): void {
      for (const timer of timers) clearInterval(timer)
    },
  }
}

/** Workers are often restarted because a refused credential was corrected. The events that waited for it then continue at once. */
async function announceCredentials({ refusals, credentials, queues }: Connection): Promise<void> {
  const changed = await Promise.all(destinations.map(system => refusals.announce(system, credentials[system])))
  if (!changed.includes(true)) return
  for (const destination of destinations) await queues[destination].removeRateLimitKey()
}

/** How long a running mark may wait for its slot in the quota. Long enough to use every slot although both systems answer slowly. */
const SECONDS_TO_SLOT = 6
const MIN_MARKS = 4

/** How many marks may run at a time, over all workers: as many as get a slot within seconds. */
const maxRunningMarks = (callsPerMinute: number): number =>
  Math.max(MIN_MARKS, Math.ceil((callsPerMinute * SECONDS_TO_SLOT) / 60))

/**
 * Lets workers take marks only as fast as RD Station's quota allows (docs/behaviour/queues.md#waiting-marks). A mark reads TOTVS CRM before it
 * needs a slot, so one that runs too early would read in vain. BullMQ counts the running jobs in Redis, so a killed worker keeps no share.
 */
async function limitMarks(
  queue: Pick<IQueueBackend, 'getQueueMetaField' | 'setQueueMeta'>,
  { settings }: Tenant,
): Promise<void> {
  const concurrency = maxRunningMarks(settings.rdStation.callsPerMinute)
  // The field that BullMQ's `setGlobalConcurrency` writes. Every worker does this, so it is written only when it changes.
  const current = await queue.getQueueMetaField('concurrency')
  if (current !== String(concurrency)) await queue.setQueueMeta({ concurrency })
}
