import type { QuarantinedDelivery } from '@ponte/contracts'
import { beginRetry, readRetry } from '@ponte/operations'
import {
  createLogger,
  enqueueEvent,
  openQueues,
  openWorkerRedis,
  quarantineDelivery,
  queuePrefix,
  retryInFull,
} from '@ponte/runtime'
import {
  createCalendar,
  createFingerprint,
  createTenantMode,
  createTimelines,
  readDrift,
  stateKey,
  timelineId,
} from '@ponte/state'
import { parseCrmDelivery } from '@ponte/webhooks'
import { type Job, Worker } from 'bullmq'
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest'
import { createDeliveryReader } from './quarantined-delivery.ts'
import { testTenant } from '../testing/test-tenant.ts'

const receivedAt = '2026-01-02T03:04:05.000Z'
const log = createLogger({ level: 'silent', process: 'test' })

const fingerprint = createFingerprint(Buffer.alloc(32, 1))

const ofRd = (body: string): QuarantinedDelivery => ({
  ...{ v: 1, receivedAt, source: 'rd-station', body, encoding: 'utf8', form: false },
})

function open() {
  const tenant = testTenant()
  const redis = openWorkerRedis(inject('redisUrl'), log)
  const queues = openQueues([tenant], redis, log)
  const own = queues.of(tenant.name)
  const read = createDeliveryReader({ tenant, queues: own, redis, fingerprint, calendar: createCalendar('UTC'), log })
  const worker = new Worker(own.quarantine.name, read, {
    connection: redis,
    prefix: queuePrefix(tenant.name),
    // The same as in the worker's processes.
    lockDuration: 5000,
    lockRenewTime: 1500,
    stalledInterval: 1500,
    maxStalledCount: Number.MAX_SAFE_INTEGER,
  })
  return {
    tenant,
    queues: own,
    redis,
    timelines: createTimelines(redis, tenant.name, fingerprint),
    /** Puts a delivery into quarantine, waits until its first reading has failed, changes it and has it read again. */
    async repair(
      delivery: Partial<QuarantinedDelivery>,
      body: object,
      {
        meanwhile = () => Promise.resolve(),
        retry = retryInFull,
      }: { readonly meanwhile?: () => Promise<void>; readonly retry?: (job: Job) => Promise<boolean> } = {},
    ): Promise<string> {
      const { jobId } = await quarantineDelivery(own, tenant, { ...ofRd(''), ...delivery })
      await expect.poll(() => own.quarantine.getFailedCount()).toBe(1)
      await meanwhile()
      const job = await own.quarantine.getJob(jobId)
      await job?.updateData({ ...job.data, body: JSON.stringify(body) })
      expect(job && (await retry(job))).toBe(true)
      await expect.poll(() => own.quarantine.getJobCountByTypes('waiting', 'active')).toBe(0)
      return jobId
    },
    async close(): Promise<void> {
      await worker.close()
      for (const queue of queues.all()) await queue.obliterate({ force: true })
      await queues.close()
      redis.disconnect()
    },
  }
}

let set: ReturnType<typeof open>
beforeEach(() => {
  set = open()
})
afterEach(() => set.close())

const maria = { uuid: 'one', email: 'maria@cliente.example', name: 'Maria', mobile_phone: '48 99999-1234' }
const joao = { uuid: 'two', email: 'joao@cliente.example', name: 'João' }
const broken = '{"leads":[{"name":"Sem Identidade"}]}'

