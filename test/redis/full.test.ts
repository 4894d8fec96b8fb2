import { createFailedSets } from '@ponte/state'
import { startRedis } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'

test('a full Redis tells the failures that were seen last, and all of them once there is room again', async () => {
  const server = await startRedis()
  const redis = new Redis(server.url)
  const toKey = (part: string): string => `{t}:t.rd-station:${part}`
  const sets = createFailedSets(redis, 't', { kind: 'rd-station', toKey })
  const fail = (id: string, at: number, opportunityId = 'o') =>
    redis
      .multi()
      .hset(toKey(id), {
        failedReason: 'RD_REJECTED: x',
        name: 'opportunity.won',
        data: JSON.stringify({ opportunityId }),
      })
      .zadd(toKey('failed'), at, id)
      .exec()
  const counts = async () => (await sets.count()).map(({ count }) => count)
  try {
    await fail('other', 1, 'another')
    await fail('one', 2)
    await fail('two', 3)
    expect(await counts()).toEqual([2])
    await fail('third', 4, 'a third')
    await redis.config('SET', 'maxmemory', '1')
    expect(await counts()).toEqual([2])
    // Of its opportunity another failure is left, which is to take its place.
    await redis.zrem(toKey('failed'), 'two')
    await redis.zrem(toKey('failed'), 'third')
    expect(await counts()).toEqual([2])
    await redis.config('SET', 'maxmemory', '0')
    await fail('third', 4, 'a third')
    expect(await counts()).toEqual([3])
    await redis.zrem(toKey('failed'), 'one')
    expect(await counts()).toEqual([2])
  } finally {
    redis.disconnect()
    await server.stop()
  }
})
