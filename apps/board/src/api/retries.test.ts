import { retryAnswer, retryDocument } from '@ponte/operations'
import { queuePrefix } from '@ponte/runtime'
import { createTimelines, timelineId } from '@ponte/state'
import { Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { beforeEach, expect, inject, onTestFinished, test } from 'vitest'
import { apiTokens, askApi } from '../testing/api-tokens.ts'
import { type OpenBoard, openBoard } from '../testing/open-board.ts'
import { leads, mark, operate, receivedAt, rejected } from '../testing/operate.ts'
import { stopClock } from '../testing/stop-clock.ts'

let board: OpenBoard
const ask = askApi(() => board)
const { fail, ownAudit } = operate(() => board)
const failed = () => board['totvs-crm'].getFailedCount()

beforeEach(async () => {
  board = await openBoard({ apiTokens })
  await fail(board['totvs-crm'], leads(3, rejected))
  await fail(board['totvs-crm'], leads(1, 'CRM_CONFLICT: x', 3))
  return () => board.close()
})

/** Lets the events that wait be done. */
async function work(): Promise<void> {
  const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
  const worker = new Worker(board['totvs-crm'].name, async () => ({ outcome: 'done' }), {
    connection,
    prefix: queuePrefix(board.name),
  })
  onTestFinished(async () => {
    await worker.close()
    connection.disconnect()
  })
  await worker.waitUntilReady()
}

test('a dry run says what would be retried, and changes nothing', async () => {
  const answer = await ask('/failures/CRM_REJECTED/retry', { body: { dryRun: true } })
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({
    dryRun: true,
    queues: [{ tenant: board.name, queue: 'totvs-crm', count: 3 }],
    retry: null,
  })
  expect(await failed()).toBe(4)
  expect(await ownAudit()).toEqual([])
})

test('what failed with a code is retried from the first attempt, under the name of the token', async () => {
  const answer = await ask('/failures/CRM_REJECTED/retry', { body: { tenant: board.name } })
  expect(answer.statusCode).toBe(202)
  const { retry } = retryAnswer.parse(answer.json())
  expect(answer.headers.location).toBe(`/api/v1/retries/${retry?.id}`)
  expect(retry).toMatchObject({ by: 'api:operator', kind: 'all', state: 'sent', ended: false, queues: [{ asked: 3 }] })
  const waiting = await board['totvs-crm'].getWaiting()
  expect(new Set(waiting.map(({ id }) => id))).toEqual(new Set(['job-0', 'job-1', 'job-2']))
  expect(waiting.map(({ attemptsMade }) => attemptsMade)).toEqual([0, 0, 0])
  expect((await board['totvs-crm'].getFailed()).map(({ id }) => id)).toEqual(['job-3'])
  expect(await ownAudit()).toMatchObject([
    {
      user: 'api:operator',
      action: 'retry-all',
      outcome: 'done',
      code: 'CRM_REJECTED',
      detail: '3',
      retry: retry?.id,
    },
  ])
})

test('what became of a retry is answered until all has ended', async () => {
  const { retry } = retryAnswer.parse((await ask('/failures/CRM_REJECTED/retry', { method: 'POST' })).json())
  await work()
  const read = async () => retryDocument.parse((await ask(`/retries/${retry?.id}`)).json())
  await expect.poll(async () => (await read()).ended).toBe(true)
  const { queues } = await read()
  expect(queues).toMatchObject([
    { tenant: board.name, queue: 'totvs-crm', code: 'CRM_REJECTED', asked: 3, underWay: 0 },
  ])
})

test('the same request once more, also at the same moment, retries nothing twice', async () => {
  const both = await Promise.all([1, 2].map(() => ask('/failures/CRM_REJECTED/retry', { body: {} })))
  expect(both.every(({ statusCode }) => statusCode < 300)).toBe(true)
  expect(await board['totvs-crm'].getWaitingCount()).toBe(3)
  const again = await ask('/failures/CRM_REJECTED/retry', { body: {} })
  expect([again.statusCode, again.json()]).toEqual([200, { dryRun: false, queues: [], retry: null }])
  expect(await board['totvs-crm'].getWaitingCount()).toBe(3)
  expect(await failed()).toBe(1)
})

test.each(['with a timeline', 'without one'])('one event is retried by its key, %s', async timeline => {
  if (timeline === 'with a timeline') {
    const of = { event: 'lead.registered', key: 'key-1', receivedAt, jobId: 'job-1', identities: [] }
    await createTimelines(board.redis, board.name, board.fingerprint).begin(of)
  }
  const key = timeline === 'with a timeline' ? 'key-1' : 'job-1'
  const path = `/tenants/${board.name}/events/${key}/retry`
  expect((await ask(path, { body: { dryRun: true } })).json()).toMatchObject({ queues: [{ count: 1 }], retry: null })
  const answer = await ask(path, { body: {} })
  expect(answer.statusCode).toBe(202)
  expect((await board['totvs-crm'].getWaiting()).map(({ id }) => id)).toEqual(['job-1'])
  expect(await failed()).toBe(3)
  expect((await ask(path, { body: {} })).json()).toEqual({ dryRun: false, queues: [], retry: null })
  const entries = await createTimelines(board.redis, board.name, board.fingerprint).read(timelineId('key-1'))
  expect(entries).toContainEqual(expect.objectContaining({ kind: 'retried', by: 'api:operator' }))
})

test('a request that names the type of a body that it does not have is one without a body', async () => {
  const headers = { 'content-type': 'application/json' }
  expect((await ask('/failures/CRM_REJECTED/retry', { method: 'POST', headers })).statusCode).toBe(202)
  expect(await failed()).toBe(1)
})

test('an event of which only the write of statusRD failed is retried by its key', async () => {
  const data = { v: 1, key: 'written', opportunityId: '9d1f3a52-0000-4000-8000-000000000001', status: 'OPPORTUNITY' }
  await fail(board['totvs-crm'], [{ name: 'status-rd.changed', id: 'status', data, reason: rejected }])
  const of = { event: 'opportunity.won', key: 'written', receivedAt, jobId: 'won', identities: [] }
  const timelines = createTimelines(board.redis, board.name, board.fingerprint)
  await timelines.begin(of)
  const run = { kind: 'run', at: Date.now(), event: 'status-rd.changed', jobId: 'status', outcome: 'failed' } as const
  await timelines.record(of, run)
  expect((await ask(`/tenants/${board.name}/events/written/retry`, { body: {} })).statusCode).toBe(202)
  expect((await board['totvs-crm'].getWaiting()).map(({ id }) => id)).toEqual(['status'])
})

test('of several rounds of a mark that failed, the newest is retried, as on the board', async () => {
  const rounds = ['first', 'second'].map(id => ({ ...mark('rounds', 'opportunity'), id }))
  await fail(board['rd-station'], rounds)
  await board.redis.hset(board['rd-station'].toKey('first'), { finishedOn: 1 })
  const timelines = createTimelines(board.redis, board.name, board.fingerprint)
  for (const { name: event, id: jobId } of rounds) {
    const of = { event, key: 'rounds', receivedAt, jobId, identities: [] }
    await timelines.record(of, { kind: 'run', at: Date.now(), event, jobId, outcome: 'failed' })
  }
  expect((await ask(`/tenants/${board.name}/events/rounds/retry`, { body: {} })).statusCode).toBe(202)
  expect((await board['rd-station'].getWaiting()).map(({ id }) => id)).toEqual(['second'])
})

test('a token retries 20 times a minute, however much else it may ask', async () => {
  stopClock()
  const body = { dryRun: true }
  const answers = await Promise.all(Array.from({ length: 25 }, () => ask('/failures/CRM_REJECTED/retry', { body })))
  expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(5)
  expect((await ask('/status')).statusCode).toBe(200)
})
