import { asPontes, destinations } from '@ponte/contracts'
import { assignWaiting, endDraining, jobOptions, type Logger } from '@ponte/runtime'
import { goingLiveLock, KEEP_SHADOW_MS, type Lock, type RedisClient } from '@ponte/state'
import type { Connection } from '../calls/connection.ts'
import { inTurn, type Loop, repeatForEach } from '../upkeep/in-turn.ts'
import { liveJobId } from './run-by-mode.ts'

/** One command for each tenant: rare, because most tenants of the last 7 days have no work. */
const EVERY_MS = 3000
const BATCH = 100

/**
 * Once the tenant goes live, enqueues what it received in the shadow since the package was off, before everything that waits, and says
 * whose that is. It may be cut off at any point and done again by another worker: each job has an id of its own, which BullMQ takes once.
 */
export async function goLive(
  { mode, queues, tenant }: Pick<Connection, 'mode' | 'queues' | 'tenant'>,
  { isHeld }: Pick<Lock, 'isHeld'>,
): Promise<void> {
  for (;;) {
    const record = await mode.read()
    if (record.isGoingLive !== true) return
    const jobs = await mode.due(BATCH)
    if (jobs.length === 0) {
      await assignWaiting(queues, record)
      if (!isHeld()) return
      await mode.endGoingLive()
      continue
    }
    for (const destination of destinations) {
      if (!isHeld()) return
      const added = jobs
        .filter(({ queue }) => queue === destination)
        .map(({ id, name, data }) => ({
          name,
          data: asPontes(data),
          opts: { ...jobOptions(tenant.settings.retry), jobId: liveJobId(id), lifo: true },
        }))
      if (added.length > 0) await queues[destination].addBulk(added)
    }
    await mode.drop(jobs.map(({ id }) => id))
  }
}

/** In one of all workers. */
export const goLiveInTurn = (connection: Connection, redis: RedisClient): Promise<void> =>
  inTurn(redis, goingLiveLock(connection.tenant.name), lock => goLive(connection, lock))

export interface GoingLiveDeps {
  readonly connections: () => readonly Connection[]
  readonly redis: RedisClient
  readonly log: Logger
  readonly everyMs?: number
}

/** Looks whether a tenant goes live, or has done what was Ponte's on the way back: at those that were in the shadow lately or still go live, as this process has seen it. */
export const startGoingLive = ({ connections, redis, log, everyMs = EVERY_MS }: GoingLiveDeps): Loop =>
  repeatForEach(
    connections,
    async connection => {
      const { mode, shadowEndedAt = 0, isGoingLive = false } = connection.health.lastMode()
      if (mode === 'live' && !isGoingLive && Date.now() - shadowEndedAt > KEEP_SHADOW_MS) return
      const record = await connection.mode.read()
      if (record.isGoingLive === true) await goLiveInTurn(connection, redis)
      else if (record.isDraining === true) await endDraining(connection)
    },
    {
      everyMs,
      redis,
      tenantOf: ({ tenant }) => tenant.name,
      onError: (err, { tenant }) => log.debug({ err, tenant: tenant.name }, 'going live failed'),
    },
  )
