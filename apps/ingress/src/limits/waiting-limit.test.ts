import { countWaiting } from '@ponte/runtime'
import { waitingKey } from '@ponte/state'
import { type RedisServer, startRedis } from '@ponte/testbed'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { leadsOf as leads, openTestIngress, roomyIntake, type TestIngress } from '../testing/open-test-ingress.ts'

const MIB = 1024 * 1024

async function open(intake: object, { redisUrl = inject('redisUrl'), tenant = '' } = {}): Promise<TestIngress> {
  const ingress = await openTestIngress({ redisUrl, intake: { ...roomyIntake, ...intake }, ...(tenant && { tenant }) })
  onTestFinished(() => ingress.close())
  return ingress
}

const deliver = ({ statusOf }: TestIngress, payload: string | object) => statusOf('rd-station', payload)
const crmEvent = (description: string, eventId: string, id = 'o1') => ({
  ...{ eventId, trigger: { description } },
  source: { object: { contextUrl: '/opportunities' }, row: { id } },
})

test('who has as much waiting as may wait is answered 429 at both addresses of each process, and other tenants are not', async () => {
  const one = await open({ mostWaiting: 5 })
  const two = await open({ mostWaiting: 5 }, { tenant: one.tenant })
  const statuses = await Promise.all(
    [1, 2, 3, 4].flatMap(id => [one, two].map(to => deliver(to, leads(`a${to === one}${id}`)))),
  )
  expect(statuses.filter(status => status === 202)).toHaveLength(5)
  expect(statuses.filter(status => status === 429)).toHaveLength(3)
  expect(await one.jobs('lead.registered')).toHaveLength(5)
  const refused = await two.post('totvs-crm', crmEvent('Opportunity won', 'event-1'))
  expect(refused.statusCode).toBe(429)
  expect(refused.json()).toMatchObject({ code: 'INTAKE_LIMITED' })
  expect(refused.headers['retry-after']).toBe('60')
  expect(await one.statusOf('rd-station', leads('b'), { to: one.otherTenant })).toBe(202)
})

test('a delivery refused because too much waits is charged nothing, and the next is accepted as soon as there is room', async () => {
  const ingress = await open({ mostWaiting: 3, perMinute: 0.001, burst: 6 })
  for (const name of ['a', 'b', 'c']) expect(await deliver(ingress, leads(name))).toBe(202)
  for (let refused = 0; refused < 20; refused++) expect(await deliver(ingress, leads(`d${refused}-`, 500))).toBe(429)
  const queue = ingress.queues.of(ingress.tenant)['totvs-crm']
  await queue.drain()
  await countWaiting(ingress.redis, queue, ingress.tenant, 'totvs-crm')
  for (const name of ['e', 'f', 'g'])
    await expect.poll(() => deliver(ingress, leads(name)), { timeout: 30_000 }).toBe(202)
  // Six were accepted, and so many may come at once.
  expect(await deliver(ingress, leads('h'))).toBe(429)
})

test('however many updates of one opportunity come, only a hundred beside the first are remembered, and one has a timeline', async () => {
  const ingress = await open({ mostWaiting: 5 })
  const send = (id: number) => ingress.post('totvs-crm', crmEvent('Opportunity updated', `event-${id}`))
  const answers = await Promise.all(Array.from({ length: 300 }, (_unused, id) => send(id)))
  for (const answer of answers) {
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toMatchObject({ accepted: [{ event: 'opportunity.updated' }], duplicates: [] })
  }
  expect(await ingress.jobs('opportunity.updated')).toHaveLength(1)
  const keysOf = (what: string) => ingress.redis.keys(`{${ingress.tenant}}:ponte:${what}:*`)
  expect(await keysOf('update')).toHaveLength(101)
  await expect.poll(async () => (await keysOf('timeline')).length).toBe(1)
  expect((await send(0)).json()).toMatchObject({ accepted: [], duplicates: [{ event: 'opportunity.updated' }] })
})

test('no more mebibytes wait than may, whatever the size of a delivery', async () => {
  const ingress = await open({ mostWaitingMebibytes: 1 })
  expect(await deliver(ingress, leads('a', 1000))).toBe(429)
  const bytes = Number(await ingress.redis.hget(waitingKey(ingress.tenant, 'totvs-crm'), 'bytes'))
  expect(bytes).toBeLessThanOrEqual(MIB)
  expect(bytes).toBeGreaterThan(0.9 * MIB)
})

let small: RedisServer
beforeAll(async () => {
  small = await startRedis()
})
afterAll(() => small.stop())

/** Another ingress on a Redis that may use so much memory. What it uses already is not much more than nothing. */
async function openWithin(maxMemory: number | 'nearly full', intake: object = {}): Promise<TestIngress> {
  const ingress = await open(intake, { redisUrl: small.url })
  onTestFinished(async () => {
    await ingress.redis.config('SET', 'maxmemory', 0)
    await ingress.redis.flushall()
  })
  await ingress.redis.config('SET', 'maxmemory-policy', 'noeviction')
  const used = Number(/used_memory:(\d+)/.exec(await ingress.redis.info('memory'))?.[1])
  await ingress.redis.config('SET', 'maxmemory', maxMemory === 'nearly full' ? Math.round(used / 0.9) : maxMemory)
  return ingress
}

test('no more waits for a tenant than a quarter of the memory of Redis', async () => {
  const ingress = await openWithin(16 * MIB)
  const statuses: number[] = []
  for (let sent = 0; sent < 4; sent++) statuses.push(await deliver(ingress, leads(`a${sent}-`, 1000)))
  expect(statuses.slice(0, 2)).toEqual([202, 202])
  expect(statuses.at(-1)).toBe(429)
  expect(Number(await ingress.redis.hget(waitingKey(ingress.tenant, 'totvs-crm'), 'bytes'))).toBeLessThanOrEqual(
    4 * MIB,
  )
})

test('what nobody can read takes the same quarter', async () => {
  const ingress = await openWithin(24 * MIB)
  const statuses: number[] = []
  for (let sent = 0; sent < 8; sent++) statuses.push(await deliver(ingress, `{"${sent}": ${'x'.repeat(MIB - 100)}`))
  expect(statuses).toEqual([202, 202, 202, 202, 202, 429, 429, 429])
})

test('where Redis is nearly full, a tenant with more than 10,000 waiting is refused and one with less is not', async () => {
  const ingress = await openWithin(0)
  const { redis, tenant } = ingress
  await redis.hset(waitingKey(tenant, 'rd-station'), { jobs: 9999, bytes: 0 })
  const limited = await openWithin('nearly full', {})
  expect(await deliver(ingress, leads('a'))).toBe(202)
  expect(await deliver(ingress, leads('b'))).toBe(429)
  expect(await deliver(limited, leads('c'))).toBe(202)
})
