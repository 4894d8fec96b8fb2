import { retryAnswer, retryDocument } from '@ponte/operations'
import { queuePrefix } from '@ponte/runtime'
import { timelineId } from '@ponte/state'
import { Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { beforeEach, expect, inject, onTestFinished, test } from 'vitest'
import { apiTokens, askApi } from '../testing/api-tokens.ts'
import { leads, mark, receivedAt, rejected } from '../testing/operate.ts'
import { stopClock } from '../testing/stop-clock.ts'
import { useBoard } from '../testing/use-board.ts'

const { board, fail, ownAudit } = useBoard({ apiTokens })
const ask = askApi(board)
const cause = '/failures/CRM_REJECTED/retry'
const failed = () => board()['totvs-crm'].getFailedCount()
const waiting = async (kind: 'totvs-crm' | 'rd-station' = 'totvs-crm') =>
  (await board()[kind].getWaiting()).map(({ id, attemptsMade }) => `${id} ${attemptsMade}`).toSorted()
const eventOf = (event: string, key: string, jobId: string) => ({ event, key, receivedAt, jobId, identities: [] })

beforeEach(async () => {
  await fail(board()['totvs-crm'], leads(3, rejected))
  await fail(board()['totvs-crm'], leads(1, 'CRM_CONFLICT: x', 3))
})

test('a dry run says what would be retried, and changes nothing', async () => {
  const answer = await ask(cause, { body: { dryRun: true } })
  const queues = [{ tenant: board().name, queue: 'totvs-crm', count: 3 }]
  expect([answer.statusCode, answer.json()]).toEqual([200, { dryRun: true, queues, retry: null }])
  expect([await failed(), await ownAudit()]).toEqual([4, []])
})

test('what failed with a code is retried from the first attempt, under the name of the token, and what became of it is answered', async () => {
  const answer = await ask(cause, { body: { tenant: board().name } })
  expect(answer.statusCode).toBe(202)
  const { retry } = retryAnswer.parse(answer.json())
  expect(answer.headers.location).toBe(`/api/v1/retries/${retry?.id}`)
  expect(retry).toMatchObject({ by: 'api:operator', kind: 'all', state: 'sent', ended: false, queues: [{ asked: 3 }] })
  expect(await waiting()).toEqual(['job-0 0', 'job-1 0', 'job-2 0'])
  expect((await board()['totvs-crm'].getFailed()).map(({ id }) => id)).toEqual(['job-3'])
  const entry = { user: 'api:operator', action: 'retry-all', outcome: 'done', code: 'CRM_REJECTED', detail: '3' }
  expect(await ownAudit()).toMatchObject([{ ...entry, retry: retry?.id }])

  const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
  const own = { connection, prefix: queuePrefix(board().name) }
  const worker = new Worker(board()['totvs-crm'].name, async () => ({ outcome: 'done' }), own)
  onTestFinished(async () => {
    await worker.close()
    connection.disconnect()
  })
  const read = async () => retryDocument.parse((await ask(`/retries/${retry?.id}`)).json())
  await expect.poll(async () => (await read()).ended).toBe(true)
  const { queues } = await read()
  expect(queues).toMatchObject([{ tenant: board().name, code: 'CRM_REJECTED', asked: 3, underWay: 0 }])
})

test('the same request once more, also at the same moment, retries nothing twice; one may name the type of a body that it does not have', async () => {
  const headers = { 'content-type': 'application/json' }
  const both = await Promise.all([ask(cause, { method: 'POST', headers }), ask(cause, { body: {} })])
  expect(both.every(({ statusCode }) => statusCode < 300)).toBe(true)
  expect(await waiting()).toHaveLength(3)
  const again = await ask(cause, { body: {} })
  expect([again.statusCode, again.json()]).toEqual([200, { dryRun: false, queues: [], retry: null }])
  expect([(await waiting()).length, await failed()]).toEqual([3, 1])
})

test.each(['with a timeline', 'without one'])('one event is retried by its key, %s', async timeline => {
  if (timeline === 'with a timeline') await board().timelines.begin(eventOf('lead.registered', 'key-1', 'job-1'))
  const key = timeline === 'with a timeline' ? 'key-1' : 'job-1'
  const path = `/tenants/${board().name}/events/${key}/retry`
  expect((await ask(path, { body: { dryRun: true } })).json()).toMatchObject({ queues: [{ count: 1 }], retry: null })
  expect((await ask(path, { body: {} })).statusCode).toBe(202)
  expect([await waiting(), await failed()]).toEqual([['job-1 0'], 3])
  expect((await ask(path, { body: {} })).json()).toEqual({ dryRun: false, queues: [], retry: null })
  const entries = await board().timelines.read(timelineId('key-1'))
  expect(entries).toContainEqual(expect.objectContaining({ kind: 'retried', by: 'api:operator' }))
})

test('an event of which only the write of statusRD failed is retried by its key; of several rounds of a mark the newest, as on the board', async () => {
  const { timelines, name, redis, ...own } = board()
  const data = { v: 1, key: 'written', opportunityId: '9d1f3a52-0000-4000-8000-000000000001', status: 'OPPORTUNITY' }
  await fail(own['totvs-crm'], [{ name: 'status-rd.changed', id: 'status', data, reason: rejected }])
  const won = eventOf('opportunity.won', 'written', 'won')
  const run = { kind: 'run', at: Date.now(), outcome: 'failed' } as const
  await timelines.begin(won)
  await timelines.record(won, { ...run, event: 'status-rd.changed', jobId: 'status' })
  expect((await ask(`/tenants/${name}/events/written/retry`, { body: {} })).statusCode).toBe(202)
  expect(await waiting()).toEqual(['status 0'])

  const rounds = ['first', 'second'].map(id => ({ ...mark('rounds', 'opportunity'), id }))
  await fail(own['rd-station'], rounds)
  await redis.hset(own['rd-station'].toKey('first'), { finishedOn: 1 })
  for (const { name: event, id: jobId } of rounds)
    await timelines.record(eventOf(event, 'rounds', jobId), { ...run, event, jobId })
  expect((await ask(`/tenants/${name}/events/rounds/retry`, { body: {} })).statusCode).toBe(202)
  expect(await waiting('rd-station')).toEqual(['second 0'])
})

test('a token retries 20 times a minute, however much else it may ask', async () => {
  stopClock()
  const answers = await Promise.all(Array.from({ length: 25 }, () => ask(cause, { body: { dryRun: true } })))
  expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(5)
  expect((await ask('/status')).statusCode).toBe(200)
})
