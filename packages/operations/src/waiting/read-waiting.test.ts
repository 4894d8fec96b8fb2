import { randomBytes } from 'node:crypto'
import { openProducerRedis, openQueues, queueName, queuePrefix, type Tenant } from '@ponte/runtime'
import {
  createCircuitBreaker,
  createCredentialRefusals,
  createFingerprint,
  createTenantMode,
  type RedisClient,
} from '@ponte/state'
import { UnrecoverableError, Worker } from 'bullmq'
import { exampleSettings } from '@ponte/testbed'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { STUCK_AFTER_MS } from '../queues/queue-snapshot.ts'
import { readBridge } from '../bridge/read-bridge.ts'
import { useQueues } from '../testing/use-queues.ts'
import { createFailedJobs } from '../failures/failed-jobs.ts'
import { readWaiting } from './read-waiting.ts'

const { redis, log, open, closeAfterwards } = useQueues()
const fingerprint = createFingerprint(randomBytes(32))
const operator = { name: 'ana', role: 'operator' } as const

const tenantOf = (name: string): readonly Tenant[] => [{ name, settings: exampleSettings() }]

async function read(
  tenants: readonly Tenant[],
  { from = redis, now = Date.now() }: { readonly from?: RedisClient; readonly now?: number } = {},
) {
  const queues = openQueues(tenants, from, log)
  const reader = { user: operator, language: 'en', now, limitMs: STUCK_AFTER_MS } as const
  const { isWithoutWorkers, tenants: found } = await readWaiting(
    { queues, redis: from, fingerprint, failedJobs: createFailedJobs(from) },
    tenants,
    reader,
  )
  await queues.close()
  const heldUp = found.flatMap(({ tenant, queues: own }) =>
    own.flatMap(({ kind, isHeldUp }) => (isHeldUp ? [`${tenant.name}.${kind}`] : [])),
  )
  return { isWithoutWorkers, found, heldUp }
}

/** A worker process of the tenant, as far as Redis sees it. */
async function work(tenant: string): Promise<void> {
  const connection = redis.duplicate()
  const workers = (['totvs-crm', 'rd-station'] as const).map(
    kind => new Worker(queueName(tenant, kind), null, { connection, prefix: queuePrefix(tenant), autorun: false }),
  )
  closeAfterwards(tenant, async () => {
    for (const worker of workers) await worker.close()
    connection.disconnect()
  })
  for (const worker of workers) await worker.waitUntilReady()
}

test('a worker process counts once for its tenant, whichever queue is read', async () => {
  const { name } = open()
  expect((await read(tenantOf(name))).found).toMatchObject([{ workers: 0 }])
  await work(name)
  await work(name)
  expect(await read(tenantOf(name))).toMatchObject({ isWithoutWorkers: false, heldUp: [], found: [{ workers: 2 }] })
})

test('without any worker only queues with something to do are held up; where another tenant has one, all of the tenant are', async () => {
  const [idle, busy] = [open(), open()]
  await idle.add('rd-station', 60_000)
  await busy.add('rd-station')
  const tenants = [...tenantOf(idle.name), ...tenantOf(busy.name)]
  expect(await read(tenants)).toMatchObject({ isWithoutWorkers: true, heldUp: [`${busy.name}.rd-station`] })
  await work(busy.name)
  const { heldUp } = await read(tenants)
  expect(heldUp.filter(queue => queue.startsWith(idle.name))).toHaveLength(3)
})

test('an event that waits is named as lists name it, masked, with its page and without its job', async () => {
  const { name, own } = open()
  const data = { v: 1, key: 'k', receivedAt: '2026-01-02T03:04:05.000Z', lead: { email: 'maria@example.com' } }
  await own['totvs-crm'].add('lead.registered', data, { jobId: 'old' })
  const { found } = await read(tenantOf(name), { now: Date.now() + 600_000 })
  const [event] = found[0]?.queues.find(({ kind }) => kind === 'totvs-crm')?.held?.longest ?? []
  expect(event).toEqual({
    name: 'lead.registered',
    about: expect.stringMatching(/^m.*@/),
    tenant: name,
    id: expect.any(String),
    job: { kind: 'totvs-crm', id: 'old' },
    waitedMs: expect.any(Number),
  })
  expect(JSON.stringify(found)).not.toContain('maria@example.com')
})

