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

/** `added` only grows: it tells a measurement what has come since it began. */
const RESERVE = `
local size = redis.call('HMGET', KEYS[1], 'deliveries', 'bytes')
if not size[1] or not size[2] then return 'unknown' end
if tonumber(size[1]) + 1 > tonumber(ARGV[2]) or tonumber(size[2]) + tonumber(ARGV[1]) > tonumber(ARGV[3]) then
  return 'full'
end
redis.call('HINCRBY', KEYS[1], 'deliveries', 1)
redis.call('HINCRBY', KEYS[1], 'bytes', ARGV[1])
redis.call('HINCRBY', KEYS[1], 'addedDeliveries', 1)
redis.call('HINCRBY', KEYS[1], 'addedBytes', ARGV[1])
return 'reserved'`

const RELEASE = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HINCRBY', KEYS[1], 'deliveries', -1)
return redis.call('HINCRBY', KEYS[1], 'bytes', -ARGV[1])`

const CORRECT = `
local added = redis.call('HMGET', KEYS[1], 'addedDeliveries', 'addedBytes')
local since = { math.max(0, (tonumber(added[1]) or 0) - ARGV[3]), math.max(0, (tonumber(added[2]) or 0) - ARGV[4]) }
redis.call('HSET', KEYS[1], 'deliveries', string.format('%.0f', ARGV[1] + since[1]), 'bytes', string.format('%.0f', ARGV[2] + since[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1`

/**
 * How much is in a tenant's quarantine, in one counter for all processes: room is reserved in it before a delivery is added. What leaves
 * the queue (retried, removed, erased, expired) is not counted at once: the counter is set right by measuring the queue, with every
 * round of housekeeping and while it says that there is no room. A lost counter is measured before anything is added.
 */
export function createQuarantineSize(redis: Redis, queue: Queue, { prefix }: { readonly prefix: string }) {
  const key = `${prefix}:ponte:quarantine-size`

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
    await redis.eval(CORRECT, 1, key, size.deliveries, size.bytes, addedDeliveries ?? 0, addedBytes ?? 0, KEPT_MS)
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
    await redis.eval(RESERVE, 1, key, bytes, limits.deliveries, limits.bytes)

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
      await redis.eval(RELEASE, 1, key, bytes)
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
