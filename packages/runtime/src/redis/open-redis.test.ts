import { Cluster, type Redis } from 'ioredis'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createLogger } from '../telemetry/logger.ts'
import { openProducerRedis, openRedis, openStateRedis, openWorkerRedis } from './open-redis.ts'
import { openQueues } from '../queues/queues.ts'

const log = createLogger({ level: 'silent', process: 'test' })

test.each([
  ['a producer', openProducerRedis],
  ['a worker', openWorkerRedis],
  ['the state of jobs', openStateRedis],
])('however long Redis is away, the connection of %s asks for it again every second', (_of, open) => {
  const redis: Redis = open(inject('redisUrl'), log)
  onTestFinished(() => redis.disconnect())
  for (const times of [1, 5, 6, 1000]) expect(redis.options.retryStrategy?.(times)).toBeLessThanOrEqual(1000)
})

test('on a Cluster each step is sent for itself: together they would be of several tenants', () => {
  const connections = openRedis({ kind: 'cluster', nodes: [{ host: '127.0.0.1', port: 1 }], tls: false }, log)
  onTestFinished(() => connections.close())
  const client = connections.state()
  expect(client).toBeInstanceOf(Cluster)
  if (client instanceof Cluster)
    expect([client.options.enableAutoPipelining, client.options.redisOptions?.enableAutoPipelining]).toEqual([
      false,
      undefined,
    ])
})

test('a queue that is first used beside other steps of its connection answers, and so do they', async () => {
  const redis = openStateRedis(inject('redisUrl'), log)
  onTestFinished(() => redis.disconnect())
  const tenant = `t-${crypto.randomUUID()}`
  const queues = openQueues([{ name: tenant }], redis, log)
  onTestFinished(() => queues.close())
  const steps = [redis.echo('before'), queues.of(tenant)['totvs-crm'].getFailed(0, 29), redis.echo('after')]
  expect(await Promise.all(steps)).toEqual(['before', [], 'after'])
})