test('a system that was never called is said to be so, and an open breaker is told with the queue that waits for it', async () => {
  const { name, add } = open()
  await work(name)
  await add('totvs-crm')
  const policy = { failureThreshold: 1, probeMs: 60_000, maxProbeMs: 60_000 }
  const failure = { jobId: 'j', correlationKey: 'j', code: 'CRM_UNREACHABLE', kind: 'read', outage: true } as const
  await createCircuitBreaker(redis, name, policy).fail('totvs-crm', failure)
  const { found, heldUp } = await read(tenantOf(name))
  expect(found[0]?.connections.map(({ state }) => state)).toEqual(['down', 'not-tried'])
  expect(heldUp).toEqual([`${name}.totvs-crm`])
})

test('what Redis does not answer is missing and held up, and nothing is thrown', async () => {
  const away = openProducerRedis('redis://127.0.0.1:1', log)
  const { found, heldUp, isWithoutWorkers } = await read(tenantOf('away'), { from: away })
  away.disconnect()
  expect(found).toMatchObject([{ connections: [], workers: undefined }])
  expect([heldUp.length, isWithoutWorkers]).toEqual([3, false])
})

test('two failed marks of one opportunity are one failed event, as on every other page', async () => {
  const { name, own } = open()
  const queue = own['rd-station']
  const data = { v: 1, receivedAt: '2026-01-02T03:04:05.000Z', opportunityId: 'o-1', contextUrl: '/x' }
  await queue.add('opportunity.created', { ...data, key: 'created' }, { jobId: 'created' })
  await queue.add('opportunity.won', { ...data, key: 'won' }, { jobId: 'won' })
  const connection = redis.duplicate()
  const refuse = async (): Promise<never> => {
    throw new UnrecoverableError('RD_REJECTED: RD Station refused the data. (status=400)')
  }
  const worker = new Worker(queueName(name, 'rd-station'), refuse, { connection, prefix: queuePrefix(name) })
  closeAfterwards(name, async () => {
    await worker.close()
    connection.disconnect()
  })
  await expect.poll(() => queue.getFailedCount()).toBe(2)
  const { found } = await read(tenantOf(name))
  expect(found[0]?.queues.find(({ kind }) => kind === 'rd-station')?.held?.failed).toBe(1)
})

/** One event of a queue. `age`: how long it has waited, in milliseconds, or of one that is put off, until when it is. */
const events = fc.record({
  kind: fc.constantFrom('totvs-crm', 'rd-station'),
  is: fc.constantFrom('listed', 'prioritized', 'overdue', 'without room', 'put off'),
  age: fc.integer({ min: 5000, max: 900_000 }),
})

