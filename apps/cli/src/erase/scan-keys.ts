import type { Redis } from 'ioredis'

const BATCH = 500

/** The keys that a pattern matches, in batches, each once. What is there from the beginning to the end is found for certain. */
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
