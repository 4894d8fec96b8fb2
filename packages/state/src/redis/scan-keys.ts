import { primariesOf, type RedisClient } from './redis-client.ts'

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
