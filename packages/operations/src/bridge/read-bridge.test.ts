import { openProducerRedis, queueName, queuePrefix } from '@ponte/runtime'
import {
  createCircuitBreaker,
  createCredentialRefusals,
  createLastTimes,
  createTenantMode,
  createDriftObserver,
  createFingerprint,
  createTimelines,
  stateKey,
} from '@ponte/state'
import { UnrecoverableError, Worker } from 'bullmq'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createFailedJobs } from '../failures/failed-jobs.ts'
import { useQueues } from '../testing/use-queues.ts'
import { modeWords } from './mode-words.ts'
import { bridgeOf, readBridge } from './read-bridge.ts'
import { readStatusDocument, toStatusDocument } from './read-status.ts'
import { stateSentence } from './state-sentence.ts'

const { redis, log, options, open, closeAfterwards } = useQueues()
const failedJobs = createFailedJobs(redis)
const opening = { failureThreshold: 1, probeMs: 60_000, maxProbeMs: 60_000 }

/** A worker process of the tenant, as far as Redis sees it. */
async function work(
  tenant: string,
  process: () => Promise<void>,
  kind: 'totvs-crm' | 'rd-station' = 'totvs-crm',
): Promise<{ close: () => Promise<void> }> {
  const connection = redis.duplicate()
  const worker = new Worker(queueName(tenant, kind), process, { connection, prefix: queuePrefix(tenant) })
  await worker.waitUntilReady()
  const close = async (): Promise<void> => {
    await worker.close()
    connection.disconnect()
  }
  closeAfterwards(tenant, close)
  return { close }
}

const read = (tenant: string, now = Date.now()) =>
  readBridge({ redis, failedJobs, tenants: [{ name: tenant }] }, { now })

test('a tenant whose breakers are closed is connected to what has answered a call, and the other was not tried yet', async () => {
  const { name } = open()
  await createLastTimes(redis, name, () => 5).record('totvs-crm')
  const { connections, failed, waiting, delayed, unreadable, oldestWaitingSince } = await read(name)
  expect(connections).toEqual([
    { tenant: name, system: 'totvs-crm', state: 'ok', lastSuccess: 5 },
    { tenant: name, system: 'rd-station', state: 'not-tried' },
  ])
  expect({ failed, waiting, delayed, unreadable }).toEqual({ failed: 0, waiting: 0, delayed: 0, unreadable: [] })
  expect(oldestWaitingSince).toBeNull()
})

test.each([
  { code: 'RD_TOKEN_REVOKED', system: 'rd-station', state: 'disconnected' },
  { code: 'RD_UNAUTHORIZED', system: 'rd-station', state: 'disconnected' },
  { code: 'RD_CLIENT_REJECTED', system: 'rd-station', state: 'login-refused' },
  { code: 'CRM_LOGIN_REJECTED', system: 'totvs-crm', state: 'login-refused' },
  { code: 'CRM_UNAUTHORIZED', system: 'totvs-crm', state: 'login-refused' },
] as const)('a credential that $system refuses as $code is $state', async ({ code, system, state }) => {
  const { name } = open()
  const refusals = createCredentialRefusals(redis, name, { probeMs: 1000, maxProbeMs: 2000 })
  await refusals.refuse(system, { credential: 'a', correlationKey: 'job', code, stage: 'login' })
  const { connections } = await read(name)
  expect(connections.find(each => each.system === system)).toMatchObject({ tenant: name, state, code })
})

test('a system that is down, fails only writes or asked for a pause is named so, and no longer once that pause is over', async () => {
  const states = async (tenant: string, now?: number) => (await read(tenant, now)).connections.map(({ state }) => state)
  const failure = { jobId: 'j', correlationKey: 'j', code: 'CRM_UNREACHABLE', outage: true } as const
  const [down, writes, throttled] = [open(), open(), open()]
  await createCircuitBreaker(redis, down.name, opening).fail('totvs-crm', { ...failure, kind: 'read' })
  await createCircuitBreaker(redis, writes.name, opening).fail('totvs-crm', { ...failure, kind: 'write' })
  const asked = { code: 'RD_QUOTA_EXCEEDED', waitMs: 60_000 } as const
  await createCircuitBreaker(redis, throttled.name, opening).throttle('rd-station', asked)
  expect(await states(down.name)).toEqual(['down', 'not-tried'])
  expect(await states(writes.name)).toEqual(['no-answer-to-writes', 'not-tried'])
  expect(await states(throttled.name)).toEqual(['not-tried', 'throttled'])
  expect(await states(throttled.name, Date.now() + 61_000)).toEqual(['not-tried', 'not-tried'])
})

