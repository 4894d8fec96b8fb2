import { Redis } from 'ioredis'
import { afterAll, expect, expectTypeOf, inject, test } from 'vitest'
import { createLogger } from '../telemetry/logger.ts'
import { openQueues, type QueueKind, type TenantQueues } from './queues.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

test('there are queues for the tenants that they were opened for, and an error for any other', async () => {
  const queues = openQueues([{ name: 'acme' }], redis, createLogger({ level: 'silent', process: 'test' }))
  expect(queues.of('acme')['totvs-crm'].name).toBe('acme.totvs-crm')
  expect(() => queues.of('other')).toThrow('no queues are open for the tenant other')
  await queues.close()
})

test('no job is added without an id of its own: an add that is sent again would be a second job', () => {
  expectTypeOf<Parameters<TenantQueues[QueueKind]['add']>>().toExtend<[string, unknown, { readonly jobId: string }]>()
})
