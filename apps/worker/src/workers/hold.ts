import type { Logger } from '@ponte/runtime'
import { isFollowedBy, type ModeRecord, type RedisClient } from '@ponte/state'
import type { Worker } from 'bullmq'
import type { Connection } from '../calls/connection.ts'
import { type Loop, repeatForEach } from '../upkeep/in-turn.ts'

/** One command for each tenant, of the two a second that one without work may cost. */
const EVERY_MS = 5000

/** Keeps this process from starting jobs of a tenant while its tenants file and Redis say different modes. */
export interface Hold {
  isHeld(): boolean
  /** Takes jobs, or takes none, as the mode that Redis holds wants it. */
  follow(record: ModeRecord): Promise<void>
}

interface HoldDeps {
  readonly workers: readonly Pick<Worker, 'pause' | 'resume'>[]
  readonly log: Logger
}

export function createHold({ tenant }: Pick<Connection, 'tenant'>, { workers, log }: HoldDeps): Hold {
  const { name, settings } = tenant
  let isHeld = false
  return {
    isHeld: () => isHeld,
    async follow(record) {
      if (isFollowedBy(record, settings.mode) === !isHeld) return
      isHeld = !isHeld
      const facts = { tenant: name, file: settings.mode, redis: record.mode }
      if (isHeld) log.warn(facts, 'no job of a tenant is started: the tenants file and Redis say different modes')
      else log.info(facts, 'jobs of a tenant are started again')
      // Only this process: another one may have another file. Jobs that run may end.
      await Promise.all(workers.map(worker => (isHeld ? worker.pause(true) : worker.resume())))
    },
  }
}

export interface HoldsDeps {
  readonly served: () => readonly { readonly connection: Connection; readonly hold: Hold }[]
  readonly redis: RedisClient
  readonly log: Logger
  readonly everyMs?: number
}

/** Follows the mode of every tenant that is served: a worker with nothing to do learns of it from no job. */
export const startHolds = ({ served, redis, log, everyMs = EVERY_MS }: HoldsDeps): Loop =>
  repeatForEach(
    served,
    async ({ connection, hold }) => {
      // Redis takes the mode of the file as soon as nothing stands against it any more.
      const record = await (hold.isHeld() ? connection.health.declareMode() : connection.mode.read())
      // Where Redis came back empty, the next job tells it the mode that this process knew last.
      if (record.since > 0) await hold.follow(record)
    },
    {
      everyMs,
      redis,
      tenantOf: ({ connection }) => connection.tenant.name,
      onError: (err, { connection }) => log.debug({ err, tenant: connection.tenant.name }, 'a mode was not read'),
    },
  )