test('the job whose probe failed waits for its system like the others, though it comes back a little later than the breaker says', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const { name, add } = open()
  const failure = { jobId: 'j', correlationKey: 'j', code: 'CRM_UNREACHABLE', outage: true } as const
  await createCircuitBreaker(redis, name, opening).fail('totvs-crm', { ...failure, kind: 'read' })
  const now = Date.now()
  await add('totvs-crm')
  await add('totvs-crm', opening.probeMs + 300)
  expect(await read(name, now)).toMatchObject({ waiting: 2, delayed: 0 })
})

test('what is due waits, also for a pause, and what is delayed until later does not', async () => {
  const { name, add } = open()
  await add('totvs-crm')
  await add('rd-station')
  await add('rd-station', 30_000)
  await add('rd-station', 3_600_000)
  const now = Date.now()
  expect(await read(name, now)).toMatchObject({ waiting: 2, delayed: 2 })
  await createCircuitBreaker(redis, name, opening).throttle('rd-station', { code: 'RD_QUOTA_EXCEEDED', waitMs: 60_000 })
  expect(await read(name, now)).toMatchObject({ waiting: 3, delayed: 1 })
  // The delay of the job has ended, but no worker has moved it yet.
  expect(await read(name, now + 3_700_000)).toMatchObject({ waiting: 4, delayed: 0 })
})

test('the oldest that waits counts from when it could run, not from when it came', async () => {
  const { name, own, add } = open()
  const { id = '', timestamp } = await add('totvs-crm')
  expect((await read(name, timestamp + 90_000)).oldestWaitingSince).toBe(timestamp)

  // Failed a day ago, and retried by hand just now.
  const retried = await own['totvs-crm'].getJob(id)
  const worker = await work(name, async () => Promise.reject(new UnrecoverableError('CRM_REJECTED: no')))
  await expect.poll(() => own['totvs-crm'].getFailedCount()).toBe(1)
  await worker.close()
  await redis.hset(own['totvs-crm'].toKey(id), 'timestamp', timestamp - 86_400_000)
  await retried?.retry('failed')
  expect((await read(name)).oldestWaitingSince).toBeGreaterThanOrEqual(timestamp)
})

test('events wait for a person where the connection was lost, a person paused the queue, or no worker is connected', async () => {
  const { name, own, add } = open()
  await add('totvs-crm')
  await add('rd-station')
  expect(await read(name)).toMatchObject({ waiting: 2, waitingForPerson: 2, withoutWorker: [name] })

  await own['totvs-crm'].pause()
  await work(name, async () => {})
  expect(await read(name)).toMatchObject({
    waiting: 2,
    waitingForPerson: 1,
    withoutWorker: [],
    paused: [{ tenant: name, kind: 'totvs-crm' }],
  })

  const refusals = createCredentialRefusals(redis, name, { probeMs: 1000, maxProbeMs: 2000 })
  const revoked = { credential: 'a', correlationKey: 'job', code: 'RD_TOKEN_REVOKED', stage: 'login' } as const
  await refusals.refuse('rd-station', revoked)
  expect(await read(name)).toMatchObject({ waiting: 2, waitingForPerson: 2 })
})

test.each([
  { file: 'shadow', command: 'ponte shadow', isBack: false },
  { file: 'live', command: 'ponte switch', isBack: true },
] as const)(
  'events wait for a person where the tenants file says $file and Redis does not, until $command',
  async ({ file, isBack }) => {
    const { name, add } = open()
    for (let event = 0; event < 2; event++) await add('rd-station')
    await work(name, async () => {})
    const mode = createTenantMode(redis, name)
    await mode.declare('live')
    if (isBack) await mode.goBack('now')
    const states = async (modeOfFile: 'shadow' | 'live') => {
      const tenants = [{ name, settings: { mode: modeOfFile } }]
      const state = await readBridge({ redis, failedJobs, tenants }, { now: Date.now() })
      return [state.waitingForPerson, stateSentence(state, 'en')] as const
    }
    const detail = 'Nothing is lost: 2 events go on once you have fixed this.'
    expect(await states(file)).toEqual([2, { tone: 'bad', headline: '1 tenant starts no job', detail }])
    expect(await states(isBack ? 'shadow' : 'live')).toMatchObject([0, { tone: 'warn' }])
  },
)