test('a repaired delivery is found by the people of its events, and the timelines of both name each other', async () => {
  const delivery = await set.repair({ body: broken }, { leads: [maria, joao] })
  const jobs = await set.queues['totvs-crm'].getWaiting()
  const keys = jobs.map(({ data }) => String(data.key))
  expect(keys).toHaveLength(2)
  for (const identity of [maria.email, joao.email, '48999991234'])
    expect(await set.timelines.find(identity)).toContain(timelineId(delivery))

  const run = (await set.timelines.read(timelineId(delivery))).at(-1)
  const derivedEvents = keys.map(key => ({ event: 'lead.registered', key }))
  expect(run).toMatchObject({ kind: 'run', outcome: 'done', derivedEvents: expect.arrayContaining(derivedEvents) })
  for (const { id, data } of jobs) {
    expect(await set.timelines.read(timelineId(data.key))).toEqual([
      { kind: 'received', at: Date.parse(receivedAt), event: 'lead.registered', key: data.key, jobId: id, delivery },
    ])
  }
  const kept = await set.queues.quarantine.getJob(delivery)
  expect(JSON.stringify([kept?.returnvalue, run])).not.toMatch(/maria|joao|9999-?1234|(?<![\da-f])99999(?![\da-f])/)
})

/** Puts a delivery that cannot be read into quarantine, and waits until its reading has failed. */
async function quarantine() {
  const { queues, tenant, timelines } = set
  const { jobId } = await quarantineDelivery(queues, tenant, ofRd(broken))
  await expect.poll(() => queues.quarantine.getFailedCount()).toBe(1)
  const ends = (await timelines.read(timelineId(jobId))).filter(({ kind }) => kind === 'run')
  return { jobId, ends }
}

test.each([
  [
    'a Redis that does not answer for a moment is not the reason',
    new Error('Command timed out'),
    'LEAD_WITHOUT_IDENTITY',
  ],
  ['a bug says nothing that the delivery may hold', new TypeError('maria is not a function'), 'INTERNAL_ERROR'],
])('why a delivery cannot be read: %s', async (_what, error, code) => {
  const away = vi.spyOn(set.redis, 'hgetall').mockRejectedValueOnce(error)
  const { jobId, ends } = await quarantine()
  expect(away).toHaveBeenCalled()
  expect((await set.queues.quarantine.getJob(jobId))?.failedReason).toMatch(new RegExp(`^${code}: (?!.*maria)`))
  expect(ends).toMatchObject([{ outcome: 'failed', code }])
})

test('a retry of a delivery has come to its end once each event that was read from it has ended', async () => {
  const { redis, tenant, queues, timelines } = set
  const { quarantine } = queues
  let id = ''
  const retry = async ({ id: jobId = '' }: Job): Promise<boolean> => {
    const part = {
      ...{ tenant: tenant.name, queue: 'quarantine', queueKeys: quarantine.toKey(''), ids: [jobId] },
      find: (each: string) => quarantine.getJob(each),
      retry: retryInFull,
    }
    const retry = await beginRetry<Job>({ redis, fingerprint }, { user: 'ana', kind: 'trial', parts: [part] })
    id = retry.id
    return (await retry.run())[0]?.retried === 1
  }
  const read = async () => (await readRetry({ redis, tenants: [tenant] }, id))?.queues[0]
  await set.repair({ body: broken }, { leads: [maria, joao] }, { retry })
  expect(await read()).toMatchObject({ asked: 2, underWay: 2, delivered: 0, notRetried: 0 })

  const [first, second] = await queues['totvs-crm'].getWaiting()
  const end = (job: Job | undefined, outcome: 'done' | 'failed', code?: string): Promise<void> => {
    const [key, jobId] = [String(job?.data.key), job?.id ?? '']
    const of = { event: 'lead.registered', key, receivedAt, jobId, identities: [] }
    const run = { kind: 'run', at: Date.now(), event: of.event, jobId: of.jobId, outcome, code } as const
    return timelines.record(of, run, { jobKey: queues['totvs-crm'].toKey(of.jobId) })
  }
  await end(first, 'done')
  expect(await read()).toMatchObject({ asked: 2, underWay: 1, delivered: 1 })
  await end(second, 'failed', 'CRM_REJECTED')
  expect(await read()).toMatchObject({
    asked: 2,
    underWay: 0,
    delivered: 1,
    failed: [{ code: 'CRM_REJECTED', count: 1 }],
  })
})

