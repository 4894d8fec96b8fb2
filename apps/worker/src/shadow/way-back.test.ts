import {
  countUndone,
  createLogger,
  endDraining,
  endRest,
  enqueueEvent,
  enqueueImport,
  goBackAtOnce,
  newImportId,
  openStateRedis,
  setRestAside,
} from '@ponte/runtime'
import { acquireLock, goingLiveLock } from '@ponte/state'
import type { Job } from 'bullmq'
import { afterAll, beforeEach, expect, inject, test } from 'vitest'
import type { Connection } from '../calls/connection.ts'
import { openTestRuns, testConnection } from '../testing/test-context.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { goLive } from './go-live.ts'

const redis = openStateRedis(inject('redisUrl'), createLogger({ level: 'silent', process: 'test' }))
afterAll(() => redis.disconnect())

let worker: Connection
beforeEach(async () => {
  worker = testConnection(redis, testTenant({ mode: 'live' }))
  await worker.health.declareMode()
})

const isHeld = () => true
const queueOf = () => worker.queues['totvs-crm']
const data = (key: string, receivedAt = Date.now()) => ({ v: 1, key, receivedAt: new Date(receivedAt).toISOString() })

async function jobOf(id: string): Promise<Job> {
  const job: Job | undefined = await queueOf().getJob(id)
  if (job === undefined) throw new Error(`${id} is not in the queue`)
  return job
}
async function added(id: string, options: object = {}): Promise<Job> {
  await queueOf().add('lead.registered', data(id), { jobId: id, ...options })
  return await jobOf(id)
}

/** Runs a job as a worker does, and tells how it ended, and whether its work was done. */
async function run(job: Job): Promise<readonly [string, boolean]> {
  let isDone = false
  const work = () => Promise.resolve({ outcome: 'done' as const, summary: [] }).finally(() => (isDone = true))
  const byMode = openTestRuns({ mode: worker.mode, queue: queueOf(), destination: 'totvs-crm' })
  const { outcome } = await byMode(job, await worker.mode.read(), work)
  return [outcome, isDone]
}

test('what came live is done while the tenant drains, and what comes then is the shadow’s', async () => {
  const before = await added('before')
  await worker.mode.goBack('draining')
  const after = await added('after')
  expect(await countUndone(worker)).toBe(1)
  expect(await endDraining(worker)).toBe(1)
  expect(await run(before)).toEqual(['done', true])
  expect(await worker.mode.newest(10)).toEqual([])
  await run(after)
  expect(await worker.mode.newest(10)).toMatchObject([{ id: 'after' }])
  await before.remove()
  expect(await endDraining(worker)).toBe(0)
  expect(await worker.mode.read()).not.toHaveProperty('isDraining')
})

test('an event whose next attempt falls into the shadow waits outside the queue until a person sends it', async () => {
  const job = await added('late')
  await worker.mode.goBack('now')
  expect(await run(job)).toEqual(['skipped', false])
  expect(await worker.mode.rest.count()).toBe(1)
  await endRest('send', worker)
  expect(await worker.mode.rest.count()).toBe(0)
  expect(await run(await jobOf('sent-late'))).toEqual(['done', true])
  // The next shadow is another one.
  await worker.mode.switchOff(Date.now())
  await worker.mode.declare('live')
  await goLive(worker, { isHeld })
  await worker.mode.goBack('now')
  expect(await run(await jobOf('sent-late'))).toEqual(['skipped', false])
})

test('what is Ponte’s stays Ponte’s when a later switch names a time after it', async () => {
  const waiting = await added('waiting')
  await worker.mode.goBack('now')
  const { shadowSince = 0 } = await worker.mode.read()
  await expect.poll(() => Date.now()).toBeGreaterThan(shadowSince + 1)
  await worker.mode.switchOff(Date.now())
  await worker.mode.declare('live')
  await goLive(worker, { isHeld })
  expect(await run(waiting)).toEqual(['done', true])
})

test('the way back at once takes out of the queues what waits, however, and leaves what is the shadow’s', async () => {
  await added('waiting')
  await added('one-delayed', { delay: 60_000 })
  await added('one-prioritized', { priority: 2 })
  await worker.mode.goBack('now')
  await added('of-the-shadow')
  const aside = await setRestAside(worker)
  expect(aside.map(({ id }) => id).toSorted()).toEqual(['one-delayed', 'one-prioritized', 'waiting'])
  expect(await countUndone(worker)).toBe(0)
  expect(await worker.mode.rest.count()).toBe(3)
  expect((await queueOf().getJobs(['waiting', 'delayed', 'prioritized'])).map(({ id }) => id)).toEqual([
    'of-the-shadow',
  ])
  // Again, as after a command that was interrupted.
  expect(await setRestAside(worker)).toEqual([])
  await endRest('send', worker)
  expect(await setRestAside(worker)).toEqual([])
  expect(await countUndone(worker)).toBe(3)
})

