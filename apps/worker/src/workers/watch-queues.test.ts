import {
  createLogger,
  openQueues,
  openStateRedis,
  openWorkerRedis,
  type QueueKind,
  queueKinds,
  queueName,
  queuePrefix,
} from '@ponte/runtime'
import { type Processor, Worker } from 'bullmq'
import { afterEach, expect, inject, test, vi } from 'vitest'
import { testTenant } from '../testing/test-tenant.ts'
import { createSleepingBackend, openQueueBackends, type SleepingBackend } from './create-worker.ts'
import { createWatch } from './watch-queues.ts'

const log = createLogger({ level: 'silent', process: 'test' })
const opened: (() => unknown)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close()
})

/** One tenant, watched by one worker process. */
function openWatched(wakeQuarantine: () => void = () => undefined, others: readonly string[] = []) {
  const { name } = testTenant()
  const redis = openStateRedis(inject('redisUrl'), log)
  const workerRedis = openWorkerRedis(inject('redisUrl'), log)
  const all = openQueues([{ name }], redis, log)
  const watch = createWatch({
    tenants: () => [...others, name],
    redis,
    backends: openQueueBackends(redis, log),
    log,
    wakeQuarantine,
  })
  opened.push(
    () => workerRedis.disconnect(),
    () => redis.disconnect(),
    async () => {
      for (const queue of all.all()) await queue.obliterate({ force: true })
      await all.close()
    },
    () => watch.stop(),
  )
  return { name, redis, workerRedis, queues: all.of(name), watch }
}

type Watched = ReturnType<typeof openWatched>

/** A worker of the quarantine that has no connection of its own. */
function openSleeper({ name, workerRedis }: Watched) {
  const taken: (string | undefined)[] = []
  const processor: Processor = async job => taken.push(job.id)
  const prefix = queuePrefix(name)
  const worker = new Worker<unknown, unknown, string, SleepingBackend>(
    queueName(name, 'quarantine'),
    processor,
    { connection: workerRedis, prefix, autorun: false, skipStalledCheck: true, drainDelay: 3600 },
    createSleepingBackend({ workerRedis }, prefix),
  )
  return { worker, taken, sleeps: vi.spyOn(worker.getBackend(), 'waitForJob') }
}

/** A job that a worker has taken. Its lock ends after this many milliseconds. */
async function takeJob({ name, workerRedis, queues }: Watched, kind: QueueKind, lockDuration: number): Promise<string> {
  const options = { connection: workerRedis, prefix: queuePrefix(name), autorun: false, lockDuration }
  const worker = new Worker(queueName(name, kind), undefined, options)
  opened.push(() => worker.close(true))
  const jobId = crypto.randomUUID()
  await queues[kind].add('any', {}, { jobId })
  expect((await worker.getNextJob('token', { block: false }))?.id).toBe(jobId)
  return jobId
}

test.each(queueKinds)(
  'a job of %s whose worker is gone waits again, and one whose worker keeps its lock stays where it is',
  async kind => {
    const watched = openWatched()
    const gone = await takeJob(watched, kind, 200)
    const kept = await takeJob(watched, kind, 60_000)
    watched.watch.run()
    const idsOf = async (state: 'waiting' | 'active') =>
      (await watched.queues[kind].getJobs([state])).map(({ id }) => id)
    await expect.poll(() => idsOf('waiting')).toEqual([gone])
    expect(await idsOf('active')).toEqual([kept])
  },
)

test('a tenant whose keys are damaged keeps no other tenant from being watched', async () => {
  const damaged = testTenant().name
  const { redis, queues, watch } = openWatched(() => undefined, [damaged])
  const [wait, active] = ['wait', 'active'].map(
    type => `${queuePrefix(damaged)}:${queueName(damaged, 'totvs-crm')}:${type}`,
  )
  await redis.mset(wait ?? '', 'damaged', active ?? '', 'damaged')
  opened.push(() => redis.del(wait ?? '', active ?? ''))
  watch.run()
  await queues['totvs-crm'].add('lead.registered', {}, { jobId: crypto.randomUUID() })
  await expect.poll(() => watch.hasWaiting(queues['totvs-crm'].name)).toBe(true)
})

