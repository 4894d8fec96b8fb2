import { loadScript, stateKey } from '@ponte/state'
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'

export interface QuarantineSize {
  readonly deliveries: number
  /** Of the deliveries as they are kept; stories and log lines of a delivery are small beside it. */
  readonly bytes: number
}

/** A delivery found no room; nothing of it was kept. */
export class QuarantineFullError extends Error {
  constructor() {
    super('the quarantine is full')
    this.name = 'QuarantineFullError'
  }
}

const KEPT_MS = 24 * 3_600_000
/** While it is full, whoever is refused has it looked at again, at most this often over all processes. */
const LOOK_AGAIN_MS = 5000
const AT_ONCE = 500
/** In the order in which a job passes through them, retried or new, so that one that moves on meanwhile is seen. Completed ones wait for nobody. */
const states = ['failed', 'wait', 'prioritized', 'delayed', 'active', 'failed'] as const

const reserveRoom = loadScript(import.meta.dirname, 'reserve-room.lua')
const releaseRoom = loadScript(import.meta.dirname, 'release-room.lua')
const correctSize = loadScript(import.meta.dirname, 'correct-size.lua')

/**
 * How much is in a tenant's quarantine, in one counter for all processes: room is reserved in it before a delivery is added. What leaves
 * the queue (retried, removed, erased, expired) is not counted at once: the counter is set right by measuring the queue, with every
 * round of housekeeping and while it says that there is no room. A lost counter is measured before anything is added.
 */
export function createQuarantineSize(redis: Redis, queue: Queue, { tenant }: { readonly tenant: string }) {
  const key = stateKey(tenant, 'quarantine-size')

  async function read(): Promise<QuarantineSize | undefined> {
    const [deliveries, bytes] = await redis.hmget(key, 'deliveries', 'bytes')
    if (typeof deliveries !== 'string' || typeof bytes !== 'string') return undefined
    return { deliveries: Math.max(0, Number(deliveries)), bytes: Math.max(0, Number(bytes)) }
  }

  /** Sets the counter right. What is being added at that moment may be counted twice, or not, until the next time. */
  async function measure(): Promise<QuarantineSize> {
    const [addedDeliveries, addedBytes] = await redis.hmget(key, 'addedDeliveries', 'addedBytes')
    const sizes = await sizesOf(await idsOf(queue))
    const size = { deliveries: sizes.length, bytes: sizes.reduce((sum, bytes) => sum + bytes, 0) }
    await correctSize(redis, [key], [size.deliveries, size.bytes, addedDeliveries ?? 0, addedBytes ?? 0, KEPT_MS])
    return size
  }

  /** Without the texts themselves. */
  async function sizesOf(ids: readonly string[]): Promise<number[]> {
    const sizes: number[] = []
    for (let done = 0; done < ids.length; done += AT_ONCE) {
      const some = ids.slice(done, done + AT_ONCE)
      sizes.push(...(await Promise.all(some.map(id => redis.hstrlen(queue.toKey(id), 'data')))))
    }
    return sizes.filter(bytes => bytes > 0)
  }

  async function lookAgain(): Promise<void> {
    if ((await redis.set(`${key}:look`, '1', 'PX', LOOK_AGAIN_MS, 'NX')) === 'OK') await measure()
  }

  const tryToReserve = async (bytes: number, limits: QuarantineSize): Promise<unknown> =>
    await reserveRoom(redis, [key], [bytes, limits.deliveries, limits.bytes])

  return {
    measure,
    current: async (): Promise<QuarantineSize> => (await read()) ?? (await measure()),
    /** False: there is no room for so many bytes more. */
    async reserve(bytes: number, limits: QuarantineSize): Promise<boolean> {
      let outcome = await tryToReserve(bytes, limits)
      if (outcome === 'unknown') {
        await measure()
        outcome = await tryToReserve(bytes, limits)
      }
      if (outcome !== 'reserved') void lookAgain().catch(() => undefined)
      return outcome === 'reserved'
    },
    /** What was reserved is not needed. */
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
