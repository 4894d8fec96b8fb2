import {
  createLogger,
  jobOptions,
  openQueues,
  openStateRedis,
  type QueueKind,
  type Queues,
  type Tenant,
} from '@ponte/runtime'
import { createCauseRecords } from '@ponte/state'
import { type Job, type Queue, UnrecoverableError, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { alertDeps, recordingChannel } from '../testing/recording-channel.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { createUnmutedFailures } from './read-alert-states.ts'
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

interface Failing {
  readonly reason?: string
  /** What the other system answers. */
  readonly answer?: string
  readonly kind?: QueueKind
  readonly name?: string
  readonly data?: object
}
const lead = { v: 1, lead: { name: 'Zeferina' } }

/** Fails new events. */
async function fail(
  count: number,
  { reason = rejected, answer = 'LEAD-01: Zeferina sem cargo', kind = 'totvs-crm', name, data }: Failing = {},
): Promise<void> {
  const queue: Queue = queues.of(tenant.name)[kind]
  const before = await queue.getFailedCount()
  const options = jobOptions({ attempts: 1, firstDelaySeconds: 0, maxDelaySeconds: 0 })
  for (let index = 0; index < count; index += 1)
    await queue.add(name ?? 'lead.registered', data ?? lead, { ...options, jobId: crypto.randomUUID() })
  const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
  const worker = new Worker(
    queue.name,
    async (job: Job) => {
      await job.log(`${new Date().toISOString()} ${reason.split(':')[0]}: ${answer}`)
      throw new UnrecoverableError(reason)
    },
    { connection, ...(queue.opts.prefix !== undefined && { prefix: queue.opts.prefix }) },
  )
  await expect.poll(() => queue.getFailedCount()).toBe(before + count)
  await worker.close()
  connection.disconnect()
}

const removeFailed = (count: number) => queues.of(tenant.name)['totvs-crm'].clean(0, count, 'failed')

/** What a check announces. */
async function check(readUnmuted = createUnmutedFailures(redis)): Promise<readonly string[]> {
  const { channel, texts } = recordingChannel()
  const deps = { ...alertDeps(redis, [tenant], { failures: 2 }), readUnmuted }
  await checkTenant(tenant, [channel], deps)
  return texts()
}
const cause = { queue: 'totvs-crm', code: 'CRM_REJECTED' }
const mute = (count: number, shapes: readonly string[], of = cause) =>
  createCauseRecords(redis, tenant.name).change(of, 'mute', {
    value: { by: 'ana', at: Date.now(), count, shapes: [...shapes] },
    failedAt: Date.now(),
  })

test('failures of a muted cause cause no alert, and other causes do, named also when they are not among the newest', async () => {
  await fail(2, { reason: 'CRM_CONFLICT: x', answer: 'conflito' })
  await fail(31)
  await mute(31, ['lead sem cargo'])
  expect(await check()).toEqual([expect.stringContaining('2 events failed: CRM_CONFLICT ×2.')])
})

test('the failed event and the failed round of an opportunity of a muted cause cause no alert', async () => {
  const reason = 'RD_REJECTED: RD Station refused the data. (status=400)'
  for (const opportunityId of ['one', 'other']) {
    const data = { v: 1, opportunityId, contextUrl: '/x' }
    await fail(2, { kind: 'rd-station', name: 'opportunity.won', data, reason, answer: 'recusado' })
  }
  await mute(2, ['recusado'], { queue: 'rd-station', code: 'RD_REJECTED' })
  expect(await check()).toEqual([])
})

test('a muted cause of quarantine causes no alert, and another one does', async () => {
  const quarantined = { kind: 'quarantine', name: 'delivery' } as const
  await fail(2, { ...quarantined, reason: 'BODY_NOT_JSON: x' })
  await mute(2, ['lead sem cargo'], { queue: 'quarantine', code: 'BODY_NOT_JSON' })
  expect(await check()).toEqual([])
  await fail(1, { ...quarantined, reason: 'BODY_NOT_UNDERSTOOD: x' })
  expect(await check()).toEqual([expect.stringContaining('could not read: 1.')])
})

test('one new answer among many usual ones is a change, and more of a rare one is none', async () => {
  const usual = ['sem cargo', 'sem cidade', 'sem telefone', 'duplicado']
  for (const [index, answer] of usual.entries()) await fail(4 - index, { answer })
  await mute(10, usual)
  await fail(3, { answer: 'duplicado' })
  expect(await check()).toEqual([])
  await fail(1, { answer: 'serviço fora do ar' })
  expect(await check()).toEqual([expect.stringContaining('14 events failed')])
})

test.each([
  { what: 'twice as many have failed', more: 3, answer: 'LEAD-01: Zeferina sem cargo' },
  { what: 'the other system answers something else', more: 1, answer: 'LEAD-02: serviço fora do ar' },
])('the alerts of a muted cause come again when $what, also when it is fewer later', async ({ more, answer }) => {
  await fail(3)
  await mute(3, ['lead sem cargo'])
  expect(await check()).toEqual([])
  await fail(more, { answer })
  expect(await check()).toEqual([expect.stringContaining(`${3 + more} events failed`)])
  expect((await createCauseRecords(redis, tenant.name).read(cause)).mute).toBeUndefined()
})

test('a muted cause that was fixed is announced when it comes back, and one that is fixed in part when it doubles', async () => {
  await fail(5)
  await mute(5, ['lead sem cargo'])
  await removeFailed(2)
  expect(await check()).toEqual([])
  await fail(2)
  expect(await check()).toEqual([])
  await fail(1)
  expect(await check()).toEqual([expect.stringContaining('6 events failed')])

  await mute(6, ['lead sem cargo'])
  await removeFailed(6)
  expect(await check()).toEqual([expect.stringContaining('back to normal')])
  await fail(3)
  expect(await check()).toEqual([expect.stringContaining('3 events failed')])
})

test('a check changes no mute that somebody made anew meanwhile, and brings none back that somebody ended', async () => {
  const records = createCauseRecords(redis, tenant.name)
  const seen = { by: 'ana', at: 1, count: 4, shapes: [] }
  const read = async () => (await records.read(cause)).mute
  await records.changeMute(cause, seen, { ...seen, count: 2 })
  expect(await read()).toBeUndefined()
  await records.change(cause, 'mute', { value: { ...seen, at: 2 }, failedAt: Date.now() })
  await records.changeMute(cause, seen, undefined)
  await records.changeMute(cause, seen, { ...seen, count: 2 })
  expect(await read()).toEqual({ ...seen, at: 2 })
  await records.changeMute(cause, { ...seen, at: 2 }, { ...seen, at: 2, count: 2 })
  expect(await read()).toEqual({ ...seen, at: 2, count: 2 })
  // Of two workers that looked at the same time, the one that saw fewer may write first.
  await records.changeMute(cause, { ...seen, at: 2 }, { ...seen, at: 2, count: 3 })
  expect(await read()).toEqual({ ...seen, at: 2, count: 2 })
  await records.changeMute(cause, { ...seen, at: 2 }, undefined)
  expect(await read()).toBeUndefined()
})
