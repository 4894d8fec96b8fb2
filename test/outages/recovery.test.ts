import { type RedisServer, startRedis, type WorkerProcess } from '@ponte/testbed'
import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { type OwnCompany, newEmail, patience, startCompany, sendUntilAccepted } from '../support/company.ts'
import { openQueueView, type QueueView } from '../support/queue-view.ts'
import { openTestRedis } from '../support/redis/redis-contents.ts'
import { firstOf } from '../support/long-run.ts'

// A Redis of its own, to be killed, frozen and filled.
let server: RedisServer
let redis: Redis
let company: OwnCompany
let view: QueueView
beforeAll(async () => {
  server = await startRedis()
  redis = openTestRedis(server.url)
  company = await startCompany({ redisUrl: server.url, workflows: false })
  view = openQueueView(server.url, company.ponte.tenant.name)
})
afterAll(async () => {
  await view.close()
  await company.stop()
  redis.disconnect()
  await server.stop()
})
afterEach(() => company.sandbox.clearFaults())

const newPerson = () => company.convert({ name: 'Sobrevivente', email: newEmail() })
type Person = Awaited<ReturnType<typeof newPerson>>

/** One delivery, without the repeats that RD Station makes. */
async function post({ uuid, email }: Person, convertedAt = Date.now()) {
  const response = await fetch(company.ponte.tenant.rdStationUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', apiToken: company.ponte.tenant.tokens.rdStation },
    body: JSON.stringify({
      leads: [
        {
          uuid,
          email,
          name: 'Sobrevivente',
          number_conversions: '1',
          last_conversion: {
            created_at: new Date(convertedAt).toISOString(),
            content: { identificador: 'formulário' },
          },
        },
      ],
    }),
  })
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    answer: await response.text(),
  }
}

const arrivals = async (person: Person): Promise<[leads: number, opportunities: number]> => {
  const leads = (await company.leads()).filter(({ emails }) => emails.some(({ email }) => email === person.email))
  return [leads.length, (await company.opportunitiesOf(person)).length]
}
const untilArrived = (person: Person, timeout = patience.timeout): Promise<void> =>
  expect.poll(() => arrivals(person), { timeout, interval: 20 }).toEqual([1, 1])

async function expectRefused(person: Person): Promise<void> {
  const { status, retryAfter, answer } = await post(person)
  expect(status).toBe(503)
  expect(JSON.parse(answer)).toMatchObject({ code: 'QUEUE_UNAVAILABLE' })
  expect(Number(retryAfter)).toBeGreaterThan(0)
}

/** A delivery is acknowledged and has its effect. How soon is measured by `npm run bench`. */
async function untilWorkGoesOn(): Promise<void> {
  const person = await newPerson()
  await expect.poll(async () => (await post(person)).status, { ...patience, interval: 20 }).toBe(202)
  await untilArrived(person)
}

const lastWorker = (): WorkerProcess => {
  const worker = company.ponte.workers.at(-1)
  if (worker === undefined) throw new Error('no worker was started')
  return worker
}

