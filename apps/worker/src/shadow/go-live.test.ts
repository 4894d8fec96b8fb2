import { createLogger, openStateRedis } from '@ponte/runtime'
import { createTenantMode, KEEP_SHADOW_MS, type KeptJob, stateKey } from '@ponte/state'
import type { Job } from 'bullmq'
import { afterAll, beforeEach, expect, inject, test, vi } from 'vitest'
import type { Connection } from '../calls/connection.ts'
import { openTestRuns, testConnection } from '../testing/test-context.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { goLive, goLiveInTurn, startGoingLive } from './go-live.ts'
import { liveJobId } from './run-by-mode.ts'

const log = createLogger({ level: 'silent', process: 'test' })
const redis = openStateRedis(inject('redisUrl'), log)
const redisOfAnother = openStateRedis(inject('redisUrl'), log)
afterAll(() => {
  redis.disconnect()
  redisOfAnother.disconnect()
})

let worker: Connection
let another: Connection
beforeEach(async () => {
  const tenant = testTenant({ mode: 'shadow' })
  worker = testConnection(redis, tenant)
  another = testConnection(redisOfAnother, tenant)
  await worker.health.declareMode()
})

const receivedAt = Date.now() + 60_000
const data = (index: number) => ({ v: 1, key: `k${index}`, receivedAt: new Date(receivedAt + index).toISOString() })
const shadowJob = (index: number): KeptJob => ({
  ...{ id: `job-${index}`, queue: 'totvs-crm', name: 'lead.registered' },
  ...{ data: data(index), receivedAt: receivedAt + index },
})
const isHeld = () => true
const done = () => Promise.resolve({ outcome: 'done' as const, summary: [] })

/** Jobs of the shadow since the package was off, and one that waits already. Then the tenant goes live. */
async function endShadow(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await worker.mode.endInShadow(shadowJob(index))
  await worker.queues['totvs-crm'].add('lead.registered', data(count), { jobId: 'newer' })
  expect(await worker.mode.switchOff(receivedAt)).toBe('ok')
  await worker.mode.declare('live')
}

/** A job as a worker gets it: with its owner. */
async function added(queue: Connection['queues']['totvs-crm'], name: string, of: object, jobId: string): Promise<Job> {
  await queue.add(name, of, { jobId })
  const job: Job | undefined = await queue.getJob(jobId)
  if (job === undefined) throw new Error('it was not enqueued')
  return job
}

/** The ids of waiting jobs, in the order in which workers take them. */
const waitingIds = async () => (await worker.queues['totvs-crm'].getWaiting(0, -1)).map(({ id }) => id)
const wanted = (count: number) => [...Array.from({ length: count }, (_, index) => liveJobId(`job-${index}`)), 'newer']
const isLive = async () => (await worker.mode.read()).isGoingLive === undefined

test('what came since the package was off is enqueued oldest first, before what waits, as it came', async () => {
  await endShadow(250)
  await goLive(worker, { isHeld })
  expect(await waitingIds()).toEqual(wanted(250))
  expect(await isLive()).toBe(true)
  const first: Job | undefined = await worker.queues['totvs-crm'].getJob(liveJobId('job-0'))
  expect(first).toMatchObject({ name: 'lead.registered', data: { owner: 'ponte', ...data(0) }, opts: { attempts: 12 } })
})

test('two workers that go live at once enqueue each event once', async () => {
  await endShadow(150)
  await Promise.all([goLiveInTurn(worker, redis), goLiveInTurn(another, redisOfAnother)])
  expect(await waitingIds()).toEqual(wanted(150))
  expect(await isLive()).toBe(true)
})

test('also two that do not know of each other enqueue each event once', async () => {
  await endShadow(150)
  await Promise.all([goLive(worker, { isHeld }), goLive(another, { isHeld })])
  const ids = await waitingIds()
  expect(ids).toHaveLength(151)
  expect(new Set(ids)).toEqual(new Set(wanted(150)))
})

test('a worker that dies while it goes live, before or after a batch is recorded, leaves the rest to another', async () => {
  await endShadow(250)
  const died = new Error('died')
  const { mode } = worker
  const unrecorded = { ...mode, drop: () => Promise.reject(died) }
  await expect(goLive({ ...worker, mode: unrecorded }, { isHeld })).rejects.toBe(died)
  expect(await isLive()).toBe(false)
  let batches = 0
  const once = { ...mode, due: (most: number) => (batches++ === 0 ? mode.due(most) : Promise.reject(died)) }
  await expect(goLive({ ...worker, mode: once }, { isHeld })).rejects.toBe(died)
  expect(await isLive()).toBe(false)
  await goLive(another, { isHeld })
  expect(await waitingIds()).toEqual(wanted(250))
  expect(await isLive()).toBe(true)
})

test('a worker that lost the lock enqueues nothing', async () => {
  await endShadow(1)
  await goLive(worker, { isHeld: () => false })
  expect(await waitingIds()).toEqual(['newer'])
})

