import { startRedis } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { loadKept, readFixture } from './kept-keys.ts'

/**
 * A Redis of its own that holds what an installation had: texts are sealed for the names of its tenants, and some keys belong to none.
 * `reset` gives it that again.
 */
export async function openKept(file: string) {
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

export type KeptInstallation = Awaited<ReturnType<typeof openKept>>