test('before any process has told Redis, the mode of a tenant is that of its file, also in a document', async () => {
  const { name } = open()
  const tenants = [{ name, settings: { mode: 'shadow' as const } }]
  const state = await readBridge({ redis, failedJobs, tenants }, { now: Date.now() })
  const document = toStatusDocument({ state, failures: [] }, 'en')
  expect(document.tenants[0]?.mode).toBe('shadow')
  for (const { mode } of [...state.tenants, ...readStatusDocument(document).state.tenants])
    expect(modeWords(mode, { language: 'en', now: 0, timeZone: 'UTC' })).toBe('Shadow: nothing is written')
})

test('what failed is counted, the marks of an opportunity once', async () => {
  const { name, own, add } = open()
  await add('totvs-crm')
  for (let mark = 0; mark < 2; mark++) {
    const data = { v: 1, key: crypto.randomUUID(), receivedAt: new Date().toISOString(), opportunityId: '900' }
    await own['rd-station'].add('opportunity.won', data, { ...options, jobId: crypto.randomUUID() })
  }
  const refuse = async (): Promise<void> => Promise.reject(new UnrecoverableError('CRM_REJECTED: no'))
  await Promise.all([work(name, refuse), work(name, refuse, 'rd-station')])
  await expect.poll(() => own['rd-station'].getFailedCount()).toBe(2)
  await expect.poll(() => own['totvs-crm'].getFailedCount()).toBe(1)
  expect(await read(name)).toMatchObject({ failed: 2, waiting: 0 })
})

test('a tenant that cannot be read is named, and the others are told', async () => {
  const [good, bad] = [open(), open()]
  await good.add('totvs-crm')
  await redis.set(stateKey(bad.name, 'circuit-breaker', 'totvs-crm'), 'no hash')
  const state = await readBridge(
    { redis, failedJobs, tenants: [{ name: good.name }, { name: bad.name }] },
    { now: Date.now() },
  )
  expect(state).toMatchObject({ unreadable: [bad.name], waiting: 1 })
  expect(state.tenants.map(({ tenant }) => tenant)).toEqual([good.name])
  expect(bridgeOf(state, [bad.name])).toMatchObject({ tenants: [], waiting: 0, unreadable: [bad.name] })
})

test('a tenant of which nobody knows what its processes use is not said to be well', async () => {
  const { name } = open()
  const unread = redis.duplicate({ db: 15 })
  onTestFinished(() => unread.disconnect())
  await unread.set('ponte:processes', 'no list', 'EX', 60)
  const tenants = [{ name }]
  const state = await readBridge({ redis: unread, failedJobs: createFailedJobs(unread), tenants }, { now: Date.now() })
  await unread.del('ponte:processes')
  expect(state).toMatchObject({ tenants: [], unreadable: [name] })
})

test('without Redis all tenants are unknown, and nothing is thrown', async () => {
  const away = openProducerRedis('redis://127.0.0.1:1', log)
  const state = await readBridge(
    { redis: away, failedJobs: createFailedJobs(away), tenants: [{ name: 'a' }, { name: 'b' }] },
    { now: Date.now() },
  )
  away.disconnect()
  expect(state).toMatchObject({ tenants: [], unreadable: ['a', 'b'], failed: 0 })
})

test('what a vendor changed for several tenants is one change, which names them', async () => {
  const names = [open().name, open().name]
  for (const name of names) {
    const drift = createDriftObserver()
    drift.seeUnknown('crm.opportunity', 'status', 'SUSPENDED')
    const of = { event: 'x', key: crypto.randomUUID(), receivedAt: '', jobId: 'j', identities: [] }
    const run = { kind: 'run', at: 1, event: 'x', jobId: 'j', outcome: 'failed' } as const
    await createTimelines(redis, name, createFingerprint(Buffer.alloc(32, 1))).record(of, run, { drift })
  }
  const all = [...names, open().name].map(name => ({ name }))
  const state = await readBridge({ redis, failedJobs, tenants: all }, { now: Date.now() })
  expect(state.drift).toMatchObject([{ what: 'unknown-value', value: 'SUSPENDED', at: names }])
  expect(bridgeOf(state, names.slice(1)).drift).toMatchObject([{ at: names.slice(1) }])
})