test('of a delivery that can be read in part the events are named although it stays in quarantine', async () => {
  const delivery = await set.repair({ body: broken }, { leads: [maria, { name: 'Ninguém' }] })
  expect(await set.queues.quarantine.getFailedCount()).toBe(1)
  expect(await set.timelines.find(maria.email)).toContain(timelineId(delivery))
  expect((await set.timelines.read(timelineId(delivery))).at(-1)).toMatchObject({
    outcome: 'failed',
    code: 'LEAD_WITHOUT_IDENTITY',
    derivedEvents: [{ event: 'lead.registered' }],
  })
})

test('an event that came by itself in the meantime is recorded as a repeat of that one', async () => {
  const body = { eventId: 'e', source: { object: { contextUrl: '/' }, row: { id: 'o' } } }
  const [event] = parseCrmDelivery(body, 'opportunity-won').events
  if (event === undefined) throw new Error('the delivery cannot be read')
  const { jobId } = await enqueueEvent(set.queues, set.tenant, event, { receivedAt })
  const of = { event: event.name, key: event.key, receivedAt, jobId, identities: ['o'] }
  await set.timelines.begin(of)
  await set.repair({ source: 'totvs-crm', intent: 'opportunity-won', body: '{"eventId":"e"}' }, body)
  expect((await set.timelines.read(timelineId(event.key))).map(({ kind }) => kind)).toEqual(['received', 'duplicate'])
})

test('the events belong to the trace of the request, if it has one', async () => {
  const trace = { traceparent: '00-a1b2c3d4e5f60718293a4b5c6d7e8f90-0123456789abcdef-01' }
  await set.repair({ body: broken, trace }, { leads: [maria] })
  await set.repair({ body: '{"leads":[{"name":"Outro"}]}' }, { leads: [joao] })
  const jobs = await set.queues['totvs-crm'].getWaiting()
  const traces = new Map(jobs.map(({ data }) => [data.lead.email, data.trace]))
  expect(traces).toEqual(
    new Map([
      [maria.email, trace],
      [joao.email, undefined],
    ]),
  )
})

const many = (count: number): string => `{"leads":[${Array<string>(count).fill('{}').join(',')}]}`

test.each([
  ['as a list', many(150_000)],
  ['as text', JSON.stringify({ leads: `[${Array<string>(150_000).fill('{}').join(',')}]` })],
])(
  'a delivery of 150,000 leads %s is not read, and ends in one start, also when it is retried',
  async (_form, body) => {
    const { jobId } = await quarantineDelivery(set.queues, set.tenant, ofRd(body))
    const end = async () => {
      await expect.poll(() => set.queues.quarantine.getFailedCount()).toBe(1)
      const job = await set.queues.quarantine.getJob(jobId)
      expect(job).toMatchObject({ attemptsStarted: 1, stalledCounter: 0 })
      expect(job?.failedReason).toMatch(
        /^BODY_TOO_MANY_EVENTS: .* \[\{"key":"too-many-events","values":\{"path":"leads","count":150000\}\}\]$/,
      )
      return job
    }
    const job = await end()
    expect(job && (await retryInFull(job))).toBe(true)
    await end()
    expect(await set.queues['totvs-crm'].count()).toBe(0)
  },
)

test('a delivery that crashes its workers again and again is abandoned', async () => {
  await set.queues.quarantine.pause()
  const { jobId } = await quarantineDelivery(set.queues, set.tenant, ofRd(many(1)))
  await set.redis.hset(set.queues.quarantine.toKey(jobId), { stc: 25, ats: 25 })
  await set.queues.quarantine.resume()
  await expect.poll(() => set.queues.quarantine.getFailedCount()).toBe(1)
  expect((await set.queues.quarantine.getJob(jobId))?.failedReason).toMatch(/^JOB_ABANDONED: /)
})

