import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { openTestIngress, roomyIntake, type TestIngress } from '../testing/open-test-ingress.ts'

const redisUrl = inject('redisUrl')
const MIB = 1024 * 1024

async function open(limits: object, tenant?: string): Promise<TestIngress> {
  const ingress = await openTestIngress({ redisUrl, intake: { ...roomyIntake, ...limits }, ...(tenant && { tenant }) })
  onTestFinished(() => ingress.close())
  return ingress
}

const deliver = ({ post }: TestIngress, payload: string) => post('rd-station', payload)
const readable = (name: string): string => JSON.stringify({ leads: [{ email: `${name}@b.example` }] })
/** A body that nobody can read. */
const unreadable = (name: string, bytes = 20): string => `{"${name}": ${'x'.repeat(bytes)}`

const quarantineOf = ({ queues, tenant }: TestIngress) => queues.of(tenant)

test('a sender who fills quarantine through two processes is refused at its limit; each confirmed delivery is kept and readable ones go through', async () => {
  const one = await open({ quarantineMaxDeliveries: 30 })
  const other = await open({ quarantineMaxDeliveries: 30 }, one.tenant)
  const flood = Array.from({ length: 120 }, (_unused, index) =>
    deliver(index % 2 ? one : other, unreadable(`b${index}`)),
  )
  const answers = await Promise.all([...flood, deliver(one, readable('ana')), deliver(other, readable('bia'))])
  const statuses = answers.map(({ statusCode }) => statusCode)
  expect(statuses.slice(0, 120).filter(status => status === 202)).toHaveLength(30)
  expect(statuses.slice(0, 120).filter(status => status === 429)).toHaveLength(90)
  expect(statuses.slice(120)).toEqual([202, 202])
  const refused = answers.find(({ statusCode }) => statusCode === 429)
  expect(refused?.json()).toMatchObject({ code: 'QUARANTINE_FULL', status: 429 })
  expect(refused?.headers['content-type']).toContain('application/problem+json')
  expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0)
  const confirmed = statuses.flatMap((status, index) =>
    status === 202 && index < 120 ? [unreadable(`b${index}`)] : [],
  )
  const kept = await one.quarantine()
  expect(kept.map(({ body }) => body).toSorted()).toEqual(confirmed.toSorted())
  expect(await one.jobs('lead.registered')).toHaveLength(2)
  // Other tenants have their own room, and a repeat of a kept delivery needs none.
  expect((await deliver(other, confirmed[0] ?? '')).json()).toMatchObject({ quarantined: [{ code: 'BODY_NOT_JSON' }] })
  expect(await one.statusOf('rd-station', '{', { to: one.otherTenant })).toBe(202)
  expect(one.log().match(/quarantine is full/g)).toHaveLength(1)
})

test('quarantine has a limit in bytes too, whichever source they come from', async () => {
  const ingress = await open({ quarantineMaxMebibytes: 8 })
  const large = (name: string): string => unreadable(name, 0.9 * MIB)
  const statuses: number[] = []
  for (let sent = 0; sent < 10; sent++) statuses.push((await deliver(ingress, large(`b${sent}`))).statusCode)
  expect(statuses.filter(status => status === 202)).toHaveLength(8)
  expect(statuses.slice(8)).toEqual([429, 429])
  const { bytes } = await quarantineOf(ingress).quarantineSize.current()
  expect(bytes).toBeLessThanOrEqual(8 * MIB)
  expect(await ingress.statusOf('totvs-crm', large('c'))).toBe(429)
})

test('of a delivery that is partly readable the leads go through while quarantine is full, and are duplicates when it is repeated', async () => {
  const ingress = await open({ quarantineMaxDeliveries: 1 })
  await deliver(ingress, unreadable('first'))
  const mixed = JSON.stringify({ leads: [{ email: 'ana@b.example' }, 'no lead'] })
  expect((await deliver(ingress, mixed)).json()).toMatchObject({ code: 'QUARANTINE_FULL' })
  expect(await ingress.jobs('lead.registered')).toHaveLength(1)
  await quarantineOf(ingress).quarantine.obliterate({ force: true })
  await expect.poll(async () => (await deliver(ingress, mixed)).statusCode, { interval: 500 }).toBe(202)
  expect(await ingress.jobs('lead.registered')).toHaveLength(1)
  expect(await ingress.quarantine()).toHaveLength(1)
})

