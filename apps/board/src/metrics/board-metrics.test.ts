import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  createLogger,
  openProducerRedis,
  openQueues,
  quarantineDelivery,
  QuarantineFullError,
  shardOf,
  type Tenant,
} from '@ponte/runtime'
import { createCircuitBreaker, createTenantMode, stateKey } from '@ponte/state'
import { afterAll, beforeAll, expect, inject, onTestFinished, test, vi } from 'vitest'
import { tenantNamed } from '../testing/documents.ts'
import { answerStartable, createBoardMetrics } from './board-metrics.ts'

const log = createLogger({ level: 'silent', process: 'test' })
const redis = openProducerRedis(inject('redisUrl'), log)
const away = openProducerRedis('redis://127.0.0.1:1', log)
beforeAll(async () => {
  if (redis.status !== 'ready') await once(redis, 'ready')
})
afterAll(() => {
  redis.disconnect()
  away.disconnect()
})

/** A tenant of the shard `number` of two. */
function tenantOf(number: number, change: Partial<Tenant['settings']> = {}): Tenant {
  const name = `t-${randomBytes(6).toString('hex')}`
  if (shardOf(name, 2) !== number) return tenantOf(number, change)
  const tenant = tenantNamed(name)
  return { ...tenant, settings: { ...tenant.settings, ...change } }
}

async function scrape(tenants: readonly Tenant[], { shards = 1, from = redis } = {}): Promise<string> {
  const queues = openQueues(tenants, from, log)
  const text = await createBoardMetrics({ tenants: { current: () => tenants }, queues, redis: from, shards }).metrics()
  await queues.close()
  return text
}
/** The value of a metric with these labels, which stand in it in this order. */
const valueOf = (text: string, name: string, labels: Readonly<Record<string, string>>): number => {
  const given = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  const line = text.split('\n').find(each => each.startsWith(`${name}{${given.join(',')}`))
  return line === undefined ? Number.NaN : Number(line.split(' ').at(-1))
}

test('an open breaker shows with its reason, its age and the time to the next probe; a closed one shows none', async () => {
  const tenant = tenantOf(1)
  const { name } = tenant
  const key = `{${name}}:ponte:circuit-breaker:rd-station`
  const breaker = createCircuitBreaker(redis, name, { failureThreshold: 1, probeMs: 60_000, maxProbeMs: 60_000 })
  await breaker.throttle('rd-station', { code: 'RD_QUOTA_EXCEEDED', waitMs: 30_000 })
  const now = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now })
  onTestFinished(() => void vi.useRealTimers())
  await redis.hset(key, { since: now - 100_500, until: now + 29_500 })
  const shown = async (system: string) => {
    const text = await scrape([tenant])
    const of = (what: string, more = {}) =>
      valueOf(text, `ponte_circuit_breaker_${what}`, { tenant: name, system, ...more })
    return [
      of('open', { reason: 'throttled' }),
      of('open', { reason: 'down' }),
      of('open_seconds'),
      of('next_probe_seconds'),
    ]
  }
  expect(await shown('rd-station')).toEqual([1, 0, 100.5, 29.5])
  expect(await shown('totvs-crm')).toEqual([0, 0, 0, 0])
  await redis.hset(key, 'until', Date.now() - 1)
  expect(await shown('rd-station')).toEqual([0, 0, 0, 0])
})

test('a Redis that does not answer leaves no old value and no figure behind, and a scaler is told so', async () => {
  const tenant = tenantOf(1)
  expect(await scrape([tenant])).toMatch(/ponte_redis_used_memory_bytes\{[^}]*\} [1-9]\d+\n/)
  const text = await scrape([tenant], { from: away })
  expect(
    text.match(new RegExp(`.*${tenant.name}.*`, 'g'))?.every(line => line.startsWith('ponte_queue_readable')),
  ).toBe(true)
  expect(valueOf(text, 'ponte_queue_readable', { tenant: tenant.name })).toBe(0)
  expect(text).toMatch(/ponte_redis_used_memory_bytes\{[^}]*\} Nan/)
  expect(text).not.toMatch(/^ponte_oldest_startable_seconds/m)
  expect(await ask([tenant], '', away)).toEqual({ status: 503, value: { problem: 'redis does not answer' } })
})

test('the metrics tell depth, age and pause of every queue at the moment of the scrape', async () => {
  const tenant = tenantOf(1)
  const queues = openQueues([tenant], redis, log)
  onTestFinished(() => queues.close())
  const own = queues.of(tenant.name)
  const hourAgo = Date.now() - 3_600_000
  await own['totvs-crm'].add('lead.registered', {}, { jobId: 'old', timestamp: hourAgo })
  await own['rd-station'].add('opportunity.won', {}, { jobId: 'later', timestamp: hourAgo, delay: 2 * 3_600_000 })
  await own.quarantine.pause()
  const text = await scrape([tenant])
  const of = (name: string, queue: string, more = {}) => valueOf(text, name, { tenant: tenant.name, queue, ...more })
  expect(of('ponte_queue_jobs', 'totvs-crm', { state: 'waiting' })).toBe(1)
  expect([of('ponte_queue_paused', 'quarantine'), of('ponte_queue_paused', 'totvs-crm')]).toEqual([1, 0])
  expect(of('ponte_queue_oldest_seconds', 'totvs-crm', { state: 'waiting' })).toBeCloseTo(3600, -1)
  expect(of('ponte_queue_oldest_seconds', 'rd-station', { state: 'delayed' })).toBeCloseTo(3600, -1)
  await own['totvs-crm'].remove('old')
  const after = await scrape([tenant])
  expect(valueOf(after, 'ponte_queue_jobs', { tenant: tenant.name, queue: 'totvs-crm', state: 'waiting' })).toBe(0)
})