test.each([
  ['of a newer version', { v: 2 }],
  ['whose data are damaged', { receivedAt: 'yesterday' }],
])('a delivery %s fails as JOB_UNREADABLE, is kept as it is, and is read when it can be', async (_what, damage) => {
  const readable = ofRd(JSON.stringify({ leads: [maria] }))
  const { id = '' } = await set.queues.quarantine.add('delivery', { ...readable, ...damage }, { jobId: 'delivery' })
  await expect.poll(() => set.queues.quarantine.getFailedCount()).toBe(1)
  const failed = await set.queues.quarantine.getJob(id)
  expect(failed?.failedReason).toMatch(/^JOB_UNREADABLE: /)
  expect(failed?.data).toEqual({ owner: 'ponte', ...readable, ...damage })
  expect(await set.queues['totvs-crm'].count()).toBe(0)

  await failed?.updateData(readable)
  expect(failed && (await retryInFull(failed))).toBe(true)
  await expect.poll(() => set.queues['totvs-crm'].count()).toBe(1)
})

test('a delivery in an unknown form is drift, and of a lead without identity the members are remembered', async () => {
  await set.repair({ body: broken }, { event_type: 'NEW.KIND', contact: {} })
  await expect.poll(() => set.queues.quarantine.getFailedCount()).toBe(1)
  expect(await readDrift(set.redis, set.tenant.name, Date.now())).toMatchObject([
    { what: 'unknown-value', kind: 'rd.webhook', member: 'form', value: 'BODY_NOT_UNDERSTOOD' },
  ])
  const [answers] = await set.redis.keys(`{${set.tenant.name}}:ponte:drift:rd.webhook-1-*`)
  expect(await set.redis.llen(answers ?? '')).toBe(1)
})

/** The tenant goes live after a shadow in which the deliveries came. */
async function goLive(switchOff: boolean): Promise<void> {
  const { redis, tenant } = set
  const mode = createTenantMode(redis, tenant.name)
  const key = stateKey(tenant.name, 'mode')
  await mode.goBack('now')
  await redis.hset(key, 'shadowSince', Date.parse(receivedAt))
  await (switchOff ? mode.switchOff(Date.now()) : redis.hdel(key, 'needsSwitch'))
  await mode.declare('live')
}
const waiting = async () => (await set.queues['totvs-crm'].getWaiting()).map(({ data }) => data)

test.each([
  ['from before the package was off', true],
  ['of a shadow that no switch has ended', false],
])('the events of a delivery %s that a person retries are Ponte’s', async (_what, switchOff) => {
  await set.repair({ owner: 'shadow', body: broken }, { leads: [maria] }, { meanwhile: () => goLive(switchOff) })
  expect(await waiting()).toMatchObject([{ owner: 'ponte', receivedAt }])
})

test('a delivery from before the package was off is skipped', async () => {
  await goLive(true)
  const body = JSON.stringify({ leads: [joao, { name: 'Ninguém' }] })
  const { jobId } = await quarantineDelivery(set.queues, set.tenant, { owner: 'shadow', ...ofRd(body) })
  await expect
    .poll(async () => (await set.queues.quarantine.getJob(jobId))?.returnvalue)
    .toMatchObject({ outcome: 'skipped', summary: { key: 'of-the-package' } })
  expect(await waiting()).toEqual([])
})

test('as long as a switch may still come, the events of a delivery of the shadow are of the shadow', async () => {
  await goLive(false)
  await quarantineDelivery(set.queues, set.tenant, { owner: 'shadow', ...ofRd(JSON.stringify({ leads: [joao] })) })
  await expect.poll(waiting).toMatchObject([{ owner: 'shadow' }])
})

test('the events of a delivery that a person sent after a way back are sent as well', async () => {
  await set.repair({ owner: 'ponte', sentIn: 7, body: broken }, { leads: [maria] })
  expect(await waiting()).toMatchObject([{ sentIn: 7 }])
})
