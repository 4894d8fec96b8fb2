import { createReplicas } from '@ponte/state'
import { type RedisServer, startRedis, PATIENCE_MS } from '@ponte/testbed'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createReadiness } from '../health/health-routes.ts'
import { openTestIngress, type TestIngress } from '../testing/open-test-ingress.ts'

let primary: RedisServer
let replica: RedisServer
let ingress: TestIngress

beforeAll(async () => {
  ;[primary, replica] = await Promise.all([startRedis(), startRedis()])
  const follower = await openTestIngress({ redisUrl: replica.url })
  await follower.redis.replicaof('127.0.0.1', primary.port)
  await follower.close()
})
afterAll(() => Promise.all([primary.stop(), replica.stop()]))

beforeEach(async () => {
  const replicas = createReplicas({ wanted: 1, waitMs: 300 })
  // The first delivery that cannot be read fills the quarantine.
  const intake = { quarantineMaxDeliveries: 1 }
  ingress = await openTestIngress({ redisUrl: primary.url, replicas, intake })
  await ingress.redis.config('SET', 'repl-diskless-sync-delay', '0')
  await vi.waitFor(async () => {
    const found = await ingress.redis.info('replication')
    if (!/^slave0:.*state=online.*lag=[01]\b/m.test(found)) throw new Error('the replica is not in step yet')
  }, PATIENCE_MS)
})
afterEach(async () => {
  replica.resume()
  await ingress.close()
})

async function post(path: string, payload: string) {
  const response = await ingress.post(path, payload)
  const answer: unknown = response.json()
  return { status: response.statusCode, retryAfter: response.headers['retry-after'], answer }
}

const refused = { status: 503, retryAfter: '5', answer: { code: 'REPLICAS_MISSING' } }

const update = JSON.stringify({
  eventId: 'update-1',
  source: { object: { contextUrl: '/api/v1/opportunity/opportunities' }, row: { id: 'opportunity-1' } },
})

test.each([
  ['a lead', 'rd-station', JSON.stringify({ leads: [{ uuid: 'one', email: 'one@example.com' }] })],
  ['an update of an opportunity', 'totvs-crm/opportunity-updated', update],
  ['a delivery that cannot be read', 'rd-station', 'not JSON'],
])(
  '%s is refused while too few replicas have it, its repeat too, and confirmed when they have it',
  async (_what, ...delivery) => {
    replica.pause()
    expect(await post(...delivery)).toMatchObject(refused)
    // The event is there already: only the repeat's own write shows that no replica has it.
    expect(await ingress.countJobs()).toBe(1)
    expect(await post(...delivery)).toMatchObject(refused)

    replica.resume()
    const answered = async () => (await post(...delivery)).status
    await expect.poll(answered).toBe(202)
    expect(await ingress.countJobs()).toBe(1)
  },
)

test('the repeat of an update that was confirmed is refused while too few replicas are there', async () => {
  const repeat = () => post('totvs-crm/opportunity-updated', update)
  await expect.poll(repeat).toMatchObject({ status: 202, answer: { duplicates: [{}] } })
  replica.pause()
  expect(await repeat()).toMatchObject(refused)
})

test('the readiness warns when no replica is to spare', async () => {
  const warningsFor = async (waitReplicas: number) => await createReadiness(ingress.redis, { waitReplicas })()
  expect(await warningsFor(0)).toEqual({ ready: true, warnings: [] })
  expect(await warningsFor(1)).toEqual({ ready: true, warnings: [expect.stringContaining('1 replicas in step')] })
})
