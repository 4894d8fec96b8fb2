import { createLogger, openQueues, openRedis, redisAt } from '@ponte/runtime'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { testTenant } from '../testing/test-tenant.ts'
import {
  backoffMs,
  closeWorkers,
  createWorker,
  type WorkerDeps,
  type WorkerTask,
  createWaitingBackend,
} from './create-worker.ts'

/** A worker of one queue, running. */
function runWorker(processJob: WorkerTask<never>['processJob'], gate: WorkerDeps['gate']) {
  const log = createLogger({ level: 'silent', process: 'test' })
  const connections = openRedis(redisAt(inject('redisUrl')), log)
  const [workerRedis, stateRedis, openWaiting] = [connections.worker(), connections.state(), connections.waiting]
  const tenant = testTenant()
  const queues = openQueues([tenant], stateRedis, log)
  const worker = createWorker(
    { tenant, kind: 'totvs-crm', processJob, backend: createWaitingBackend, drainDelay: 1 },
    {
      workerRedis,
      stateRedis,
      openWaiting,
      concurrency: 1,
      log,
      gate,
      running: new Map(),
      onProgress: () => undefined,
    },
  )
  onTestFinished(async () => {
    await worker.close()
    await queues.close()
    connections.close()
  })
  void worker.run()
  return { queue: queues.of(tenant.name)['totvs-crm'], stateRedis }
}

test('a job for which the process has no room goes back, and remembers since when it has waited for one', async () => {
  const processJob = vi.fn<() => Promise<void>>()
  const { queue, stateRedis } = runWorker(processJob, { enter: async () => undefined })
  const job = await queue.add('lead.registered', {}, { jobId: crypto.randomUUID() })
  const since = (): Promise<string | null> => stateRedis.hget(queue.toKey(job.id ?? ''), 'noRoomSince')
  await expect.poll(() => queue.getDelayedCount()).toBe(1)
  expect(await since()).toBe(String(job.timestamp))
  expect(processJob).not.toHaveBeenCalled()
})

test('a job that fails several times keeps only the newest stack trace', async () => {
  let runs = 0
  const fail = () => Promise.reject(new Error(`failure ${(runs += 1)}`))
  const { queue } = runWorker(fail, { enter: async () => () => undefined })
  const { id = '' } = await queue.add('lead.registered', {}, { jobId: crypto.randomUUID(), attempts: 3 })
  await expect.poll(() => queue.getFailedCount()).toBe(1)
  const failed = await queue.getJob(id)
  expect(failed?.stacktrace).toEqual([expect.stringMatching(/^Error: failure 3/)])
})

test('a job keeps the newest 200 lines of its log, those that were written while it ran included', async () => {
  const lines = Array.from({ length: 250 }, (_, index) => `line ${index}`)
  const { queue } = runWorker(
    async job => {
      for (const line of lines) await job.log(line)
    },
    { enter: async () => () => undefined },
  )
  const { id = '' } = await queue.add('lead.registered', {}, { jobId: crypto.randomUUID() })
  await expect.poll(() => queue.getCompletedCount()).toBe(1)
  expect((await queue.getJobLogs(id)).logs).toEqual(lines.slice(-200))
})

test('what runs at the shutdown of a worker may finish for 25 seconds, and is handed back then', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const workers = [0, 1].map(() => {
    const { promise, resolve } = Promise.withResolvers<void>()
    return { close: () => promise, cancelAllJobs: vi.fn<() => void>(() => resolve()) }
  })
  const closed = closeWorkers(workers)
  await vi.advanceTimersByTimeAsync(24_999)
  for (const { cancelAllJobs } of workers) expect(cancelAllJobs).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  await closed
  expect(vi.getTimerCount()).toBe(0)
})

const retry = { attempts: 12, firstDelaySeconds: 5, maxDelaySeconds: 3600 }

test('the pause doubles from 5 s up to an hour', () => {
  const pauses = Array.from({ length: 12 }, (_, index) => backoffMs(index + 1, retry, () => 0.5) / 1000)
  expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600])
})

test('a pause varies randomly by at most 20 %, so that jobs that failed together do not come back together', () => {
  expect(backoffMs(1, retry, () => 0)).toBe(4000)
  expect(backoffMs(1, retry, () => 1)).toBe(6000)
})
