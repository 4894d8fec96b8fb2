import { message } from '@ponte/contracts'
import { createLogger, noTracer, openQueues, openWorkerRedis, queuePrefix, retryInFull } from '@ponte/runtime'
import {
  createCalendar,
  createFingerprint,
  createSecretBox,
  createTimelines,
  opportunityLock,
  stateKey,
  timelineId,
} from '@ponte/state'
import { Worker } from 'bullmq'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { openConnection } from '../calls/connection.ts'
import { createWorkerMetrics } from '../telemetry/metrics.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { correlationKeyOf, createJobRunner } from './run-job.ts'

const written: unknown[] = []
const destination = { write: (line: string) => void written.push(JSON.parse(line)) }
const log = createLogger({ level: 'warn', process: 'test', destination })
const fingerprint = createFingerprint(Buffer.alloc(32, 2))

/** How often a run found that the tenants file and Redis say different modes. */
let otherModes = 0

/** A worker of this version at one queue. */
function open(mode: 'live' | 'shadow' = 'live') {
  const tenant = testTenant({
    mode,
    totvsCrm: { username: 'user', password: 'password', tenant: 'acme', baseUrl: 'http://127.0.0.1:9' },
  })
  const redis = openWorkerRedis(inject('redisUrl'), log)
  const queues = openQueues([tenant], redis, log)
  const own = queues.of(tenant.name)
  const queue = own['rd-station']
  const box = createSecretBox(Buffer.alloc(32, 1))
  const connection = openConnection({
    tenant,
    queues: own,
    redis,
    box,
    fingerprint,
    onUnreadableTokens: () => undefined,
  })
  const metrics = createWorkerMetrics()
  const runJob = createJobRunner({
    onOtherMode: () => void (otherModes += 1),
    connection,
    destination: 'rd-station',
    log,
    calendar: createCalendar('UTC'),
    metrics,
    tracer: noTracer,
    onBreakerChange: () => undefined,
    onCall: () => undefined,
  })
  const options = { connection: redis, prefix: queuePrefix(tenant.name) }
  const worker = new Worker(queue.name, runJob, options)
  return {
    queue,
    mode: connection.mode,
    metrics,
    /** Another job holds this lock. */
    lock: (lock: string) => redis.set(stateKey(tenant.name, 'lock', lock), 'another job', 'PX', 60_000),
    timelines: createTimelines(redis, tenant.name, fingerprint),
    /** Replaces the worker by one of a later version, which can read every job. Returns what that worker reads. */
    async upgrade(): Promise<{ readonly name: string; readonly data: unknown }[]> {
      await worker.close()
      const read: { readonly name: string; readonly data: unknown }[] = []
      const later = new Worker(queue.name, ({ name, data }) => Promise.resolve(void read.push({ name, data })), options)
      closing.push(later)
      return read
    },
    async close(): Promise<void> {
      await Promise.all([worker, ...closing.splice(0)].map(each => each.close()))
      for (const each of queues.all()) await each.obliterate({ force: true })
      await queues.close()
      redis.disconnect()
    },
  }
}
const closing: Worker[] = []

let set: ReturnType<typeof open>
beforeEach(() => {
  set = open()
})
afterEach(() => set.close())
async function reopenInShadow(): Promise<void> {
  await set.close()
  set = open('shadow')
  await set.mode.declare('shadow')
}

const readable = {
  v: 1,
  key: 'k',
  receivedAt: '2026-01-02T03:04:05.000Z',
  opportunityId: 'o',
  contextUrl: '/api/v1/opportunity/opportunities',
}

test.each([
  ['with a name that this version does not know', 'opportunity.archived', readable, 'job=opportunity.archived'],
  ['of a newer version', 'opportunity.won', { ...readable, v: 2, state: { name: 'WON' } }, 'at=v'],
  ['whose data are damaged', 'opportunity.won', { v: 1, key: 'k', opportunityId: 7 }, 'opportunityId'],
  ['whose data are no object', 'opportunity.won', 'lost', 'JOB_UNREADABLE'],
])(
  'a job %s fails as JOB_UNREADABLE at once, and a later version that retries it gets all of it',
  async (_what, name, data, at) => {
    const { id } = await set.queue.add(name, data, { jobId: 'unreadable', attempts: 12 })
    await expect.poll(() => set.queue.getFailedCount()).toBe(1)
    const failed = await set.queue.getJob(id ?? '')
    expect(failed).toMatchObject({ name, data, attemptsMade: 1 })
    expect(failed?.failedReason).toMatch(/^JOB_UNREADABLE: /)
    expect(failed?.failedReason).toContain(at)

    const read = await set.upgrade()
    expect(failed && (await retryInFull(failed))).toBe(true)
    await expect.poll(() => set.queue.getCompletedCount()).toBe(1)
    expect(read).toEqual([{ name, data: typeof data === 'string' ? data : { owner: 'ponte', ...data } }])
  },
)