test('what a full quarantine refuses is charged nothing, so that what can be read goes on', async () => {
  const slow = { perMinute: 0.001, burst: 5, mebibytesPerMinute: 0.001, mebibytesBurst: 1 }
  const ingress = await open({ quarantineMaxDeliveries: 1, ...slow })
  expect((await deliver(ingress, unreadable('kept'))).statusCode).toBe(202)
  for (let sent = 0; sent < 5; sent++) {
    const answer = await deliver(ingress, unreadable(`refused-${sent}`, 500 * 1024))
    expect(answer.json()).toMatchObject({ code: 'QUARANTINE_FULL' })
  }
  // Also when a part of it was kept: the sender repeats all of it.
  const mixed = JSON.stringify({ leads: [{ email: 'caio@b.example' }, 'no lead'] })
  for (let sent = 0; sent < 3; sent++)
    expect((await deliver(ingress, mixed)).json()).toMatchObject({ code: 'QUARANTINE_FULL' })
  expect(await ingress.jobs('lead.registered')).toHaveLength(1)
  for (const name of ['ana', 'bia', 'davi', 'eva'])
    expect((await deliver(ingress, readable(name))).statusCode).toBe(202)
  expect((await deliver(ingress, readable('fabio'))).json()).toMatchObject({ code: 'INTAKE_LIMITED' })
})

test('what is removed makes room again by itself, and what is done does not count', async () => {
  const ingress = await open({ quarantineMaxDeliveries: 3 })
  for (const name of ['a', 'b', 'c']) expect((await deliver(ingress, unreadable(name))).statusCode).toBe(202)
  expect((await deliver(ingress, unreadable('d'))).statusCode).toBe(429)
  const { quarantine, quarantineSize } = quarantineOf(ingress)
  const [first] = await quarantine.getJobs(['waiting'])
  await first?.remove()
  await expect.poll(async () => (await deliver(ingress, unreadable('d'))).statusCode, { interval: 500 }).toBe(202)
  const before = await quarantineSize.current()
  expect(before.deliveries).toBe(3)
  expect(await quarantineSize.measure()).toEqual(before)
})

test('a delivery that comes while another process measures for the first time counts once', async () => {
  const one = await open({ quarantineMaxDeliveries: 1000 })
  const other = await open({ quarantineMaxDeliveries: 1000 }, one.tenant)
  const { quarantine, quarantineSize } = quarantineOf(one)
  const read = quarantine.getRanges.bind(quarantine)
  const held = Promise.withResolvers<void>()
  const measuring = vi.spyOn(quarantine, 'getRanges').mockImplementationOnce(async (...of) => {
    await held.promise
    return await read(...of)
  })
  const slow = deliver(one, unreadable('slow'))
  await expect.poll(() => measuring.mock.calls.length).toBe(1)
  expect((await deliver(other, unreadable('fast'))).statusCode).toBe(202)
  held.resolve()
  expect((await slow).statusCode).toBe(202)
  expect(await quarantineSize.current()).toEqual(await quarantineSize.measure())
  expect((await quarantineSize.current()).deliveries).toBe(2)
})

test('a counter that was lost or is wrong is set right by measuring what is there, also while deliveries come', async () => {
  const ingress = await open({ quarantineMaxDeliveries: 1000 })
  for (const name of ['a', 'b']) await deliver(ingress, unreadable(name))
  const { quarantineSize } = quarantineOf(ingress)
  const key = `{${ingress.tenant}}:ponte:quarantine-size`
  const right = await quarantineSize.current()
  expect(await ingress.redis.pttl(key)).toBeGreaterThan(0)
  await ingress.redis.del(key)
  await deliver(ingress, unreadable('c'))
  expect((await quarantineSize.current()).deliveries).toBe(3)
  await ingress.redis.hset(key, { deliveries: 500, bytes: -7 })
  expect(await quarantineSize.measure()).toMatchObject({ deliveries: 3 })
  expect((await quarantineSize.current()).bytes).toBeGreaterThan(right.bytes)
  // A repeat reserves room and releases it.
  const before = await quarantineSize.current()
  await deliver(ingress, unreadable('a'))
  expect(await quarantineSize.current()).toEqual(before)
  const many = Array.from({ length: 40 }, (_unused, index) => deliver(ingress, unreadable(`m${index}`)))
  await Promise.all([...many, ...Array.from({ length: 5 }, () => quarantineSize.measure())])
  await quarantineSize.measure()
  expect((await quarantineSize.current()).deliveries).toBe(43)
})
