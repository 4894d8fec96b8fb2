import { Cluster, Command, type Redis } from 'ioredis'

/** A connection to Redis: to one server (or to what Sentinel calls the primary), or to all servers of a Cluster. */
export type RedisClient = Redis | Cluster

/**
 * The servers that hold the data, for commands that name no key (`INFO`, `CONFIG`, `SCAN`, `CLIENT LIST`): a Cluster would send them to any
 * one of its servers. Rejects when a Cluster does not answer.
 */
export async function primariesOf(redis: RedisClient): Promise<readonly Redis[]> {
  if (!(redis instanceof Cluster)) return [redis]
  // Until it is ready a Cluster knows none of its servers.
  if (redis.status !== 'ready') await redis.ping()
  return redis.nodes('master')
}

/** `host:port` of the server that a Cluster writes this key to, as far as it knows one. Undefined for a connection to one server. */
export const primaryNameOf = (redis: RedisClient, key: string): string | undefined =>
  redis instanceof Cluster ? redis.slots[new Command('exists', [key]).getSlot()]?.[0] : undefined

/** Calls back for each server that was connected, the first time and again, and at once if that has happened. */
export function onConnected(redis: RedisClient, callback: () => void): void {
  redis.on('ready', callback)
  if (redis instanceof Cluster) redis.on('+node', (node: Redis) => node.on('ready', callback))
  if (redis.status === 'ready') callback()
}

/** What each server that holds data answers. Rejects when one of them does not answer. */
export const askPrimaries = async <Answer>(
  redis: RedisClient,
  ask: (primary: Redis) => Promise<Answer>,
): Promise<readonly Answer[]> => await Promise.all((await primariesOf(redis)).map(ask))

/** After so many milliseconds a command without an answer has failed. Undefined: never. */
export const commandTimeoutOf = (redis: RedisClient): number | undefined =>
  redis instanceof Cluster ? redis.options.redisOptions?.commandTimeout : redis.options.commandTimeout

/** What Redis uses of the memory that it may use. `max`: 0 without a limit. `share`: then next to nothing, but the more the more is used. */
export interface RedisMemory {
  readonly used: number
  readonly max: number
  readonly share: number
}

/** Of the fullest server that holds data. Rejects when one of them does not answer. */
export async function readMemory(redis: RedisClient): Promise<RedisMemory> {
  const infos = await askPrimaries(redis, primary => primary.info('memory'))
  const [fullest] = infos.map(memoryOf).toSorted((one, other) => other.share - one.share)
  return fullest ?? memoryOf('')
}

function memoryOf(info: string): RedisMemory {
  const read = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
  const [used, max] = [read('used_memory'), read('maxmemory')]
  return { used, max, share: used / (max || Number.MAX_SAFE_INTEGER) }
}

/** The result of the work, or an error when there is none after this many milliseconds. The work itself goes on. */
export async function withDeadline<Value>(work: Promise<Value>, ms: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('redis did not answer in time')), ms)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}

const BATCH = 500

/**
 * Yields the keys that match a pattern, in batches and each once, of every server that holds data. Keys that exist during the whole scan
 * are never missed.
 */
export async function* scanKeys(
  redis: RedisClient,
  match: string,
  { type }: { readonly type?: 'string' } = {},
): AsyncGenerator<readonly string[]> {
  const seen = new Set<string>()
  for (const primary of await primariesOf(redis)) {
    const stream = primary.scanStream({ match, count: BATCH, ...(type === undefined ? {} : { type }) })
    for await (const found of stream) {
      const batch: string[] = []
      for (const key of found) {
        if (typeof key !== 'string' || seen.has(key)) continue
        seen.add(key)
        batch.push(key)
      }
      if (batch.length > 0) yield batch
    }
  }
}