test('the timeline of an event whose job cannot be read says so', async () => {
  await set.queue.add('opportunity.won', { ...readable, v: 2 }, { jobId: crypto.randomUUID() })
  await expect.poll(() => set.queue.getFailedCount()).toBe(1)
  expect(await set.timelines.read(timelineId('k'))).toMatchObject([
    { kind: 'received' },
    { kind: 'run', outcome: 'failed', code: 'JOB_UNREADABLE' },
  ])
})

const logOf = async (id: string): Promise<string[]> =>
  (await set.queue.getJobLogs(id)).logs.map(line => line.slice(line.indexOf(' ') + 1))

test('each run of a job that fails leaves its lines in the log, in their order', async () => {
  const backoff = { type: 'fixed', delay: 1 }
  const { id = '' } = await set.queue.add('opportunity.won', readable, {
    jobId: crypto.randomUUID(),
    attempts: 2,
    backoff,
  })
  await expect.poll(() => set.queue.getFailedCount()).toBe(1)
  const noAnswer = expect.stringMatching(/^totvs-crm POST \S+login → no answer \d+ ms CRM_UNREACHABLE$/)
  expect(await logOf(id)).toEqual([noAnswer, noAnswer])
})

test('the process log warns of each attempt that fails, with its code and nothing of the job', async () => {
  const { id } = await set.queue.add('opportunity.won', readable, {
    jobId: crypto.randomUUID(),
    attempts: 2,
    backoff: { type: 'fixed', delay: 1 },
  })
  await expect.poll(() => set.queue.getFailedCount()).toBe(1)
  const facts = { level: 40, event: 'opportunity.won', jobId: id, code: 'CRM_UNREACHABLE' }
  const lines = written.filter(line => JSON.stringify(line).includes(id ?? ''))
  expect(lines).toMatchObject([
    { ...facts, attempt: 1, msg: 'an attempt of a job failed' },
    { ...facts, msg: 'job failed permanently' },
  ])
  expect(JSON.stringify(lines)).not.toContain(readable.contextUrl)
})

test('what a processor does after its failure is done before the job is failed: the next round of a mark is there', async () => {
  await set.queue.add('opportunity.won', readable, { jobId: 'failing', attempts: 1 })
  await expect.poll(() => set.queue.getFailedCount()).toBe(1)
  expect(await set.queue.getDelayed()).toMatchObject([{ id: 'round-2-failing', data: { round: 2 } }])
})

test('two conversions of one person count as one for the breaker, and so do two events of one opportunity', () => {
  const keyOf = (id: string, data: object) => correlationKeyOf({ id, data: { v: 1, key: id, ...data } }, fingerprint)
  const lead = (email: string) => ({ lead: { email, uuid: crypto.randomUUID() } })
  expect(keyOf('1', lead('ana@cliente.example'))).toBe(keyOf('2', lead('ana@cliente.example')))
  expect(keyOf('1', lead('ana@cliente.example'))).not.toBe(keyOf('1', lead('bia@cliente.example')))
  expect(keyOf('1', { opportunityId: 'o' })).toBe(keyOf('2', { opportunityId: 'o' }))
  expect(keyOf('1', {})).not.toBe(keyOf('2', {}))
})

test('while a tenant goes live, none of its jobs runs', async () => {
  await set.mode.declare('shadow')
  await set.mode.switchOff(Date.now())
  await set.mode.declare('live')
  await set.queue.add('opportunity.won', readable, { jobId: crypto.randomUUID() })
  await expect
    .poll(() => set.timelines.read(timelineId('k')))
    .toContainEqual(expect.objectContaining({ outcome: 'delayed', summary: message('going-live') }))
})

