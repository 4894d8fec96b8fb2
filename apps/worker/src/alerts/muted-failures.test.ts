import { createLogger, jobOptions, openQueues, openStateRedis, type Queues, type Tenant } from '@ponte/runtime'
import { createCauseRecords } from '@ponte/state'
import { type Job, UnrecoverableError, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest'
import { recordingChannel } from '../testing/recording-channel.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { createWorkerMetrics } from '../telemetry/metrics.ts'
import { checkTenant } from './start-alerts.ts'

const log = createLogger({ level: 'silent', process: 'test' })
const rejected = 'CRM_REJECTED: TOTVS CRM refused the data. (status=422)'

let redis: Redis
let queues: Queues
let tenant: Tenant
beforeEach(() => {
  tenant = testTenant()
  redis = openStateRedis(inject('redisUrl'), log)
  queues = openQueues([tenant], redis, log)
})
afterEach(async () => {
  await queues.close()
  redis.disconnect()
})

/** Fails new events with a reason; the other system answered so. */
async function fail(count: number, reason: string, answer: string): Promise<void> {
  const queue = queues.of(tenant.name)['totvs-crm']
  const before = await queue.getFailedCount()
  const options = jobOptions({ attempts: 1, firstDelaySeconds: 0, maxDelaySeconds: 0 })
  for (let index = 0; index < count; index += 1)
    await queue.add('lead.registered', { v: 1, lead: { name: 'Zeferina' } }, { ...options, jobId: crypto.randomUUID() })
  const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
  const worker = new Worker(
    queue.name,
    async (job: Job) => {
      await job.log(`${new Date().toISOString()} ${reason.split(':')[0]}: ${answer}`)
      throw new UnrecoverableError(reason)
    },
    { connection, ...(queue.opts.prefix !== undefined && { prefix: queue.opts.prefix }) },
  )
  await vi.waitFor(async () => expect(await queue.getFailedCount()).toBe(before + count), 10_000)
  await worker.close()
  connection.disconnect()
}

/** What a check announces. */
async function check(): Promise<readonly string[]> {
  const limits = { breakerMs: 900_000, failures: 2, windowMs: 3_600_000, checkMs: 1000, command: 'ponte' }
  const settings = { ...limits, webhookUrl: undefined, mail: undefined, boardUrl: undefined }
  const { channel, texts } = recordingChannel()
  const deps = { settings, tenants: { current: () => [tenant] }, queues, redis, metrics: createWorkerMetrics(), log }
  await checkTenant(tenant, [channel], deps)
  return texts()
}
const mute = (count: number, shapes: readonly string[]) =>
  createCauseRecords(redis, tenant.name).change({ queue: 'totvs-crm', code: 'CRM_REJECTED' }, 'mute', {
    value: { by: 'ana', at: Date.now(), count, shapes: [...shapes] },
    failedAt: Date.now(),
  })

test('failures of a muted cause cause no alert, and other causes do', async () => {
  await fail(3, rejected, 'LEAD-01: Zeferina sem cargo')
  await mute(3, ['lead sem cargo'])
  expect(await check()).toEqual([])
  await fail(2, 'CRM_CONFLICT: x', 'conflito')
  expect(await check()).toEqual([expect.stringContaining('2 events failed and need you')])
})

test.each([
  { what: 'twice as many have failed', more: 3, answer: 'LEAD-01: Zeferina sem cargo' },
  { what: 'the other system answers something else', more: 1, answer: 'LEAD-02: serviço fora do ar' },
])('the alerts of a muted cause come again when $what, also when it is fewer later', async ({ more, answer }) => {
  await fail(3, rejected, 'LEAD-01: Zeferina sem cargo')
  await mute(3, ['lead sem cargo'])
  expect(await check()).toEqual([])
  await fail(more, rejected, answer)
  expect(await check()).toEqual([expect.stringContaining(`${3 + more} events failed and need you`)])
  const records = createCauseRecords(redis, tenant.name)
  expect([await records.muted(), (await records.read({ queue: 'totvs-crm', code: 'CRM_REJECTED' })).mute]).toEqual([
    [],
    undefined,
  ])
})
