import { jobOptions, queuePrefix } from '@ponte/runtime'
import { type Job, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { afterEach, expect, inject, onTestFinished, test, vi } from 'vitest'
import { withoutMount } from '../../ui/addresses.ts'
import { isRefusedAction } from '../../bull-board/recorded-actions.ts'
import { basic, openBoard } from '../../testing/open-board.ts'
import { useBoard } from '../../testing/use-board.ts'

const { board } = useBoard({ isShared: true })
const ATTEMPTS = 3

const workers: { close: () => Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(workers.splice(0).map(worker => worker.close()))
})

/** Runs the jobs of the CRM queue until `fails` lets them pass; counts each job's runs. */
function work(fails: (job: Job, run: number) => boolean) {
  const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
  const runs = new Map<string, number>()
  const worker = new Worker(
    board()['totvs-crm'].name,
    async job => {
      const run = (runs.get(String(job.id)) ?? 0) + 1
      runs.set(String(job.id), run)
      if (fails(job, run)) throw new Error('CRM_UNAVAILABLE: TOTVS CRM answered that it is unavailable.')
    },
    { connection, prefix: queuePrefix(board().name), concurrency: 20, settings: { backoffStrategy: () => 0 } },
  )
  workers.push({
    close: async () => {
      await worker.close()
      connection.disconnect()
    },
  })
  return { runs, worker }
}

const options = jobOptions({ attempts: ATTEMPTS, firstDelaySeconds: 0, maxDelaySeconds: 0 })
const failed = (): Promise<number> => board()['totvs-crm'].getFailedCount()
const url = (rest: string): string => `/queues/api/queues/${board()['totvs-crm'].name}/${rest}`

test('retrying one failed job starts from the first attempt', async () => {
  const { runs } = work((_job, run) => run < ATTEMPTS + ATTEMPTS)
  await board()['totvs-crm'].add('lead.registered', {}, { ...options, jobId: 'one' })
  await expect.poll(failed).toBe(1)
  expect(runs.get('one')).toBe(ATTEMPTS)

  expect((await board().ask('PUT', url('one/retry'))).statusCode).toBe(204)
  await expect.poll(() => board()['totvs-crm'].getCompletedCount()).toBe(1)
  expect(runs.get('one')).toBe(ATTEMPTS + ATTEMPTS)
  await board()['totvs-crm'].clean(0, 0, 'completed')
})

test('retrying all reaches every job, also when those retried first fail again at once, each from the first attempt', async () => {
  const count = 110
  const { runs, worker } = work(() => true)
  await board()['totvs-crm'].addBulk(
    Array.from({ length: count }, (_, index) => ({
      name: 'lead.registered',
      data: {},
      opts: { ...options, jobId: `all-${index}` },
    })),
  )
  await expect.poll(failed).toBe(count)
  expect(new Set(runs.values())).toEqual(new Set([ATTEMPTS]))
  expect(worker.isRunning()).toBe(true)

  const answer = await board().ask('PUT', url('retry/failed'))
  expect(answer.json()).toEqual({ retry: expect.any(String) })
  await expect.poll(() => [...runs.values()].reduce((sum, each) => sum + each)).toBe(count * ATTEMPTS * 2)
  await expect.poll(failed).toBe(count)
  expect(new Set(runs.values())).toEqual(new Set([ATTEMPTS * 2]))
  await board()['totvs-crm'].clean(0, 0, 'failed')
})

test('a form that names one queue and code a thousand times has it read once', async () => {
  work(() => true)
  await board()['totvs-crm'].add('lead.registered', {}, { ...options, jobId: 'once' })
  await expect.poll(failed).toBe(1)
  const read = vi.spyOn(board().redis, 'evalsha')
  onTestFinished(() => read.mockRestore())
  const part = `${board().name}/totvs-crm/CRM_UNAVAILABLE`
  const parts = Array.from({ length: 1000 }, (_, index) => ['part', `${part}/${index}`])
  const post = (fields: readonly (readonly string[])[]) =>
    board().app.inject({
      method: 'POST',
      url: '/failures/try',
      headers: { authorization: basic, 'content-type': 'application/x-www-form-urlencoded' },
      payload: fields.map(([name, value = '']) => `${name}=${encodeURIComponent(value)}`).join('&'),
    })
  const ofFailed = () =>
    read.mock.calls.filter(call => call.some(each => String(each).endsWith(':ponte:failed:totvs-crm'))).length
  expect((await post(parts)).statusCode).toBe(404)
  // The queue is read once, for the menu and the form together.
  expect(ofFailed()).toBe(1)
  read.mockClear()
  expect(
    (
      await post([
        ['part', part],
        ['part', part],
        ['part', `${board().name}/totvs-crm/CRM_REJECTED`],
      ])
    ).statusCode,
  ).toBe(303)
  expect(ofFailed()).toBe(1)
  await board()['totvs-crm'].clean(0, 0, 'failed')
})

