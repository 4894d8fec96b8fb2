import { createAudit, createStories, storyId } from '@ponte/state'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { basicOf, type OpenBoard, openBoard, viewer } from './testing/open-board.ts'
import { leads, operate, options, rejected, textOf } from './testing/operate.ts'

let board: OpenBoard
beforeEach(async () => {
  board = await openBoard()
})
afterEach(() => board.close())

const { fail, visit, send, ownAudit } = operate(() => board)
const trail = async (): Promise<string[]> =>
  (await ownAudit())
    .map(({ who, action, outcome, queue, jobId, code, detail }) =>
      [who, action, outcome, queue, jobId, code, detail].filter(Boolean).join(' '),
    )
    .toReversed()
const storyOf = async (key: string) =>
  (await createStories(board.redis, board.name).read(storyId(key))).map(entry =>
    'by' in entry ? `${entry.kind} by ${entry.by}` : entry.kind,
  )
/** As if they had failed, or been done, a minute ago. */
async function age(status: 'failed' | 'completed'): Promise<void> {
  const queue = board['totvs-crm']
  const then = Date.now() - 60_000
  for (const id of await board.redis.zrange(queue.toKey(status), '0', '-1')) {
    await board.redis.zadd(queue.toKey(status), then, id)
    await board.redis.hset(queue.toKey(id), 'finishedOn', then)
  }
}

test('what is done through Bull Board is in the audit trail: who, what, where, and what was refused', async () => {
  const queue = board['totvs-crm']
  await fail(queue, leads(3, rejected))
  const api = `/api/queues/${queue.name}`
  for (const url of [`${api}/pause`, `${api}/job-0/retry`, `${api}/job-1/clean`, `${api}/retry/failed`, `${api}/empty`])
    await board.ask('PUT', url)
  const refusedViewer = { method: 'PUT', url: `${api}/resume`, headers: { authorization: basicOf(viewer) } } as const
  await board.app.inject(refusedViewer)

  expect(await trail()).toEqual([
    'operação pause done totvs-crm',
    'operação retry done totvs-crm job-0 CRM_REJECTED',
    'operação remove done totvs-crm job-1 CRM_REJECTED',
    'operação retry-all done totvs-crm 1',
    'operação empty refused totvs-crm',
    'visitante resume refused totvs-crm',
  ])
  expect((await storyOf('key-1')).at(-1)).toBe('removed by operação')
  expect(textOf((await visit('/audit')).body)).toMatch(/operação retried CRM_REJECTED .*job-0/)
})

test('"retry all" of a queue is in the story of each event that it retried, with who did it', async () => {
  const queue = board['totvs-crm']
  await fail(queue, leads(3, rejected))
  expect((await board.ask('PUT', `/api/queues/${queue.name}/retry/failed`)).json()).toEqual({ retried: 3, skipped: 0 })
  for (const key of ['key-0', 'key-1', 'key-2']) expect(await storyOf(key)).toEqual(['received', 'retried by operação'])
  expect(await trail()).toEqual(['operação retry-all done totvs-crm 3'])
})

test('"clean" takes what has failed and nothing else, and says in each story and in the audit trail what it took', async () => {
  const queue = board['totvs-crm']
  await fail(queue, leads(3, rejected))
  await age('failed')
  // One that failed since the operator looked, and one that waits.
  await board.redis.zadd(queue.toKey('failed'), Date.now(), 'job-2')
  await queue.add('lead.registered', {}, { ...options, jobId: 'waits', timestamp: Date.now() - 60_000 })
  const answer = await board.ask('PUT', `/api/queues/${queue.name}/clean/failed`)
  expect([answer.statusCode, answer.json()]).toEqual([200, {}])
  expect((await queue.getFailed()).map(({ id }) => id)).toEqual(['job-2'])
  expect((await queue.getWaiting()).map(({ id }) => id)).toEqual(['waits'])
  expect(await storyOf('key-0')).toEqual(['received', 'removed by operação'])
  expect(await storyOf('key-2')).toEqual([])
  expect(await trail()).toEqual(['operação clean done totvs-crm failed 2'])
})

test('pausing all queues says which they were', async () => {
  await board.ask('PUT', '/api/queues/pause')
  const all = ['totvs-crm', 'rd-station', 'quarantine'].map(kind => `${board.name}.${kind}`).join(', ')
  const records = await createAudit(board.redis).read({ count: 1000 })
  expect(records.find(({ detail }) => detail === all)).toMatchObject({
    who: 'operação',
    action: 'pause-all',
    outcome: 'done',
  })
  expect(await board.quarantine.isPaused()).toBe(true)
})

test('what a viewer was refused on any page is in the audit trail: what, and where', async () => {
  const as = basicOf(viewer)
  const job = `/jobs/${board.name}/totvs-crm/job-0`
  for (const rest of ['retry', 'edit', 'preview', 'apply']) await send(`${job}/${rest}`, {}, as)
  for (const rest of ['edit', 'original']) await visit(`${job}/${rest}`, { as })
  await board.app.inject({
    method: 'PUT',
    url: `/api/queues/${board['totvs-crm'].name}/job-0/promote`,
    headers: { authorization: as },
  })
  expect(await trail()).toEqual(
    ['retry', 'edit', 'edit', 'edit', 'open', 'open', 'promote'].map(
      action => `visitante ${action} refused totvs-crm job-0`,
    ),
  )

  // These name no tenant.
  const [before] = await createAudit(board.redis).read({ count: 1 })
  await send('/causes/retry', { tenant: board.name, kind: 'totvs-crm', code: 'CRM_REJECTED' }, as)
  await visit('/audit', { as })
  const since = (await createAudit(board.redis).read({ count: 1000 })).filter(({ at }) => at >= (before?.at ?? 0))
  expect(since.filter(({ who, tenant }) => who === viewer.user && tenant === undefined)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ action: 'retry-all', outcome: 'refused' }),
      expect.objectContaining({ action: 'audit', outcome: 'refused' }),
    ]),
  )
})
