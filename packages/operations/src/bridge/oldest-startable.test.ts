import { openProducerRedis, queueName, queuePrefix, recordNoRoom, type TenantQueues } from '@ponte/runtime'
import {
  createCircuitBreaker,
  createCredentialRefusals,
  createRateLimiter,
  createTenantMode,
  stateKey,
} from '@ponte/state'
import { type Job, Worker } from 'bullmq'
import { expect, onTestFinished, test } from 'vitest'
import { useQueues } from '../testing/use-queues.ts'
import { readOldestStartable } from './oldest-startable.ts'

const { redis, log, options, open: openTenant } = useQueues()
const settings = { mode: 'live', rdStation: { callsPerMinute: 60 } } as const
const ANCIENT_MS = 3_600_000
type Kind = 'totvs-crm' | 'rd-station' | 'quarantine'

interface Opened {
  readonly name: string
  readonly own: TenantQueues
  readonly add: (kind: Kind, delay?: number) => Promise<number>
  readonly age: (now?: number) => Promise<number | undefined>
}

/** A tenant with queues of its own. `add` returns when the event came. */
function open(): Opened {
  const { name, own, add: addJob } = openTenant()
  const add = async (kind: Kind, delay?: number): Promise<number> => (await addJob(kind, delay)).timestamp
  const age = async (now = Date.now() + ANCIENT_MS): Promise<number | undefined> =>
    (await readOldestStartable(redis, [{ name, settings }], { now })).ageMs.get(name)
  return { name, own, add, age }
}

test.each(['totvs-crm', 'rd-station', 'quarantine'] as const)(
  'the oldest event of all queues of a tenant counts from when it came, and without events none does: in %s',
  async kind => {
    const { add, age } = open()
    expect(await age()).toBe(0)
    const came = await add(kind)
    await add('totvs-crm')
    expect(await age(came + 90_000)).toBe(90_000)
  },
)

test('a delayed event counts from when its delay is over', async () => {
  const { add, age } = open()
  const came = await add('totvs-crm', 60_000)
  expect(await age(came + 59_000)).toBe(0)
  expect(await age(came + 90_000)).toBe(30_000)
})

type OwnQueue = TenantQueues[Kind]

test.each<[string, (queue: OwnQueue) => Promise<unknown>, (queue: OwnQueue) => Promise<unknown>]>([
  ['a person paused', queue => queue.pause(), queue => queue.resume()],
  ['waits for the end of a pause', queue => queue.rateLimit(60_000), queue => queue.removeRateLimitKey()],
])('events of a queue that %s do not count', async (_what, hold, release) => {
  const { own, add, age } = open()
  await add('totvs-crm')
  await hold(own['totvs-crm'])
  expect(await age()).toBe(0)
  await release(own['totvs-crm'])
  expect(await age()).toBeGreaterThan(0)
})

test('events of a tenant that a command of the command line has to bring to the mode of its file do not count', async () => {
  const { name, add } = open()
  await add('totvs-crm')
  const mode = createTenantMode(redis, name)
  const now = Date.now() + ANCIENT_MS
  const ageWith = async (modeOfFile: 'live' | 'shadow') =>
    (await readOldestStartable(redis, [{ name, settings: { ...settings, mode: modeOfFile } }], { now })).ageMs.get(name)
  await mode.declare('live')
  expect([await ageWith('shadow'), await ageWith('live')]).toEqual([0, expect.any(Number)])
  expect(await ageWith('live')).toBeGreaterThan(0)
  await mode.goBack('now')
  expect(await ageWith('live')).toBe(0)
  expect(await ageWith('shadow')).toBeGreaterThan(0)
})

test('events that wait for an open circuit breaker do not count, those of the other queue do', async () => {
  const { name, add, age } = open()
  const breaker = createCircuitBreaker(redis, name, { failureThreshold: 1, probeMs: 60_000, maxProbeMs: 60_000 })
  const failure = { jobId: 'j', correlationKey: 'j', code: 'RD_UNREACHABLE', outage: true, kind: 'write' } as const
  await breaker.fail('rd-station', failure)
  await add('rd-station')
  // The breaker is half-open by then. One event probes, and another worker could not start the rest.
  expect(await age()).toBe(0)
  await add('totvs-crm')
  expect(await age()).toBeGreaterThan(0)
})

test('events count again as soon as the pause is over that a system asked for', async () => {
  const { name, add, age } = open()
  const came = await add('rd-station')
  const breaker = createCircuitBreaker(redis, name, { failureThreshold: 1, probeMs: 60_000, maxProbeMs: 60_000 })
  await breaker.throttle('rd-station', { code: 'RD_QUOTA_EXCEEDED', waitMs: 60_000 })
  expect(await age(came + 30_000)).toBe(0)
  expect(await age(came + 90_000)).toBe(90_000)
})

test('events that wait for a refused credential do not count', async () => {
  const { name, add, age } = open()
  await add('totvs-crm')
  const refusals = createCredentialRefusals(redis, name, { probeMs: 1000, maxProbeMs: 2000 })
  const refusal = { credential: 'a', correlationKey: 'job', code: 'CRM_LOGIN_REJECTED', stage: 'login' } as const
  await refusals.refuse('totvs-crm', refusal)
  expect(await age()).toBe(0)
})

