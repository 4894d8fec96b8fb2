import { expect, test } from 'vitest'
import { useQueues } from '../testing/use-queues.ts'
import { pageBudget, readJob, readJobs, withoutData } from './read-jobs.ts'

const { redis, options, open } = useQueues()
const receivedAt = '2026-01-02T03:04:05.000Z'

test('a job is read as BullMQ reads it', async () => {
  const queue = open().own['rd-station']
  const data = { v: 1, key: 'key-1', receivedAt }
  const opts = { ...options, jobId: 'job-1', delay: 60_000, priority: 3, deduplication: { id: 'key-1' } }
  await queue.add('opportunity.won', data, opts)
  const ours = await readJob(redis, queue, 'job-1', pageBudget())
  const theirs = await queue.getJob('job-1')
  expect(JSON.parse(JSON.stringify(ours))).toEqual(JSON.parse(JSON.stringify(theirs)))
  expect(await readJob(redis, queue, 'none', pageBudget())).toBeUndefined()
})

test('of the jobs of a page no more is read than the page may read, also of those that are asked for together; each tells its event and its size all the same', async () => {
  const queue = open().own.quarantine
  const ids = Array.from({ length: 40 }, (_, index) => `part-${index}`)
  const data = { v: 1, body: 'x'.repeat(60_000) }
  for (const id of ids) await queue.add('delivery', data, { ...options, jobId: id, deduplication: { id, ttl: 60_000 } })
  const jobs = await readJobs(redis, queue, ids, pageBudget())
  const whole = jobs.filter(job => job.data.body !== undefined)
  expect([jobs.length, whole.length]).toEqual([40, 17])
  expect(jobs.at(-1)?.data).toEqual({ key: 'part-39', tooLarge: JSON.stringify({ owner: 'ponte', ...data }).length })
  const budget = pageBudget()
  const together = await Promise.all(ids.map(id => readJob(redis, queue, id, budget)))
  expect(together.filter(job => job?.data.body !== undefined)).toHaveLength(17)
  const [head] = await readJobs(redis, queue, ids, withoutData())
  expect(head).toMatchObject({ id: 'part-0', name: 'delivery', data: { key: 'part-0' } })
})
