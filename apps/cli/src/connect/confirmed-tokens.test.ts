import { startRedis } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()

test.each([
  ['connect', ['connect', '--refresh-token', '-']],
  ['doctor', ['doctor']],
])('%s asks the replicas of Redis for the new tokens, and goes on without them', async (_what, args) => {
  const server = await startRedis()
  const redis = new Redis(server.url)
  const tenant = await cli.newTenant()
  onTestFinished(async () => {
    redis.disconnect()
    await server.stop()
  })
  const run = async (wanted: string) => {
    const env = { REDIS_URL: server.url, REDIS_WAIT_REPLICAS: wanted }
    return await tenant.run([...args, '--json'], { env, stdin: 'demo-refresh\n' })
  }
  const { code } = await run('0')
  expect(await redis.info('commandstats')).not.toContain('cmdstat_wait:')
  expect(await run('1')).toMatchObject({ code })
  expect(await redis.info('commandstats')).toContain('cmdstat_wait:calls=1,')
})
