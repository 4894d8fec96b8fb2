import type { Redis } from 'ioredis'

const BATCH = 500

/** Yields the keys that match a pattern, in batches and each once. Keys that exist during the whole scan are never missed. */
export async function* scanKeys(redis: Redis, match: string): AsyncGenerator<readonly string[]> {
  const seen = new Set<string>()
  for await (const found of redis.scanStream({ match, count: BATCH })) {
    const batch: string[] = []
    for (const key of found) {
      if (typeof key !== 'string' || seen.has(key)) continue
      seen.add(key)
      batch.push(key)
    }
    if (batch.length > 0) yield batch
  }
}