test('a job whose worker died after the job was kept, and before BullMQ knew that it was over, is done once', async () => {
  const queue = worker.queues['totvs-crm']
  const run = openTestRuns({ mode: worker.mode, queue, destination: 'totvs-crm' })
  const job = await added(queue, 'lead.registered', data(1), 'job-1')
  const runs: string[] = []
  const work = async (what: string) => {
    runs.push(what)
    return await done()
  }
  for (let died = 0; died < 2; died += 1) await run(job, await worker.mode.read(), () => work('shadow'))
  expect(await worker.mode.newest(10)).toHaveLength(1)

  await worker.mode.switchOff(receivedAt)
  await worker.mode.declare('live')
  await expect(run(job, await worker.mode.read(), () => work('live'))).rejects.toMatchObject({
    name: 'QueueWaits',
  })
  await goLive(worker, { isHeld })
  expect(await run(job, await worker.mode.read(), () => work('live'))).toMatchObject({
    outcome: 'skipped',
  })
  const again = await queue.getJob(liveJobId('job-1'))
  if (again === undefined) throw new Error('it was not enqueued')
  await run(again, await worker.mode.read(), () => work('live'))
  expect(runs).toEqual(['shadow', 'shadow', 'live'])
})

test('a job that began in the shadow comes again when the tenant went live meanwhile, and nothing of it is kept', async () => {
  const queue = worker.queues['totvs-crm']
  const run = openTestRuns({ mode: worker.mode, queue, destination: 'totvs-crm' })
  const job = await added(queue, 'lead.registered', data(1), 'job-1')
  const work = async () => {
    await createTenantMode(redisOfAnother, worker.tenant.name).declare('live')
    return await done()
  }
  const ended = run(job, await worker.mode.read(), work)
  await expect(ended).rejects.toMatchObject({ name: 'JobDelayed' })
  expect(await worker.mode.newest(10)).toEqual([])
})

test('of what came before the package was off, only what a person asked for runs', async () => {
  const queue = worker.queues['totvs-crm']
  const run = openTestRuns({ mode: worker.mode, queue, destination: 'totvs-crm' })
  await worker.mode.switchOff(receivedAt + 10)
  await worker.mode.declare('live')
  await goLive(worker, { isHeld })
  const record = await worker.mode.read()
  const outcomeOf = async (of: object, retry?: string): Promise<string> => {
    const job = await added(queue, 'lead.registered', { ...data(1), ...of }, `job-${crypto.randomUUID()}`)
    if (retry !== undefined) await job.updateProgress({ retry })
    return (await run(job, record, done)).outcome
  }
  const owner = 'shadow'
  expect(await outcomeOf({ owner })).toBe('skipped')
  expect(await outcomeOf({ owner }, 'by a person')).toBe('done')
  expect(await outcomeOf({ owner, receivedAt: new Date(receivedAt + 10).toISOString() })).toBe('done')
  // Ponte's, whenever it came.
  expect(await outcomeOf({})).toBe('done')
})

test('a tenant that has gone live for longer than a shadow is kept, because no worker ran, goes on with it', async () => {
  await endShadow(1)
  const longAgo = Date.now() - KEEP_SHADOW_MS - 1
  await redis.hset(stateKey(worker.tenant.name, 'mode'), 'shadowEndedAt', longAgo)
  await worker.health.mode()
  const loop = startGoingLive({ connections: () => [worker], redis, log, everyMs: 10 })
  await expect.poll(isLive).toBe(true)
  await loop.close()
  expect(await waitingIds()).toEqual(wanted(1))
})

test('a worker that looks whether a tenant goes live asks for its mode alone, in one command', async () => {
  const sent = vi.spyOn(redisOfAnother, 'sendCommand')
  const loop = startGoingLive({ connections: () => [another], redis: redisOfAnother, log, everyMs: 10 })
  // The connection itself asks every few seconds whether Redis is there.
  const commands = () => sent.mock.calls.map(([{ name }]) => name).filter(name => name !== 'ping')
  await expect.poll(() => commands().length).toBeGreaterThan(2)
  await loop.close()
  expect(new Set(commands())).toEqual(new Set(['hgetall']))
  sent.mockRestore()
})

test('a job that updates from before and after the package was off share is done, whether it waited or ended in the shadow', async () => {
  const queue = worker.queues['rd-station']
  const run = openTestRuns({ mode: worker.mode, queue, destination: 'rd-station' })
  const { shadowSince = 0 } = await worker.mode.read()
  const first = { ...data(0), receivedAt: new Date(shadowSince).toISOString() }
  const [ended, waiting] = [
    await added(queue, 'opportunity.updated', first, 'ended'),
    await added(queue, 'opportunity.updated', first, 'waiting'),
  ]
  const offAt = shadowSince + 1
  await expect.poll(() => Date.now()).toBeGreaterThan(offAt)
  const outcomeOf = async (job: Job): Promise<string> => {
    const record = await worker.mode.read()
    return (await run(job, record, done)).outcome
  }
  await outcomeOf(ended)
  await worker.mode.declare('live')
  // Nobody knows yet since when the package is off.
  expect(await outcomeOf(waiting)).toBe('skipped')
  await worker.mode.switchOff(offAt)
  await goLive(worker, { isHeld })
  for (const id of ['ended', 'waiting'].map(liveJobId)) {
    const job = await queue.getJob(id)
    expect([id, job && (await outcomeOf(job))]).toEqual([id, 'done'])
  }
  // One that nobody has begun until the switch.
  expect(await outcomeOf(await added(queue, 'opportunity.updated', { owner: 'shadow', ...first }, 'later'))).toBe(
    'done',
  )
})
