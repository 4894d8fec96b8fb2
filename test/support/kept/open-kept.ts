import { startRedis } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { loadKept, readFixture } from './kept-keys.ts'

/**
 * A Redis of its own that holds what an installation had: texts are sealed for the names of its tenants, and some keys belong to none.
 * `reset` gives it that again.
 */
async function openKept(file: string) {
  const kept = readFixture(file)
  const server = await startRedis()
  const redis = new Redis(server.url)
  return {
    redis,
    async reset(): Promise<void> {
      await redis.flushall()
      await loadKept(redis, kept)
    },
    async close(): Promise<void> {
      redis.disconnect()
      await server.stop()
    },
  }
}

/** For the tests of a file: each of them finds what the installation had. */
export function useKept(file: string): { readonly redis: Redis } {
  let opened: Awaited<ReturnType<typeof openKept>> | undefined
  beforeAll(async () => {
    opened = await openKept(file)
  })
  beforeEach(async () => await opened?.reset())
  afterAll(async () => await opened?.close())
  return {
    get redis() {
      if (opened === undefined) throw new Error('it is opened before the first test')
      return opened.redis
    },
  }
}
