import { startRedis } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { checkRedisReplicas } from './redis-replicas.ts'

test('a primary that goes on without its replicas is a warning where steps are confirmed, and one that stops is none', async () => {
  const server = await startRedis()
  const redis = new Redis(server.url)
  const alone = { check: 'redis-alone', warning: 'PRIMARY_ALONE_WRITES' }
  expect(await checkRedisReplicas(redis, 0)).not.toContainEqual(expect.objectContaining(alone))
  expect(await checkRedisReplicas(redis, 1)).toContainEqual(expect.objectContaining(alone))
  await redis.config('SET', 'min-replicas-to-write', '1')
  expect(await checkRedisReplicas(redis, 1)).not.toContainEqual(expect.objectContaining(alone))
  redis.disconnect()
  await server.stop()
})