function openWorker(tenant: string, kind: Kind, process: (() => Promise<void>) | null): Worker {
  const connection = redis.duplicate()
  const limits = { concurrency: 5, limiter: { max: 1_000_000, duration: 1000 }, autorun: process !== null }
  const worker = new Worker(queueName(tenant, kind), process, { ...limits, connection, prefix: queuePrefix(tenant) })
  onTestFinished(async () => {
    await worker.close()
    connection.disconnect()
  })
  return worker
}

/** What a worker does whose process has no room, and one that has: takes the next job, and puts it back or delays it for another reason. */
function openTaker(tenant: string) {
  const worker = openWorker(tenant, 'totvs-crm', null)
  const take = async (): Promise<Job> => {
    const job = await worker.getNextJob('token', { block: false })
    if (job === undefined) throw new Error('there is no job')
    return job
  }
  return {
    putBack: async (pauseMs: number): Promise<void> => {
      const job = await take()
      await recordNoRoom(redis, worker.toKey(job.id ?? ''), job)
      await job.moveToDelayed(Date.now() + pauseMs, 'token')
    },
    delay: async (pauseMs: number): Promise<void> => await (await take()).moveToDelayed(Date.now() + pauseMs, 'token'),
  }
}

test('an event that full workers put back counts from when it came, however often', async () => {
  const { name, own, age } = open()
  const came = Date.now() - 60_000
  await own['totvs-crm'].add('lead.registered', {}, { ...options, jobId: crypto.randomUUID(), timestamp: came })
  const { putBack } = openTaker(name)
  const expectAge = async (): Promise<void> => {
    const now = Date.now()
    expect(await age(now)).toBe(now - came)
  }
  await putBack(1900)
  await expectAge()
  // A worker has moved it into the list again.
  const [job] = await own['totvs-crm'].getDelayed()
  await job?.promote()
  await expectAge()
  await putBack(1500)
  await expectAge()
})

test('an event that found room in between counts from when it found none again', async () => {
  const { name, own, add, age } = open()
  await add('totvs-crm', 600_000)
  const { putBack, delay } = openTaker(name)
  const promote = async (): Promise<void> => await (await own['totvs-crm'].getDelayed())[0]?.promote()
  await promote()
  await putBack(1500)
  await promote()
  // It ran, and is to be tried again later.
  await delay(600_000)
  expect(await age(Date.now() + 60_000)).toBe(0)
  const retried = Date.now()
  await promote()
  expect(await age(retried + 60_000)).toBeLessThanOrEqual(60_005)
  await putBack(1500)
  const [{ processedOn = 0 } = {}] = await own['totvs-crm'].getDelayed()
  await promote()
  expect(await age(processedOn + 60_000)).toBe(60_000)
})

test('marks do not count while as many run as the quota allows', async () => {
  const { name, own, add, age } = open()
  await own['rd-station'].setGlobalConcurrency(1)
  await add('rd-station')
  await add('rd-station')
  expect(await age()).toBeGreaterThan(0)
  const { promise: done, resolve: finish } = Promise.withResolvers<void>()
  openWorker(name, 'rd-station', () => done)
  await expect.poll(() => own['rd-station'].getActiveCount()).toBe(1)
  expect(await own['rd-station'].getWaitingCount()).toBe(1)
  expect(await age()).toBe(0)
  finish()
})

test('marks do not count while the next slot of a quota is far away, leads do', async () => {
  const { name, add, age } = open()
  await add('rd-station')
  const limiter = createRateLimiter(redis, name, settings.rdStation)
  await limiter.reserve('events', { maxWaitMs: 0 })
  expect(await age()).toBeGreaterThan(0)
  for (let taken = 0; taken < 60; taken++) await limiter.reserve('events', { maxWaitMs: ANCIENT_MS })
  expect(await age()).toBe(0)
  await add('totvs-crm')
  expect(await age()).toBeGreaterThan(0)
})

test('a tenant that cannot be read is named, and the others are told', async () => {
  const [good, bad] = [open(), open()]
  const came = await good.add('totvs-crm')
  await bad.add('totvs-crm')
  await redis.set(stateKey(bad.name, 'circuit-breaker', 'totvs-crm'), 'no hash')
  const tenants = [good, bad].map(({ name }) => ({ name, settings }))
  const { ageMs, unreadable } = await readOldestStartable(redis, tenants, { now: came + 5000 })
  expect([...ageMs]).toEqual([[good.name, 5000]])
  expect(unreadable).toEqual([bad.name])
})

test('without Redis nothing is known, and nothing is thrown', async () => {
  const away = openProducerRedis('redis://127.0.0.1:1', log)
  const found = await readOldestStartable(away, [{ name: 'a', settings }], { now: Date.now() })
  away.disconnect()
  expect(found).toEqual({ ageMs: new Map(), unreadable: ['a'] })
})