test('an operator can promote, pause, resume, remove and clean', async () => {
  const queue = board()['totvs-crm']
  await queue.pause()
  await queue.add('lead.registered', {}, { ...options, jobId: 'later', delay: 3_600_000 })
  expect((await board().ask('PUT', url('later/promote'))).statusCode).toBe(204)
  expect(await queue.getJobState('later')).toBe('waiting')
  expect((await board().ask('PUT', url('resume'))).statusCode).toBe(200)
  expect(await queue.isPaused()).toBe(false)
  expect((await board().ask('PUT', url('pause'))).statusCode).toBe(200)
  expect(await queue.isPaused()).toBe(true)
  await queue.remove('later')
  await queue.resume()
  work(() => true)
  await queue.add('lead.registered', {}, { ...options, jobId: 'gone' })
  await expect.poll(() => queue.getJobState('gone')).toBe('failed')
  expect((await board().ask('PUT', url('gone/clean'))).statusCode).toBe(204)
  expect(await queue.getJob('gone')).toBeUndefined()
})

const statuses = ['waiting', 'delayed', 'active', 'x']

test.each([
  { what: 'the data of a job', method: 'PATCH', rest: 'kept/update-data', payload: { jobData: { lost: true } } },
  { what: 'a new job', method: 'POST', rest: 'add', payload: { name: 'lead.registered', data: {}, options: {} } },
  { what: 'an emptied queue', method: 'PUT', rest: 'empty', payload: undefined },
  { what: 'an obliterated queue', method: 'PUT', rest: 'obliterate', payload: { force: true } },
  { what: 'a queue for few at a time', method: 'PUT', rest: 'concurrency', payload: { concurrency: 1 } },
  { what: 'a queue of one a day', method: 'PUT', rest: 'rate-limit', payload: { max: 1, duration: 86_400_000 } },
  { what: 'a pause that ends early', method: 'PUT', rest: 'rate-limit/release', payload: undefined },
  { what: 'what is done, done again', method: 'PUT', rest: 'retry/completed', payload: undefined },
  { what: 'one that waits, removed', method: 'PUT', rest: 'kept/clean', payload: undefined },
  { what: 'one that is delayed, removed', method: 'PUT', rest: 'kept-delayed/clean', payload: undefined },
  { what: 'one that is delayed, retried', method: 'PUT', rest: 'kept-delayed/retry', payload: undefined },
  ...statuses.map(status => ({
    what: `a queue without what is ${status}`,
    method: 'PUT' as const,
    rest: `clean/${status}`,
    payload: undefined,
  })),
] as const)(
  'nobody gets $what by the board: what it shows is masked, and what it would lose is not its to lose',
  async refused => {
    const queue = board()['totvs-crm']
    await queue.pause()
    const ids = ['kept', 'kept-delayed', 'kept-prioritized']
    // Old enough that Bull Board would not spare them.
    const old = { ...options, timestamp: Date.now() - 60_000 }
    const data = { lead: { name: 'kept' } }
    await queue.add('lead.registered', data, { ...old, jobId: 'kept' })
    await queue.add('lead.registered', data, { ...old, jobId: 'kept-delayed', delay: 3_600_000 })
    await queue.add('lead.registered', data, { ...old, jobId: 'kept-prioritized', priority: 3 })
    const answer = await board().app.inject({
      method: refused.method,
      url: url(refused.rest),
      headers: { authorization: basic, 'accept-language': 'en' },
      ...(refused.payload && { payload: refused.payload }),
    })
    expect(answer.statusCode).toBe(403)
    expect(answer.json()).toMatchObject({ message: expect.stringContaining('Ponte does not allow') })
    const kept = await Promise.all(ids.map(id => queue.getJob(id)))
    expect(kept.map(job => job?.data)).toEqual(ids.map(() => ({ owner: 'ponte', ...data })))
    expect(await queue.getJobCountByTypes('waiting', 'delayed', 'prioritized')).toBe(3)
    expect([await queue.getGlobalConcurrency(), await queue.getGlobalRateLimit()]).toEqual([null, null])
    for (const id of ids) await queue.remove(id)
    await queue.resume()
  },
)

test('of all that Bull Board can change, an operator gets what is listed and nothing else', async () => {
  const routes: string[] = []
  const own = await openBoard({
    onRoute: ({ method, url }) => {
      if (url.startsWith('/queues/api/') && [method].flat().some(each => each !== 'GET' && each !== 'HEAD'))
        routes.push(url)
    },
  })
  await own.close()
  const isRefused = (route: string): Promise<boolean> => isRefusedAction({ route, queueStatus: 'failed' }, undefined)
  const all = [...new Set(routes.map(withoutMount))]
  const refused = new Set(await Promise.all(all.map(async route => ((await isRefused(route)) ? route : ''))))
  const allowed = all.filter(route => !refused.has(route))
  expect(routes.length).toBeGreaterThan(allowed.length + 10)
  expect(allowed.map(url => url.replace('/api/queues/', '')).toSorted()).toEqual([
    ':queueName/:jobId/clean',
    ':queueName/:jobId/promote',
    ':queueName/:jobId/retry',
    ':queueName/clean/:queueStatus',
    ':queueName/pause',
    ':queueName/promote',
    ':queueName/resume',
    ':queueName/retry/:queueStatus',
    'pause',
    'resume',
  ])
  for (const url of ['/api/queues/:queueName/:jobId/delay', '/api/queues/:queueName/something-new', '__proto__'])
    expect(await isRefused(url)).toBe(true)
})
