import { afterAll, beforeAll, expect, test } from 'vitest'
import { pageBudget, readJob, readJobs, withoutData } from './read-jobs.ts'
import { type OpenBoard, openBoard } from '../testing/open-board.ts'
import { options, operate, receivedAt, rejected } from '../testing/operate.ts'

let board: OpenBoard
const { fail, visit } = operate(() => board)
beforeAll(async () => {
  board = await openBoard()
})
afterAll(() => board.close())

/** Half a megabyte of names. To mask all of them would take the board's only thread ten seconds. */
const names = Array.from({ length: 35_000 }, (_, index) => `pessoa ${index} x`)

test('a job of half a megabyte delays nobody: its pages show its size in place of its data at once', async () => {
  const lead = { name: names.join(' '), email: 'a@b.example', notes: names }
  const data = { v: 1, key: 'key-big', receivedAt, lead: { ...lead } }
  await fail(board['totvs-crm'], [{ name: 'lead.registered', id: 'big', data, reason: rejected }])
  const log = Array.from({ length: 200 }, () => `${receivedAt} CRM_REJECTED: ${names.slice(0, 300).join(' ')}`)
  await board.redis.rpush(`${board['totvs-crm'].toKey('big')}:logs`, ...log)
  // This thread's own time, so that other work on the machine does not count.
  const start = process.threadCpuUsage()
  const queue = board['totvs-crm'].name
  for (const url of [
    `/queues/api/queues?activeQueue=${queue}&status=failed`,
    `/queues/api/queues/${queue}/big`,
    `/queues/api/queues/${queue}/big/logs`,
    `/failures/${board.name}/totvs-crm/CRM_REJECTED`,
    '/failures',
    '/waiting',
  ]) {
    const { statusCode, body } = await visit(url)
    expect(statusCode, url).toBe(200)
    expect(body.length, url).toBeLessThan(2 * 1024 * 1024)
  }
  const { user, system } = process.threadCpuUsage(start)
  expect((user + system) / 1000).toBeLessThan(5000)
  expect((await visit(`/queues/api/queues/${queue}/big`)).body).toMatch(/"tooLarge":\d{6}/)
})

test('a job is read as BullMQ reads it', async () => {
  const queue = board['rd-station']
  const data = { v: 1, key: 'key-1', receivedAt }
  const opts = { ...options, jobId: 'job-1', delay: 60_000, priority: 3, deduplication: { id: 'key-1' } }
  await queue.add('opportunity.won', data, opts)
  const ours = await readJob(board.redis, queue, 'job-1', pageBudget())
  const theirs = await queue.getJob('job-1')
  expect(JSON.parse(JSON.stringify(ours))).toEqual(JSON.parse(JSON.stringify(theirs)))
  expect(await readJob(board.redis, queue, 'none', pageBudget())).toBeUndefined()
})

test('of the jobs of a page no more is read than the page may read; each tells its event and its size all the same', async () => {
  const queue = board.quarantine
  const ids = Array.from({ length: 40 }, (_, index) => `part-${index}`)
  const data = { v: 1, body: 'x'.repeat(60_000) }
  for (const id of ids) await queue.add('delivery', data, { ...options, jobId: id, deduplication: { id, ttl: 60_000 } })
  const jobs = await readJobs(board.redis, queue, ids, pageBudget())
  const whole = jobs.filter(job => job.data.body !== undefined)
  expect([jobs.length, whole.length]).toEqual([40, 17])
  expect(jobs.at(-1)?.data).toEqual({ key: 'part-39', tooLarge: JSON.stringify({ owner: 'ponte', ...data }).length })
  const [head] = await readJobs(board.redis, queue, ids, withoutData())
  expect(head).toMatchObject({ id: 'part-0', name: 'delivery', data: { key: 'part-0' } })
})
