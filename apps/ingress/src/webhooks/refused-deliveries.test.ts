import { readLastTimes } from '@ponte/state'
import { OWN_USER_AGENT } from '@ponte/webhooks'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { BODY_LIMIT_BYTES } from '../limits/body-room.ts'
import { crmToken, openTestIngress, rdToken, type TestIngress } from '../testing/open-test-ingress.ts'

let ingress: TestIngress
beforeAll(async () => {
  ingress = await openTestIngress({ redisUrl: inject('redisUrl') })
})
afterAll(() => ingress.close())

const lead = { uuid: 'uuid-1', email: 'ana@cliente.example', name: 'Ana' }
const refused = async () => (await readLastTimes(ingress.redis, ingress.tenant))['rd-station'].refused?.reasons

interface Sent {
  readonly tenant?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: string
  readonly payload?: string
}
const send = ({ tenant = ingress.tenant, headers = {}, query = '', payload = '{}' }: Sent = {}): Promise<number> =>
  ingress.statusOf(`rd-station${query}`, payload, { to: tenant, headers: { apitoken: '', ...headers } })
const accept = async () => {
  expect(await ingress.statusOf('rd-station', { leads: [lead] })).toBe(202)
  await expect.poll(refused).toBeUndefined()
}
beforeEach(accept)

test('what is refused is counted by its reason, from each place of a token, until a delivery is accepted', async () => {
  expect(await send()).toBe(401)
  expect(await send({ headers: { apitoken: 'old' } })).toBe(401)
  expect(await send({ headers: { authorization: 'Bearer old' } })).toBe(401)
  expect(await send({ query: '?token=old' })).toBe(401)
  expect(await send({ query: '?token=' })).toBe(401)
  expect(await send({ headers: { apitoken: crmToken } })).toBe(401)
  const headers = { apitoken: rdToken }
  expect(await send({ headers, payload: 'x'.repeat(BODY_LIMIT_BYTES + 1) })).toBe(413)
  expect(await send({ headers: { ...headers, 'content-type': 'text/plain' } })).toBe(415)
  await expect.poll(refused).toEqual({ 'no-token': 2, 'wrong-token': 4, 'too-large': 1, 'wrong-type': 1 })
  await accept()
})

test('wrong tokens count also while their address is slowed down', async () => {
  let slowed = 0
  for (let guess = 0; guess < 60; guess += 1)
    if ((await send({ headers: { apitoken: `guess-${guess}` } })) === 429) slowed += 1
  expect(slowed).toBeGreaterThan(0)
  await expect.poll(refused).toEqual({ 'wrong-token': 60 })
})

test('the name of a tenant that does not exist never becomes a part of a key', async () => {
  const names = ['nobody', `${ingress.tenant}x`, '__proto__', 'a'.repeat(3000), '%7Bacme%7D', `${ingress.tenant}%20`]
  for (const tenant of names) expect([401, 404, 429]).toContain(await send({ tenant, headers: { apitoken: 'guess' } }))
  await send()
  await expect.poll(refused).toBeDefined()
  const keys = await ingress.redis.keys('*refused-deliveries*')
  expect(keys.filter(key => names.some(name => key.startsWith(`{${decodeURIComponent(name)}}`)))).toEqual([])
})

test('what a sender with the right token is refused for want of room, or at another address, is not counted', async () => {
  const tight = await openTestIngress({ redisUrl: inject('redisUrl'), intake: { perMinute: 1, burst: 1 } })
  const ask = (intent: string) => tight.statusOf(`totvs-crm${intent}`, { unreadable: intent })
  const statuses = [await ask(''), await ask(''), await ask('/nothing')]
  expect(statuses).toEqual([202, 429, 404])
  await tight.close()
  expect((await readLastTimes(ingress.redis, tight.tenant))['totvs-crm']).toEqual({ delivery: expect.any(Number) })
})

test('an example of the command line does not say that the sender delivers again', async () => {
  await send()
  await expect.poll(refused).toEqual({ 'no-token': 1 })
  const example = { headers: { 'user-agent': OWN_USER_AGENT } }
  expect(await ingress.statusOf('rd-station', { leads: [lead] }, example)).toBe(202)
  await send()
  await expect.poll(refused).toEqual({ 'no-token': 2 })
})

test('what was counted is written when the ingress closes', async () => {
  const closing = await openTestIngress({ redisUrl: inject('redisUrl') })
  for (const apitoken of ['', '']) await closing.post('rd-station', {}, { headers: { apitoken } })
  await closing.close()
  const times = await readLastTimes(ingress.redis, closing.tenant)
  expect(times['rd-station'].refused?.reasons).toEqual({ 'no-token': 2 })
})
