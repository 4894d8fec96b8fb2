import { loadScripts, stateKey, type RedisClient } from '@ponte/state'
import type { Queue } from 'bullmq'
import type { Tenant } from '../tenants/tenants.ts'
import { memoryKey, memoryLua } from './waiting.ts'

export interface QuarantineSize {
  readonly deliveries: number
  /** The size of the deliveries as they are stored. Their timelines and log lines are small in comparison. */
  readonly bytes: number
}

const MIB = 1024 * 1024

/** How much a tenant's quarantine may hold by its settings. Redis may allow fewer bytes. */
export const quarantineLimits = ({ settings: { intake } }: Pick<Tenant, 'settings'>): QuarantineSize => ({
  deliveries: intake.quarantineMaxDeliveries,
  bytes: intake.quarantineMaxMebibytes * MIB,
})

/** The quarantine is full, and the delivery was not stored. */
export class QuarantineFullError extends Error {
  constructor() {
    super('the quarantine is full')
    this.name = 'QuarantineFullError'
  }
}

const KEPT_MS = 24 * 3_600_000
/** While it is full, a refused delivery causes a new measurement, at most one in this time over all processes. */
const REMEASURE_MS = 5000
const AT_ONCE = 500
/** In the order in which a job passes through them, so that a job that moves on meanwhile is counted. Completed jobs do not count. */
const states = ['failed', 'wait', 'prioritized', 'delayed', 'active', 'failed'] as const

const script = loadScripts(import.meta.dirname, 'quarantine-size.lua')
const reserveRoom = script('reserve-room', { functions: memoryLua })
const mostBytes = script('most-bytes', { functions: memoryLua })
const releaseRoom = script('release-room')
const correctSize = script('correct-size')

/**
 * How much is in a tenant's quarantine, in one counter for all processes. Room is reserved before a delivery is added. Deliveries that
 * leave the queue are not subtracted at once. Instead the queue is measured in each round of housekeeping, and while the counter says that
 * it is full. If the counter is lost, the queue is measured before anything is added.
 */
export function createQuarantineSize(redis: RedisClient, queue: Queue, { tenant }: { readonly tenant: string }) {
  const key = stateKey(tenant, 'quarantine-size')

  async function read(): Promise<QuarantineSize | undefined> {
    const [deliveries, bytes] = await redis.hmget(key, 'deliveries', 'bytes')
    if (typeof deliveries !== 'string' || typeof bytes !== 'string') return undefined
    return { deliveries: Math.max(0, Number(deliveries)), bytes: Math.max(0, Number(bytes)) }
  }

  /**
   * Corrects the counter. A delivery that is added at that moment may be counted twice or not at all, until the next measurement. `isFirst`:
   * only if there is still none.
   */
  async function measure({ isFirst = false } = {}): Promise<QuarantineSize> {
    const [addedDeliveries, addedBytes] = await redis.hmget(key, 'addedDeliveries', 'addedBytes')
    const sizes = await sizesOf(await idsOf(queue))
    const size = { deliveries: sizes.length, bytes: sizes.reduce((sum, bytes) => sum + bytes, 0) }
    const added = [addedDeliveries ?? 0, addedBytes ?? 0]
    await correctSize(redis, [key], [size.deliveries, size.bytes, ...added, KEPT_MS, isFirst ? 'first' : ''])
    return size
  }

  /** Measures without reading the texts. */
  async function sizesOf(ids: readonly string[]): Promise<number[]> {
    const sizes: number[] = []
    for (let done = 0; done < ids.length; done += AT_ONCE) {
      const some = ids.slice(done, done + AT_ONCE)
      sizes.push(...(await Promise.all(some.map(id => redis.hstrlen(queue.toKey(id), 'data')))))
    }
    return sizes.filter(bytes => bytes > 0)
  }

  async function remeasure(): Promise<void> {
    if ((await redis.set(`${key}:look`, '1', 'PX', REMEASURE_MS, 'NX')) === 'OK') await measure()
  }

  const reserve = async (bytes: number, limits: QuarantineSize): Promise<unknown> =>
    await reserveRoom(redis, [key, memoryKey(tenant)], [bytes, limits.deliveries, limits.bytes])

  const current = async (): Promise<QuarantineSize> => (await read()) ?? (await measure({ isFirst: true }))

  return {
    measure,
    current,
    /** How much there is, and which share of its limit it takes: of deliveries or of bytes, the larger. */
    async use(limits: QuarantineSize): Promise<QuarantineSize & { readonly share: number }> {
      const size = await current()
      // An empty one need not be compared: what Redis may use takes long to find out.
      if (size.deliveries === 0) return { ...size, share: 0 }
      const most = Number(await mostBytes(redis, [memoryKey(tenant)], [limits.bytes]))
      return { ...size, share: Math.max(size.deliveries / limits.deliveries, size.bytes / most) }
    },
    /** Reserves room for a delivery of this many bytes. False when there is none. */
    async tryReserve(bytes: number, limits: QuarantineSize): Promise<boolean> {
      let outcome = await reserve(bytes, limits)
      if (outcome === 'unknown') {
        await measure({ isFirst: true })
        outcome = await reserve(bytes, limits)
      }
      if (outcome !== 'reserved') void remeasure().catch(() => undefined)
      return outcome === 'reserved'
    },
    /** Releases room that was reserved. */
    async release(bytes: number): Promise<void> {
      await releaseRoom(redis, [key], [bytes])
    },
  }
}

async function idsOf(queue: Queue): Promise<string[]> {
  const ids = new Set<string>()
  for (const state of states) {
    for (let start = 0; ; start += AT_ONCE) {
      const some = await queue.getRanges([state], start, start + AT_ONCE - 1)
      for (const id of some) ids.add(id)
      if (some.length < AT_ONCE) break
    }
  }
  return [...ids]
}