test('what is sent keeps its place behind live events, and runs no earlier than it was due', async () => {
  await added('row', { priority: 10 })
  await added('round', { delay: 600_000 })
  const dueAt = Date.now() + 600_000
  await worker.mode.goBack('now')
  await setRestAside(worker)
  await endRest('send', worker)
  expect((await queueOf().getPrioritized()).map(({ id, opts }) => [id, opts.priority])).toEqual([['sent-row', 10]])
  const [round] = await queueOf().getDelayed()
  expect(round?.id).toBe('sent-round')
  const sentDue = (round?.timestamp ?? 0) + (round?.delay ?? 0)
  expect(Math.abs(sentDue - dueAt)).toBeLessThan(300_000)
})

test('nothing is set aside while a person is erased, and what was erased is not kept', async () => {
  const job = await added('erased')
  await worker.mode.goBack('now')
  const erasing = await acquireLock(redis, [goingLiveLock(worker.tenant.name)], { waitMs: 0 })
  const aside = setRestAside(worker)
  for (let reads = 0; reads < 50; reads += 1) expect(await worker.mode.rest.count()).toBe(0)
  await job.remove()
  await erasing?.release()
  expect(await aside).toEqual([])
  // A worker that has read it.
  await expect(run(job)).rejects.toThrow('the shadow ended')
  expect(await worker.mode.rest.count()).toBe(0)
})

test('what is dropped of the rest is gone, and nothing of it comes again', async () => {
  await added('waiting')
  await worker.mode.goBack('now')
  await setRestAside(worker)
  expect((await endRest('drop', worker))?.map(({ id }) => id)).toEqual(['waiting'])
  expect(await worker.mode.rest.count()).toBe(0)
  expect(await queueOf().count()).toBe(0)
})

test('a lead of an import is Ponte’s, also when its tenant went back before the lead was added', async () => {
  await worker.mode.goBack('draining')
  const event = { name: 'lead.registered', key: 'row', lead: { email: 'ana@cliente.example' } } as const
  const row = { jobId: newImportId(), receivedAt: new Date().toISOString() }
  const options = { opensOpportunity: false, isUndated: true }
  await enqueueImport(worker.queues, worker.tenant, event, { ...row, import: options })
  expect(await countUndone(worker)).toBe(1)
  expect(await run(await jobOf(row.jobId))).toEqual(['done', true])
})

test.each(['send', 'drop'] as const)(
  'a repeat of an event that was set aside is a duplicate, also after a person did this with the rest: %s; a new update is not',
  async how => {
    const opportunity = { opportunityId: 'o', contextUrl: '/api/v1/opportunity/opportunities' }
    const deliver = (name: 'opportunity.won' | 'opportunity.updated', key: string) =>
      enqueueEvent(
        worker.queues,
        worker.tenant,
        { name, key, ...opportunity },
        { receivedAt: new Date().toISOString() },
      )
    const won = await deliver('opportunity.won', 'won')
    const updated = await deliver('opportunity.updated', 'updated')
    await worker.mode.goBack('now')
    expect(await setRestAside(worker)).toHaveLength(2)
    const repeats = { won: { ...won, outcome: 'duplicate' }, updated: { ...updated, outcome: 'duplicate' } }
    const repeat = async () => ({
      won: await deliver('opportunity.won', 'won'),
      updated: await deliver('opportunity.updated', 'updated'),
    })
    expect(await repeat()).toEqual(repeats)
    expect(await endRest(how, worker)).toHaveLength(2)
    expect(await repeat()).toEqual(repeats)
    expect(await deliver('opportunity.updated', 'another')).toMatchObject({ outcome: 'accepted' })
    expect(await worker.queues['rd-station'].count()).toBe(how === 'send' ? 3 : 1)
  },
)

/** In the shadow two leads wait, of which one came since the package was off. Then it is switched off. */
async function waitThroughSwitch(): Promise<void> {
  await worker.mode.goBack('now')
  const { shadowSince = 0 } = await worker.mode.read()
  const offAt = shadowSince + 60_000
  const add = async (id: string, receivedAt: number) =>
    await queueOf().add('lead.registered', data(id, receivedAt), { jobId: id, delay: 60_000 })
  await add('of-the-package', shadowSince + 1)
  await add('since-off', offAt + 1)
  await worker.mode.switchOff(offAt)
}

test('what waits is part of the rest where the tenant goes back at once while it goes live, unless it is the package’s', async () => {
  await waitThroughSwitch()
  expect(await worker.mode.declare('live')).toMatchObject({ isGoingLive: true })
  await goBackAtOnce(worker)
  expect((await setRestAside(worker)).map(({ id }) => id)).toEqual(['since-off'])
  expect(await queueOf().getDelayedCount()).toBe(1)
})

test('what waited when the tenant went live has its owner from then on, whatever a later shadow says', async () => {
  await waitThroughSwitch()
  await worker.mode.declare('live')
  await goLive(worker, { isHeld })
  expect((await jobOf('since-off')).data).toMatchObject({ owner: 'ponte' })
  expect((await jobOf('of-the-package')).data).toMatchObject({ owner: 'shadow' })
  await worker.mode.goBack('draining')
  expect(await countUndone(worker)).toBe(1)
  expect(await run(await jobOf('since-off'))).toEqual(['done', true])
})