describe('a worker', () => {
  const steps = [
    ['creates the lead', false, { action: 'create', resource: 'leads-integration' }],
    ['creates the opportunity', false, { action: 'create', resource: 'opportunities-integration' }],
    ['looks for the opportunities of a known lead', true, { method: 'GET', resource: 'opportunities-integration' }],
  ] as const

  test.each(firstOf(1, steps))(
    'is killed while it %s: another one takes over, and the effect is there once',
    async (_what, isKnown, match) => {
      const person = await newPerson()
      if (isKnown) {
        // Another conversion: within two seconds it would be the same one.
        await post(person, Date.now() - 60_000)
        await untilArrived(person)
        await view.untilQuiet('totvs-crm')
      }
      const killed = lastWorker()
      const other = await company.ponte.startWorker()
      other.pause()
      const before = await company.numberOfLastCall()
      await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'latency', delayMs: 60_000 })
      await sendUntilAccepted(() => post(person))
      await expect.poll(() => company.sandbox.calls({ ...match, after: before }), patience).toHaveLength(1)
      other.resume()
      const seen = await company.numberOfLastCall()
      await killed.kill('SIGKILL')
      await company.sandbox.clearFaults()
      await expect.poll(async () => (await company.sandbox.calls({ after: seen })).length, patience).toBeGreaterThan(0)
      await untilArrived(person)
      await view.untilQuiet('totvs-crm')
      expect(await arrivals(person)).toEqual([1, 1])
      expect(await view.failed('totvs-crm')).toEqual([])
    },
  )

  test('is asked to stop during jobs: it finishes them, leaves the rest to others, and ends with code 0', async () => {
    const stopping = lastWorker()
    const people = await Promise.all(Array.from({ length: 16 }, newPerson))
    const before = await company.numberOfLastCall()
    const match = { action: 'create', resource: 'leads-integration' }
    // Held until the fault is removed, so that a slow machine sees ten jobs under way as well; a call waits for 15 s.
    await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'latency', delayMs: 60_000, times: 'forever' })
    await Promise.all(people.map(person => sendUntilAccepted(() => post(person))))
    await expect.poll(async () => (await company.sandbox.calls({ ...match, after: before })).length, patience).toBe(10)
    const stopped = stopping.stop()
    // From this line on it takes no more jobs.
    await expect.poll(stopping.output, patience).toContain('shutting down')
    await company.sandbox.clearFaults()
    expect(await stopped).toEqual({ code: 0, signal: null })
    const arrived = await Promise.all(people.map(arrivals))
    expect(arrived.filter(([leads, opportunities]) => leads === 1 && opportunities === 1)).toHaveLength(10)
    expect(await view.countPending('totvs-crm')).toBe(6)

    await company.ponte.startWorker()
    await Promise.all(people.map(person => untilArrived(person)))
    await view.untilQuiet()
    const jobs = (await Promise.all(people.map(({ uuid }) => view.jobs('totvs-crm', uuid)))).flat()
    expect(jobs.map(({ attempts, state }) => [state, attempts])).toEqual(people.map(() => ['completed', 1]))
    expect(await company.sandbox.calls({ ...match, after: before })).toHaveLength(16)
  })

  test.runIf(inject('isLongRun'))(
    'is asked to stop while Redis stands still: it ends itself with code 1, and another one takes over its job',
    async () => {
      const stopping = lastWorker()
      const person = await newPerson()
      const before = await company.numberOfLastCall()
      const match = { action: 'create', resource: 'leads-integration' }
      await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'latency', delayMs: 60_000, times: 'forever' })
      await sendUntilAccepted(() => post(person))
      await expect.poll(() => company.sandbox.calls({ ...match, after: before }), patience).toHaveLength(1)
      server.pause()
      try {
        // A process that does not end itself is killed, which is a signal.
        expect(await stopping.stop()).toEqual({ code: 1, signal: null })
      } finally {
        server.resume()
      }
      expect(stopping.output()).toContain('shutdown took too long')
      await company.sandbox.clearFaults()
      await company.ponte.startWorker()
      await untilArrived(person)
      await view.untilQuiet()
      expect(await arrivals(person)).toEqual([1, 1])
    },
  )
})

describe('Redis', () => {
  /**
   * The longer one: while it lasts, tries to connect must not become so rare that the end is missed. That an ingress and a worker survive
   * a Redis that stands still is shown by itself as well: `redis-outage` and `silent-primary`.
   */
  const outages = [
    [
      'is killed',
      8000,
      async () => {
        await server.kill()
        return () => server.restart()
      },
    ],
    [
      'stands still',
      2000,
      async () => {
        server.pause()
        return async () => server.resume()
      },
    ],
    [
      'has no memory left',
      2000,
      async () => {
        await redis.config('SET', 'maxmemory', '1mb')
        return async () => void (await redis.config('SET', 'maxmemory', '0'))
      },
    ],
    [
      'has become a read-only replica',
      2000,
      async () => {
        await redis.replicaof('127.0.0.1', '1')
        return async () => void (await redis.replicaof('NO', 'ONE'))
      },
    ],
  ] as const

  test.each(firstOf(1, outages))(
    '%s: every delivery is answered 503 with Retry-After meanwhile, and work goes on by itself afterwards',
    async (_what, lastsMs, begin) => {
      const processes = [company.ponte.ingress.pid, lastWorker().pid]
      const early = await Promise.all(Array.from({ length: 5 }, newPerson))
      const refused = await Promise.all(Array.from({ length: 3 }, newPerson))
      await Promise.all(early.map(person => sendUntilAccepted(() => post(person))))
      const end = await begin()
      let ended = false
      try {
        const [first] = refused
        if (first !== undefined) await expectRefused(first)
        const since = Date.now()
        await expect.poll(() => Date.now() - since, patience).toBeGreaterThan(lastsMs)
        await Promise.all(refused.map(expectRefused))
        await end()
        ended = true
      } finally {
        if (!ended) await end()
      }
      await untilWorkGoesOn()
      // What was acknowledged before is there; what was refused is there once it is sent again, and never twice.
      for (const person of early) await untilArrived(person)
      await Promise.all(refused.map(person => sendUntilAccepted(() => post(person))))
      for (const person of refused) await untilArrived(person)
      await view.untilQuiet()
      for (const person of [...early, ...refused]) expect(await arrivals(person)).toEqual([1, 1])
      expect(await view.failed('totvs-crm')).toEqual([])
      expect([company.ponte.ingress.pid, lastWorker().pid]).toEqual(processes)
      const bothRun = Promise.resolve('both run')
      expect(await Promise.race([lastWorker().exited, company.ponte.ingress.exited, bothRun])).toBe('both run')
    },
  )
})
