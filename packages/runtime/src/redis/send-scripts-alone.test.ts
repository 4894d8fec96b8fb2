import { expect, inject, onTestFinished, test } from 'vitest'
import { createLogger } from '../telemetry/logger.ts'
import { openQueues } from '../queues/queues.ts'
import { openStateRedis } from './open-redis.ts'

const log = createLogger({ level: 'silent', process: 'test' })

test('a queue that is first used beside other steps of its connection answers, and so do they', async () => {
  const redis = openStateRedis(inject('redisUrl'), log)
  onTestFinished(() => redis.disconnect())
  const tenant = `t-${crypto.randomUUID()}`
  const queues = openQueues([{ name: tenant }], redis, log)
  onTestFinished(() => queues.close())
  const steps = [redis.echo('before'), queues.of(tenant)['totvs-crm'].getFailed(0, 29), redis.echo('after')]
  expect(await Promise.all(steps)).toEqual(['before', [], 'after'])
})