test.each([
  ['jobs', {}],
  ['only jobs behind all others', { priority: 10 }],
])('it is known in which queues %s wait', async (_what, options) => {
  const { queues, watch } = openWatched()
  watch.run()
  expect(watch.hasWaiting(queues['totvs-crm'].name)).toBe(false)
  const job = await queues['totvs-crm'].add('lead.registered', {}, { jobId: crypto.randomUUID(), ...options })
  await expect.poll(() => watch.hasWaiting(queues['totvs-crm'].name)).toBe(true)
  expect(watch.hasWaiting(queues['rd-station'].name)).toBe(false)
  await job.remove()
  await expect.poll(() => watch.hasWaiting(queues['totvs-crm'].name)).toBe(false)
})

test('that jobs wait is not forgotten while Redis does not answer for the tenant', async () => {
  const { queues, redis, watch } = openWatched()
  await queues['totvs-crm'].add('lead.registered', {}, { jobId: crypto.randomUUID() })
  watch.run()
  await expect.poll(() => watch.hasWaiting(queues['totvs-crm'].name)).toBe(true)
  const pipeline = redis.pipeline.bind(redis)
  const looks = vi.spyOn(redis, 'pipeline').mockImplementation(() => {
    const commands = pipeline()
    const exec = commands.exec.bind(commands)
    // ioredis gives a callback to the pipelines that it makes by itself, of other commands.
    vi.spyOn(commands, 'exec').mockImplementation(async (...callback) => {
      if (callback.length === 0) throw new Error('its primary is away')
      return await exec(...callback)
    })
    return commands
  })
  await expect.poll(() => looks.mock.calls.length).toBeGreaterThan(1)
  expect(watch.hasWaiting(queues['totvs-crm'].name)).toBe(true)
  looks.mockRestore()
})

test('a delivery that comes into a quiet quarantine wakes its worker, also one that was delayed', async () => {
  let wake = (): void => undefined
  const watched = openWatched(() => wake())
  const { worker, taken, sleeps } = openSleeper(watched)
  opened.push(() => worker.close())
  wake = () => worker.getBackend().wake()
  void worker.run()
  watched.watch.run()
  await expect.poll(() => sleeps.mock.calls.length).toBe(1)
  const now = await watched.queues.quarantine.add('delivery', {}, { jobId: 'now' })
  await expect.poll(() => taken).toEqual([now.id])
  const later = await watched.queues.quarantine.add('delivery', {}, { jobId: 'later', delay: 500 })
  await expect.poll(() => taken).toEqual([now.id, later.id])
})

test.each([
  { list: 'wait', delay: 0 },
  { list: 'prioritized', delay: 0 },
  { list: 'delayed', delay: 500 },
])(
  'a job whose worker died before it took it is taken by another that waits, also when it is in $list',
  async ({ list, delay }) => {
    const watched = openWatched()
    const { name, redis, workerRedis, queues, watch } = watched
    const queue = queues['totvs-crm']
    const taken: (string | undefined)[] = []
    const prefix = queuePrefix(name)
    const worker = new Worker(queue.name, async job => taken.push(job.id), {
      ...{ connection: workerRedis, prefix, autorun: false, skipStalledCheck: true, drainDelay: 3600 },
    })
    opened.push(() => worker.close())
    const sleeps = vi.spyOn(worker.getBackend(), 'waitForJob')
    void worker.run()
    await expect.poll(() => sleeps.mock.calls.length).toBe(1)
    // As it stands when a worker took the marker that came with the job, and died.
    const key = `${prefix}:${queue.name}:`
    const both = redis.multi().hset(`${key}lost`, { name: 'any', data: '{}', opts: '{}', timestamp: Date.now(), delay })
    if (list === 'wait') both.lpush(`${key}wait`, 'lost')
    else if (list === 'prioritized') both.zadd(`${key}prioritized`, 10 * 0x100000000, 'lost')
    else both.zadd(`${key}delayed`, (Date.now() + delay) * 0x1000, 'lost')
    await both.exec()
    watch.run()
    await expect.poll(() => taken).toEqual(['lost'])
  },
)

test('the worker of a quarantine that sleeps for an hour closes all the same', async () => {
  const { worker, sleeps } = openSleeper(openWatched())
  void worker.run()
  await expect.poll(() => sleeps.mock.calls.length).toBe(1)
  await worker.close()
})