test('a tenant in the shadow shows as such, also one whose file says so before any process has told Redis', async () => {
  const [tenant, ofFile] = [tenantOf(1), tenantOf(1, { mode: 'shadow' })]
  const shown = async ({ name }: Tenant) => valueOf(await scrape([tenant, ofFile]), 'ponte_shadow', { tenant: name })
  expect([await shown(tenant), await shown(ofFile)]).toEqual([0, 1])
  await createTenantMode(redis, tenant.name).declare('shadow')
  expect(await shown(tenant)).toBe(1)
})

const MIB = 1024 * 1024

test.each([
  ['its setting', 8, 0],
  ['a quarter of what Redis may use', 256, 8 * MIB],
])(
  'where %s bounds a quarantine, the metric is nearly 1 when a delivery is refused',
  async (_what, mebibytes, maxMemory) => {
    const name = `t-${crypto.randomUUID()}`
    const { settings } = tenantNamed(name)
    const tenant = {
      name,
      settings: { ...settings, intake: { ...settings.intake, quarantineMaxMebibytes: mebibytes } },
    }
    const queues = openQueues([tenant], redis, log)
    onTestFinished(async () => {
      await queues.of(name).quarantine.obliterate({ force: true })
      await queues.close()
    })
    // As Redis would say it of a server that has this limit.
    await redis.set(stateKey(name, 'memory'), `0 ${maxMemory}`, 'PX', 3_600_000)
    const usedRatio = async () => valueOf(await scrape([tenant]), 'ponte_quarantine_used_ratio', { tenant: name })
    expect(await usedRatio()).toBe(0)
    const receivedAt = '2026-01-02T03:04:05.000Z'
    const delivery = { v: 1, receivedAt, source: 'rd-station', encoding: 'utf8', form: false } as const
    const add = (count: number) =>
      quarantineDelivery(queues.of(name), tenant, { ...delivery, body: `${count}`.padEnd(MIB / 8, 'x') }).then(
        () => 'stored',
        (error: unknown) => (error instanceof QuarantineFullError ? 'full' : 'not confirmed'),
      )
    let outcome = 'stored'
    // What Redis does not confirm in time is delivered again, as senders do.
    for (let count = 0; count < 100 && outcome !== 'full'; count += outcome === 'stored' ? 1 : 0)
      outcome = await add(count)
    expect(outcome).toBe('full')
    const ratio = await usedRatio()
    expect(ratio).toBeGreaterThan(0.9)
    expect(ratio).toBeLessThanOrEqual(1)
  },
)

/** An event that has waited for so many seconds. */
async function addWaiting({ name }: Tenant, seconds: number): Promise<void> {
  const queues = openQueues([{ name }], redis, log)
  onTestFinished(() => queues.close())
  const timestamp = Date.now() - seconds * 1000
  await queues.of(name)['totvs-crm'].add('lead.registered', {}, { jobId: crypto.randomUUID(), timestamp })
}
const ask = async (tenants: readonly Tenant[], query = '', from = redis) =>
  await answerStartable({ tenants: { current: () => tenants }, redis: from })(new URLSearchParams(query))
const near = (seconds: number, count: number) => ({
  status: 200,
  value: { oldestStartableSeconds: expect.closeTo(seconds, -1), tenants: count },
})
const oldestOf = (text: string, shard: string): number => valueOf(text, 'ponte_oldest_startable_seconds', { shard })

test('each shard shows the oldest event of its own tenants; a scaler is answered for a shard, for tenants by name, and for all', async () => {
  const tenants = [tenantOf(1), tenantOf(1), tenantOf(2)] as const
  for (const [index, tenant] of tenants.entries()) await addWaiting(tenant, (index + 1) * 100)
  const text = await scrape(tenants, { shards: 2 })
  expect([oldestOf(text, '1/2'), oldestOf(text, '2/2')]).toEqual([expect.closeTo(200, -1), expect.closeTo(300, -1)])
  expect(oldestOf(await scrape(tenants), '1/1')).toBeCloseTo(300, -1)
  expect(await ask(tenants, 'shard=1/2')).toEqual(near(200, 2))
  expect(await ask(tenants, `shard=${tenants[0].name}`)).toEqual(near(100, 1))
  expect(await ask(tenants)).toEqual(near(300, 3))
  expect(await ask(tenants.slice(0, 2), 'shard=2/2')).toEqual({
    status: 200,
    value: { oldestStartableSeconds: 0, tenants: 0 },
  })
})

test.each([
  { query: 'shard=3/2', status: 400 },
  { query: 'shard=', status: 400 },
  { query: 'shard=nobody', status: 404 },
])('$query is refused: a scaler would take 0 for an answer', async ({ query, status }) => {
  expect(await ask([tenantOf(1)], query)).toEqual({ status, value: { problem: expect.stringMatching(/^shard: /) } })
})

test('a tenant that cannot be read does not hide the others of its shard', async () => {
  const tenants = [tenantOf(1), tenantOf(1)] as const
  await addWaiting(tenants[0], 100)
  await addWaiting(tenants[1], 300)
  await redis.set(stateKey(tenants[1].name, 'circuit-breaker', 'totvs-crm'), 'no hash')
  expect(await ask(tenants)).toEqual(near(100, 1))
  expect(oldestOf(await scrape(tenants), '1/1')).toBeCloseTo(100, -1)
  expect(await ask(tenants.slice(1))).toMatchObject({ status: 503 })
})