test('a job whose failures use up its attempts in the shadow is done as one of the shadow, and kept', async () => {
  await reopenInShadow()
  const data = { ...readable, receivedAt: new Date().toISOString() }
  const { id = '' } = await set.queue.add('opportunity.won', data, {
    jobId: crypto.randomUUID(),
    attempts: 2,
    backoff: { type: 'fixed', delay: 1 },
  })
  await expect.poll(async () => (await set.queue.getCompletedCount()) + (await set.queue.getFailedCount())).toBe(1)
  expect((await set.queue.getJob(id))?.returnvalue).toMatchObject({
    outcome: 'done',
    summary: [{ key: 'in-shadow' }, { key: 'shadow-failure' }],
  })
  expect((await logOf(id)).filter(line => line.endsWith('CRM_UNREACHABLE'))).toHaveLength(2)
  expect(await set.mode.newest(10)).toMatchObject([{ id, queue: 'rd-station', name: 'opportunity.won', data }])
})

test('the metric of how long events take holds none of the shadow', async () => {
  await reopenInShadow()
  const add = (name: string) => set.queue.add(name, { ...readable, key: name }, { jobId: crypto.randomUUID() })
  await add('status-rd.changed')
  await expect.poll(() => set.queue.getCompletedCount()).toBe(1)
  expect((await set.metrics.endToEnd.get()).values).toEqual([])
  expect((await set.metrics.jobs.get()).values).toMatchObject([{ labels: { outcome: 'done' }, value: 1 }])
})

test('while the tenants file says shadow and Redis live, a job that was taken waits, and nothing of it is done or kept', async () => {
  otherModes = 0
  await set.close()
  set = open('shadow')
  await set.mode.declare('live')
  const { id = '' } = await set.queue.add('opportunity.won', readable, { jobId: crypto.randomUUID() })
  await expect.poll(() => logOf(id)).toEqual([expect.stringContaining('mode-of-file')])
  expect(await set.queue.getDelayedCount()).toBe(1)
  expect(otherModes).toBeGreaterThan(0)
  expect(await set.mode.newest(10)).toEqual([])
})

test('a run that is delayed leaves its lines in the log', async () => {
  await set.lock(opportunityLock(readable.opportunityId))
  const { id = '' } = await set.queue.add('opportunity.won', readable, { jobId: crypto.randomUUID() })
  await expect.poll(() => logOf(id)).toEqual([expect.stringContaining('record-locked')])
})

test('the log of a job keeps its last 200 lines', async () => {
  const { id = '', queueQualifiedName } = await set.queue.add('opportunity.won', readable, {
    jobId: crypto.randomUUID(),
    delay: 60_000,
  })
  const event = { event: 'opportunity.won', key: 'k', receivedAt: readable.receivedAt, jobId: id, identities: ['o'] }
  const run = { kind: 'run', at: 1, event: 'opportunity.won', jobId: id, outcome: 'done' } as const
  const lines = Array.from({ length: 150 }, (_each, index) => `line ${index}`)
  const [jobKey, log] = [`${queueQualifiedName}:${id}`, { lines, mostLines: 200 }]
  await set.timelines.record(event, run, { jobKey, log })
  await set.timelines.record(event, { ...run, at: 2 }, { jobKey, log })
  expect((await set.queue.getJobLogs(id)).logs).toEqual([...lines.slice(100), ...lines])
  const many = Array.from({ length: 10_000 }, (_each, index) => `one of many ${index}`)
  await set.timelines.record(event, { ...run, at: 3 }, { jobKey, log: { ...log, lines: many } })
  expect((await set.queue.getJobLogs(id)).logs).toEqual(many.slice(-200))
  expect(await set.timelines.find('o')).toEqual([timelineId('k')])
})

test('a job that is gone gets no log', async () => {
  const job = await set.queue.add('opportunity.won', readable, { jobId: crypto.randomUUID(), delay: 60_000 })
  const { id = '', queueQualifiedName } = job
  await job.remove()
  const event = { event: 'opportunity.won', key: 'k', receivedAt: readable.receivedAt, jobId: id, identities: [] }
  const run = { kind: 'run', at: 1, event: 'opportunity.won', jobId: id, outcome: 'done' } as const
  await set.timelines.record(event, run, {
    jobKey: `${queueQualifiedName}:${id}`,
    log: { lines: ['a line'], mostLines: 200 },
  })
  expect(await logOf(id)).toEqual([])
})
