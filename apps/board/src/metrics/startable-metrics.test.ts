import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createLogger, openProducerRedis, openQueues, parseTenants, shardOf, type Tenant } from '@ponte/runtime'
import { stateKey } from '@ponte/state'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { addStartableMetrics, answerStartable } from './startable-metrics.ts'

const log = createLogger({ level: 'silent', process: 'test' })
const redis = openProducerRedis(inject('redisUrl'), log)
beforeAll(async () => {
  if (redis.status !== 'ready') await once(redis, 'ready')
})
afterAll(() => redis.disconnect())

/** A tenant of the shard `number` of two. */
function tenantOf(number: number): Tenant {
  const name = `t-${randomBytes(6).toString('hex')}`
  if (shardOf(name, 2) !== number) return tenantOf(number)
  const settings = {
    webhookTokens: { rdStation: 'rd-webhook-token-1234', totvsCrm: 'crm-webhook-token-1234' },
    rdStation: { clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh' },
    totvsCrm: { username: 'user', password: 'password', tenant: 'demo' },
    variables: { totvs_crm_default_user: 'vendas@demo.example' },
  }
  const [tenant] = parseTenants(JSON.stringify({ tenants: { [name]: settings } }), {})
  if (tenant === undefined) throw new Error('the file has a tenant')
  return tenant
}

/** An event that has waited for so many seconds. */
async function addWaiting({ name }: Tenant, seconds: number): Promise<void> {
  const queues = openQueues([{ name }], redis, log)
  onTestFinished(() => queues.close())
  const timestamp = Date.now() - seconds * 1000
  await queues.of(name)['totvs-crm'].add('lead.registered', {}, { jobId: crypto.randomUUID(), timestamp })
}

const ask = async (tenants: readonly Tenant[], query = '', from = redis) =>
  await answerStartable({ tenants: { current: () => tenants }, redis: from })(new URLSearchParams(query))

const scrape = async (tenants: readonly Tenant[], shards: number, from = redis): Promise<string> => {
  const registry = new Registry()
  addStartableMetrics(registry, { tenants: { current: () => tenants }, redis: from, shards })
  return await registry.metrics()
}

test('each shard shows the oldest event of its own tenants', async () => {
  const tenants = [tenantOf(1), tenantOf(1), tenantOf(2)] as const
  await addWaiting(tenants[0], 100)
  await addWaiting(tenants[1], 200)
  await addWaiting(tenants[2], 300)
  const text = await scrape(tenants, 2)
  expect(text).toMatch(/^ponte_oldest_startable_seconds\{shard="1\/2"\} 20\d(\.|$)/m)
  expect(text).toMatch(/^ponte_oldest_startable_seconds\{shard="2\/2"\} 30\d(\.|$)/m)
  expect(await scrape(tenants, 1)).toMatch(/^ponte_oldest_startable_seconds\{shard="1\/1"\} 30\d(\.|$)/m)
})

test('a scaler is answered for a shard, for tenants by name, and for all', async () => {
  const tenants = [tenantOf(1), tenantOf(2)] as const
  await addWaiting(tenants[0], 100)
  await addWaiting(tenants[1], 300)
  const near = (seconds: number, count: number) => ({
    status: 200,
    value: { oldestStartableSeconds: expect.closeTo(seconds, -1), tenants: count },
  })
  expect(await ask(tenants, 'shard=1/2')).toEqual(near(100, 1))
  expect(await ask(tenants, 'shard=2/2')).toEqual(near(300, 1))
  expect(await ask(tenants, `shard=${tenants[0].name}`)).toEqual(near(100, 1))
  expect(await ask(tenants)).toEqual(near(300, 2))
})

test('a shard without tenants has nothing that waits', async () => {
  expect(await ask([tenantOf(1)], 'shard=2/2')).toEqual({
    status: 200,
    value: { oldestStartableSeconds: 0, tenants: 0 },
  })
})

test.each([
  { query: 'shard=3/2', status: 400 },
  { query: 'shard=', status: 400 },
  { query: 'shard=nobody', status: 404 },
])('$query is refused: a scaler would take 0 for an answer', async ({ query, status }) => {
  const { status: answered, value } = await ask([tenantOf(1)], query)
  expect(answered).toBe(status)
  expect(value).toEqual({ problem: expect.stringMatching(/^shard: /) })
})

test('a tenant that cannot be read does not hide the others of its shard', async () => {
  const tenants = [tenantOf(1), tenantOf(1)] as const
  await addWaiting(tenants[0], 100)
  await addWaiting(tenants[1], 300)
  await redis.set(stateKey(tenants[1].name, 'circuit-breaker', 'totvs-crm'), 'no hash')
  expect(await ask(tenants)).toMatchObject({ status: 200, value: { tenants: 1 } })
  expect(await scrape(tenants, 1)).toMatch(/^ponte_oldest_startable_seconds\{shard="1\/1"\} 10\d(\.|$)/m)
  expect(await ask(tenants.slice(1))).toMatchObject({ status: 503 })
})

test('without Redis there is no figure, and a scaler is told so', async () => {
  const away = openProducerRedis('redis://127.0.0.1:1', log)
  onTestFinished(() => away.disconnect())
  const tenants = [tenantOf(1)]
  expect(await ask(tenants, '', away)).toEqual({ status: 503, value: { problem: 'redis does not answer' } })
  expect(await scrape(tenants, 1, away)).not.toMatch(/^ponte_oldest_startable_seconds/m)
})