test('what waits, and since when, is the same on the page of what waits and in the state of the bridge, however it waits', async () => {
  const failedJobs = createFailedJobs(redis)
  await fc.assert(
    fc.asyncProperty(fc.array(events, { maxLength: 8 }), fc.boolean(), async (planted, isOpen) => {
      const { name, own } = open()
      const now = Date.now()
      for (const { kind, is, age } of planted) {
        const timestamp = now - age - 60_000
        const ways: Readonly<Record<typeof is, Partial<Record<'timestamp' | 'delay' | 'priority', number>>>> = {
          listed: { timestamp: now - age },
          prioritized: { timestamp: now - age, priority: 7 },
          overdue: { timestamp, delay: 60_000 },
          'without room': { timestamp, delay: now - timestamp + 1500 },
          'put off': { timestamp: now, delay: age },
        }
        const job = await own[kind].add('opportunity.won', {}, { jobId: crypto.randomUUID(), ...ways[is] })
        const room = { ats: 1, noRoomRun: 1, noRoomSince: now - age }
        if (is === 'without room') await redis.hset(own[kind].toKey(job.id ?? ''), room)
      }
      const waiting = planted.filter(({ is }) => is !== 'put off')
      const [oldest] = waiting.map(({ age }) => age).toSorted((one, other) => other - one)
      if (isOpen && oldest !== undefined) {
        const policy = { failureThreshold: 1, probeMs: 1, maxProbeMs: 1 }
        const failure = {
          jobId: 'j',
          correlationKey: 'j',
          code: 'CRM_UNREACHABLE',
          kind: 'read',
          outage: true,
        } as const
        await createCircuitBreaker(redis, name, policy).fail('totvs-crm', failure)
      }
      const bridge = await readBridge({ redis, failedJobs, tenants: [{ name }] }, { now })
      const { found } = await read(tenantOf(name), { now })
      const held = found[0]?.queues.flatMap(each => each.held ?? []) ?? []
      const sum = (of: (each: (typeof held)[number]) => number) => held.reduce((all, each) => all + of(each), 0)
      const ages = held.flatMap(({ oldestWaitingMs }) => oldestWaitingMs ?? [])
      const listed = held.flatMap(({ longest }) => longest.map(({ waitedMs }) => waitedMs))
      const counts = { waiting: waiting.length, delayed: planted.length - waiting.length }
      expect(bridge).toMatchObject({ ...counts, ...(oldest !== undefined && { oldestWaitingSince: now - oldest }) })
      expect({ waiting: sum(({ startable }) => startable), delayed: sum(({ later }) => later) }).toEqual(counts)
      expect(Math.max(0, ...ages)).toBe(oldest ?? 0)
      const tooLong = waiting.filter(({ age }) => age > STUCK_AFTER_MS).map(({ age }) => age)
      expect(sum(({ waitingTooLong }) => waitingTooLong)).toBe(tooLong.length)
      expect(Math.max(0, ...listed)).toBe(Math.max(0, ...tooLong))
    }),
    { numRuns: 20 },
  )
})

const policy = { failureThreshold: 1, probeMs: 60_000, maxProbeMs: 60_000 }
const codes = {
  'totvs-crm': { down: 'CRM_UNREACHABLE', refused: 'CRM_LOGIN_REJECTED' },
  'rd-station': { down: 'RD_UNREACHABLE', refused: 'RD_TOKEN_REVOKED' },
} as const

async function bringAbout(tenant: string, system: keyof typeof codes, state: 'ok' | 'down' | 'refused'): Promise<void> {
  const of = { correlationKey: 'j', code: codes[system][state === 'ok' ? 'down' : state] } as const
  if (state === 'down')
    await createCircuitBreaker(redis, tenant, policy).fail(system, { ...of, jobId: 'j', kind: 'read', outage: true })
  if (state === 'refused')
    await createCredentialRefusals(redis, tenant, policy).refuse(system, { ...of, credential: 'a', stage: 'login' })
}

test('what waits for a person is the same on the page of what waits and in the state of the bridge, whatever holds it up', async () => {
  const states = fc.constantFrom('ok', 'down', 'refused')
  const held = fc.record({
    paused: fc.subarray(['totvs-crm', 'rd-station'] as const),
    hasWorker: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.boolean()),
    file: fc.constantFrom('shadow', 'live'),
    redisSays: fc.constantFrom('live', 'live', 'shadow'),
    connections: fc.record({ 'totvs-crm': states, 'rd-station': states }),
  })
  await fc.assert(
    fc.asyncProperty(held, async ({ paused, hasWorker, file, redisSays, connections }) => {
      const { name, own, add } = open()
      if (hasWorker) await work(name)
      for (const kind of ['totvs-crm', 'rd-station'] as const) {
        await add(kind)
        if (paused.includes(kind)) await own[kind].pause()
        await bringAbout(name, kind, connections[kind])
      }
      const mode = createTenantMode(redis, name)
      await mode.declare('live')
      if (redisSays === 'shadow') await mode.goBack('now')
      const tenants = [{ name, settings: { ...exampleSettings(), mode: file } }]
      const bridge = await readBridge({ redis, failedJobs: createFailedJobs(redis), tenants }, { now: Date.now() })
      const { found } = await read(tenants)
      const bad = found[0]?.queues.flatMap(({ held }) => (held?.status.tone === 'bad' ? [held.startable] : [])) ?? []
      expect(bad.reduce((all, each) => all + each, 0)).toBe(bridge.waitingForPerson)
    }),
    { numRuns: 30 },
  )
})
