import { doctorInvestigation } from './doctor-investigation.ts'
import { checkRedisReplicas } from './check-ponte.ts'
import { startRedis } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'

test('a primary that goes on without its replicas is a warning where steps are confirmed, and one that stops is none', async () => {
  const server = await startRedis()
  const redis = new Redis(server.url)
  const alone = { check: 'redis-alone', warning: 'PRIMARY_ALONE_WRITES' }
  const foundWith = async (waitReplicas: number) => {
    const findings = doctorInvestigation.open()
    await findings.check('redis', {}, () => undefined)
    await checkRedisReplicas(findings, redis, waitReplicas)
    return findings.list()
  }
  expect(await foundWith(0)).not.toContainEqual(expect.objectContaining(alone))
  expect(await foundWith(1)).toContainEqual(expect.objectContaining(alone))
  await redis.config('SET', 'min-replicas-to-write', '1')
  expect(await foundWith(1)).not.toContainEqual(expect.objectContaining(alone))
  redis.disconnect()
  await server.stop()
})
