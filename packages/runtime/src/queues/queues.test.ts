import { Redis } from 'ioredis'
import { afterAll, expect, expectTypeOf, inject, test } from 'vitest'
import { createLogger } from '../telemetry/logger.ts'
import { isJobId, type QueueKind } from './queue-names.ts'
import { openQueues, type TenantQueues } from './queues.ts'

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

test.each([
  'failed',
  'events',
  'wait',
  'active',
  'delayed',
  'completed',
  'meta',
  'id',
  'marker',
  'job-1:logs',
  'de:key',
  '',
])('the name of a key of a queue is no id of a job: %j', name => expect(isJobId(name)).toBe(false))

test.each([
  'delivery-d4lqbk5qfjqgdofn76yp',
  'live-7',
  'housekeeping-498931',
  'failed-1',
  '7c322f66-fde8-4e94-abe3-771cd4bbf3ce',
])('what Ponte calls a job is one: %j', id => expect(isJobId(id)).toBe(true))
