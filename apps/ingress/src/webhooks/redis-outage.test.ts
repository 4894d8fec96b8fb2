import { openWorkerRedis } from '@ponte/runtime'
import { type RedisServer, startRedis } from '@ponte/testbed'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openTestIngress, rdToken, type TestIngress } from '../testing/open-test-ingress.ts'
import { createReadiness } from '../health/health-routes.ts'

let redis: RedisServer
let ingress: TestIngress
let url: string
const extra: TestIngress[] = []

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

beforeEach(async () => {
  ingress = await openTestIngress({ redisUrl: redis.url, isPatient: false })
  url = await ingress.app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(async () => {
  redis.resume()
  for (const open of [ingress, ...extra.splice(0)]) await open.close()
})

/** Time of this process's event loop. A busy machine stretches it less than the time on the wall. */
let ticks = 0
setInterval(() => (ticks += 1), 10).unref()
const now = (): number => ticks * 10

/** Repeats the delivery like the sender, until it is taken. */
const untilAccepted = async (body: string, at?: Parameters<typeof deliver>[1]): Promise<void> =>
  await expect.poll(async () => (await deliver(body, at)).status).toBe(202)

const leads = (...names: string[]) =>
  JSON.stringify({ leads: names.map(name => ({ uuid: name, email: `${name}@example.com` })) })

async function deliver(body: string, to = { url, tenant: ingress.tenant }) {
  const start = now()
  const response = await fetch(`${to.url}/webhooks/${to.tenant}/rd-station`, {
    method: 'POST',
    headers: { apiToken: rdToken, 'content-type': 'application/json' },
    body,
  })
  const answer: unknown = await response.json()
  return { status: response.status, headers: response.headers, answer, ms: now() - start }
}

function expectUnavailable({ status, headers, answer }: Awaited<ReturnType<typeof deliver>>): void {
  expect(status).toBe(503)
  expect(headers.get('retry-after')).toBe('5')
  expect(answer).toMatchObject({ status: 503, code: 'QUEUE_UNAVAILABLE' })
}

const readiness = async () => {
  const response = await fetch(`${url}/readyz`)
  const answer: unknown = await response.json()
  return { status: response.status, answer }
}

test('a Redis that hangs: 503, also for many leads and many senders, and each lead once when it is back', async () => {
  redis.pause()
  const bodies = [
    leads('one'),
    leads('two', 'three', 'four'),
    ...Array.from({ length: 30 }, (_unused, n) => leads(`n${n}`)),
  ]
  for (const answer of await Promise.all(bodies.map(body => deliver(body)))) expectUnavailable(answer)
  // The same connections again, while commands that timed out are still on their way.
  expectUnavailable(await deliver(leads('one')))
  expect(await readiness()).toMatchObject({
    status: 503,
    answer: { ready: false },
  })

  redis.resume()
  await untilAccepted(leads('probe'))

  for (const body of bodies) await untilAccepted(body)
  const uuids = (await ingress.jobs('lead.registered')).map(job => job.lead.uuid)
  expect(uuids).toHaveLength(1 + 4 + 30)
  expect(new Set(uuids).size).toBe(uuids.length)
})

test(
  'an answer takes less than 2 s, also through a connection whose commands wait for Redis',
  { tags: ['timed'] },
  async () => {
    const patient = await openTestIngress({ redisUrl: redis.url, isPatient: false, openRedis: openWorkerRedis })
    extra.push(patient)
    const at = { url: await patient.app.listen({ host: '127.0.0.1', port: 0 }), tenant: patient.tenant }
    redis.pause()
    for (const answer of [await deliver(leads('patient'), at), await deliver(leads('one'))]) {
      expectUnavailable(answer)
      expect(answer.ms).toBeLessThan(2000)
    }
    redis.resume()
    await untilAccepted(leads('patient'), at)
    expect(await patient.jobs('lead.registered')).toHaveLength(1)
  },
)

test('a Redis that is killed: 503 at once, deliveries again on its return, and nothing acknowledged is lost', async () => {
  await untilAccepted(leads('before'))
  await untilAccepted('not JSON')
  await redis.kill()
  await expect.poll(() => ingress.redis.status).not.toBe('ready')
  expectUnavailable(await deliver(leads('during')))
  expectUnavailable(await deliver('not JSON either'))

  await redis.restart()
  await untilAccepted(leads('during'))
  expect((await ingress.jobs('lead.registered')).map(job => job.lead.uuid)).toEqual(['before', 'during'])
  expect(await ingress.quarantine()).toMatchObject([{ body: 'not JSON' }])
  await expect
    .poll(() => deliver(leads('before')))
    .toMatchObject({ status: 202, answer: { accepted: [], duplicates: [{}] } })
  await expect.poll(readiness).toEqual({ status: 200, answer: { ready: true } })
})

test('deliveries that come while Redis is killed and returns are acknowledged or refused, and what was acknowledged is there', async () => {
  const acknowledged: string[] = []
  const load = new AbortController()
  const sender = async (name: string): Promise<void> => {
    for (let n = 0; !load.signal.aborted; n++) {
      const { status } = await deliver(leads(`${name}-${n}`))
      expect([202, 503]).toContain(status)
      if (status === 202) acknowledged.push(`${name}-${n}`)
    }
  }
  // As many deliveries as come together in one step of Redis, which dies in the middle of one.
  const senders = Promise.all(Array.from({ length: 16 }, (_sender, index) => sender(`sender${index}`)))
  await expect.poll(() => acknowledged.length).toBeGreaterThan(50)
  await redis.kill()
  const soFar = acknowledged.length
  await redis.restart()
  await expect.poll(() => acknowledged.length).toBeGreaterThan(soFar + 50)
  load.abort()
  await senders

  const kept = new Set((await ingress.jobs('lead.registered')).map(job => job.lead.uuid))
  expect(acknowledged.filter(uuid => !kept.has(uuid))).toEqual([])
})

test('an ingress that starts while Redis is away refuses, and accepts when it comes', async () => {
  await redis.kill()
  const early = await openTestIngress({ redisUrl: redis.url, isPatient: false, awaitRedis: false })
  extra.push(early)
  const at = { url: await early.app.listen({ host: '127.0.0.1', port: 0 }), tenant: early.tenant }
  expectUnavailable(await deliver(leads('early'), at))
  await redis.restart()
  await untilAccepted(leads('early'), at)
  expect(await early.jobs('lead.registered')).toHaveLength(1)
})

test('the readiness warns of a Redis that may forget what it confirmed', async () => {
  // The same as the ops port shows.
  const details = () => createReadiness(ingress.redis)()
  expect(await details()).toEqual({ ready: true, warnings: [] })
  await ingress.redis.config('SET', 'appendfsync', 'everysec')
  await ingress.redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
  try {
    expect(await details()).toEqual({
      ready: true,
      warnings: [expect.stringContaining('appendfsync'), expect.stringContaining('maxmemory-policy')],
    })
  } finally {
    await ingress.redis.config('SET', 'appendfsync', 'always')
    await ingress.redis.config('SET', 'maxmemory-policy', 'noeviction')
  }
})

test('a full Redis refuses, and nothing is acknowledged', async () => {
  await ingress.redis.config('SET', 'maxmemory', '1mb')
  try {
    expectUnavailable(await deliver(leads('full')))
    expectUnavailable(await deliver('full of nonsense'))
  } finally {
    await ingress.redis.config('SET', 'maxmemory', '0')
  }
  expect(await ingress.countJobs()).toBe(0)
  await untilAccepted(leads('full'))
})
