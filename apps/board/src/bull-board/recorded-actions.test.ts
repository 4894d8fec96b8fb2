import { createVendorAnswers } from '@ponte/operations'
import { timelineId } from '@ponte/state'
import { Job } from 'bullmq'
import { expect, test, vi } from 'vitest'
import { MaskedAdapter } from './masked-adapter.ts'
import { basicOf, viewer } from '../testing/open-board.ts'
import { useBoard } from '../testing/use-board.ts'
import { leads, options, rejected } from '../testing/operate.ts'

const { board, read, fail, visit, send, ownAudit } = useBoard()
const trail = async (): Promise<string[]> =>
  (await ownAudit())
    .map(({ user, action, outcome, queue, jobId, code, detail }) =>
      [user, action, outcome, queue, jobId, code, detail].filter(Boolean).join(' '),
    )
    .toReversed()
const timelineOf = async (key: string) =>
  (await board().timelines.read(timelineId(key))).map(entry =>
    'by' in entry ? `${entry.kind} by ${entry.by}` : entry.kind,
  )
/** Makes them look as if they had failed, or been done, a minute ago. */
async function age(status: 'failed' | 'completed'): Promise<void> {
  const queue = board()['totvs-crm']
  const then = Date.now() - 60_000
  for (const id of await board().redis.zrange(queue.toKey(status), '0', '-1')) {
    await board().redis.zadd(queue.toKey(status), then, id)
    await board().redis.hset(queue.toKey(id), 'finishedOn', then)
  }
}

test('what is done through Bull Board is in the audit trail: who, what, where, and what was refused', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(3, rejected))
  const api = `/queues/api/queues/${queue.name}`
  for (const url of [`${api}/pause`, `${api}/job-0/retry`, `${api}/job-1/clean`, `${api}/retry/failed`, `${api}/empty`])
    await board().ask('PUT', url)
  const refusedViewer = { method: 'PUT', url: `${api}/resume`, headers: { authorization: basicOf(viewer) } } as const
  await board().app.inject(refusedViewer)

  expect(await trail()).toEqual([
    'operação pause done totvs-crm',
    'operação retry done totvs-crm job-0 CRM_REJECTED',
    'operação remove done totvs-crm job-1 CRM_REJECTED',
    'operação retry-all done totvs-crm 1',
    'operação empty refused totvs-crm',
    'visitante resume refused totvs-crm',
  ])
  expect((await timelineOf('key-1')).at(-1)).toBe('removed by operação')
  expect(await read('/audit')).toMatch(/operação retried CRM_REJECTED .*job-0/)
})

test('nothing is done to the queues of a tenant that was removed, and what is done to those of one that came is recorded', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(2, rejected))
  const api = `/queues/api/queues/${queue.name}`
  const actions = ['job-0/retry', 'job-1/clean', 'retry/failed', 'clean/failed', 'pause']
  const statuses = async () => {
    const answers: number[] = []
    for (const action of actions) answers.push((await board().ask('PUT', `${api}/${action}`)).statusCode)
    return answers
  }
  board().live.replace([])
  expect(await statuses()).toEqual(actions.map(() => 404))
  expect(await queue.getJobCounts('failed', 'waiting')).toEqual({ failed: 2, waiting: 0 })
  expect(await queue.isPaused()).toBe(false)

  board().live.replace([...board().tenants])
  await board().ask('PUT', `${api}/job-0/retry`)
  await board().ask('PUT', `${api}/retry/failed`)
  expect((await trail()).slice(-2)).toEqual([
    'operação retry done totvs-crm job-0 CRM_REJECTED',
    'operação retry-all done totvs-crm 1',
  ])
})

test('a user does at most 60 things a minute through Bull Board: what is more is not done, and not recorded', async () => {
  const queue = board()['totvs-crm']
  const pause = (name: string) => board().ask('PUT', `/queues/api/queues/${name}/pause`)
  const unknown = `${board().name}.nothing`
  for (let action = 0; action < 60; action += 1) expect((await pause(unknown)).statusCode).toBe(404)
  const refused = await pause(queue.name)
  expect([refused.statusCode, Number(refused.headers['retry-after']) > 0]).toEqual([429, true])
  expect(await queue.isPaused()).toBe(false)
  expect((await board().ask('GET', '/queues/api/queues')).statusCode).toBe(200)
  const entries = (await board().audit.read({ count: 1000 })).filter(({ queue: name }) => name === unknown)
  expect(entries.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 60 }, () => 'failed'))
  expect(await trail()).toEqual([])
})

test('one event is retried only when it has failed, and removed only when it has ended: what was accepted and waits stays', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(2, rejected))
  await queue.add('lead.registered', {}, { ...options, jobId: 'later', delay: 3_600_000 })
  // Completes it as a worker does.
  const job = await queue.getJob('job-1')
  await board().redis.zrem(queue.toKey('failed'), 'job-1')
  await board().redis.zadd(queue.toKey('completed'), Date.now(), job?.id ?? '')
  await queue.pause()
  await queue.add('lead.registered', {}, { ...options, jobId: 'waits' })
  const act = async (id: string, action: string) =>
    (await board().ask('PUT', `/queues/api/queues/${queue.name}/${id}/${action}`)).statusCode
  expect([await act('job-1', 'retry'), await act('waits', 'retry'), await act('later', 'retry')]).toEqual([
    403, 403, 403,
  ])
  expect([await act('waits', 'clean'), await act('later', 'clean')]).toEqual([403, 403])
  const counts = () => queue.getJobCounts('completed', 'waiting', 'delayed', 'failed')
  expect(await counts()).toEqual({ completed: 1, waiting: 1, delayed: 1, failed: 1 })
  expect([await act('job-1', 'clean'), await act('job-0', 'clean')]).toEqual([204, 204])
  expect([await queue.getJob('job-0'), await queue.getJob('job-1')]).toEqual([undefined, undefined])
  expect(await counts()).toEqual({ completed: 0, waiting: 1, delayed: 1, failed: 0 })
  expect(await trail()).toEqual([
    ...['job-1', 'waits', 'later'].map(id => `operação retry refused totvs-crm ${id}`),
    ...['waits', 'later'].map(id => `operação remove refused totvs-crm ${id}`),
    'operação remove done totvs-crm job-1 CRM_REJECTED',
    'operação remove done totvs-crm job-0 CRM_REJECTED',
  ])
})

test('an event that somebody else retries meanwhile is not removed', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(1, rejected))
  const adapter = new MaskedAdapter(queue, { redis: board().redis, vendorAnswers: createVendorAnswers(board().redis) })
  const seen = await adapter.getJob('job-0')
  await queue.pause()
  await (await queue.getJob('job-0'))?.retry('failed')
  await expect(seen?.remove()).rejects.toThrow('job-0')
  await expect(seen?.retry('completed')).rejects.toThrow('job-0')
  expect(await queue.getJobState('job-0')).toBe('waiting')
})

test('"retry all" of a queue is in the timeline of each event that it retried, with who did it', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(3, rejected))
  const answer = await board().ask('PUT', `/queues/api/queues/${queue.name}/retry/failed`)
  expect(answer.json()).toEqual({ retry: expect.any(String) })
  for (const key of ['key-0', 'key-1', 'key-2'])
    expect(await timelineOf(key)).toEqual(['received', 'retried by operação'])
  expect(await trail()).toEqual(['operação retry-all done totvs-crm 3'])
  const { retry } = answer.json<{ retry: string }>()
  expect(await read(`/retries/${retry}`)).toMatch(
    /3 events: 3 under way .*all failures of the queue RD Station → TOTVS/,
  )
  expect((await visit('/audit')).body).toContain(`href="/retries/${retry}"`)
})

test('"clean" takes what has failed and nothing else, and says in each timeline and in the audit trail what it took', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(3, rejected))
  await age('failed')
  // One job failed after the operator opened the list, and one waits.
  await board().redis.zadd(queue.toKey('failed'), Date.now(), 'job-2')
  await queue.add('lead.registered', {}, { ...options, jobId: 'waits', timestamp: Date.now() - 60_000 })
  const answer = await board().ask('PUT', `/queues/api/queues/${queue.name}/clean/failed`)
  expect([answer.statusCode, answer.json()]).toEqual([200, {}])
  expect((await queue.getFailed()).map(({ id }) => id)).toEqual(['job-2'])
  expect((await queue.getWaiting()).map(({ id }) => id)).toEqual(['waits'])
  expect(await timelineOf('key-0')).toEqual(['received', 'removed by operação'])
  expect(await timelineOf('key-2')).toEqual([])
  expect(await trail()).toEqual(['operação clean done totvs-crm failed 2'])
})

const redisWent = new Error('Connection is closed.')

test.each(['Bull Board', 'the page of the event'])(
  'a retry by %s that Redis cuts off is in the audit trail: without effect, or as begun when Redis does not come back',
  async way => {
    const queue = board()['totvs-crm']
    await fail(queue, leads(2, rejected))
    const retry = (id: string) =>
      way === 'Bull Board'
        ? board().ask('PUT', `/queues/api/queues/${queue.name}/${id}/retry`)
        : send(`/jobs/${board().name}/totvs-crm/${id}/retry`, {})
    const cutOff = vi.spyOn(Job.prototype, 'retry').mockRejectedValueOnce(redisWent)
    expect((await retry('job-0')).statusCode).toBeGreaterThanOrEqual(500)
    cutOff.mockImplementationOnce(async () => {
      vi.spyOn(board().redis, 'xadd').mockRejectedValueOnce(redisWent)
      throw redisWent
    })
    expect((await retry('job-1')).statusCode).toBeGreaterThanOrEqual(500)
    cutOff.mockRestore()
    expect(await trail()).toEqual([
      'operação retry failed totvs-crm job-0 CRM_REJECTED',
      'operação retry done totvs-crm job-1 CRM_REJECTED ?',
    ])
    expect([await timelineOf('key-0'), await timelineOf('key-1')]).toEqual([[], []])
  },
)

test('what "clean" removed before Redis failed is in the audit trail and in the timelines', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(2, rejected))
  const clean = vi.spyOn(queue, 'clean')
  // As many as are removed at once, so there may be more.
  clean.mockResolvedValueOnce(['job-0', ...Array.from({ length: 499 }, () => 'gone')]).mockRejectedValueOnce(redisWent)
  expect((await board().ask('PUT', `/queues/api/queues/${queue.name}/clean/failed`)).statusCode).toBeGreaterThanOrEqual(
    500,
  )
  clean.mockRestore()
  expect(await trail()).toEqual(['operação clean done totvs-crm failed 500'])
  expect(await timelineOf('key-0')).toEqual(['received', 'removed by operação'])
})

test('pausing all queues says which they were', async () => {
  await board().ask('PUT', '/queues/api/queues/pause')
  const all = ['totvs-crm', 'rd-station', 'quarantine'].map(kind => `${board().name}.${kind}`).join(', ')
  const records = await board().audit.read({ count: 1000 })
  expect(records.find(({ detail }) => detail === all)).toMatchObject({
    user: 'operação',
    action: 'pause-all',
    outcome: 'done',
  })
  expect(await board().quarantine.isPaused()).toBe(true)
})

test('what a viewer was refused on any page is in the audit trail: what, and where', async () => {
  const as = basicOf(viewer)
  const job = `/jobs/${board().name}/totvs-crm/job-0`
  for (const rest of ['retry', 'edit', 'preview', 'apply']) await send(`${job}/${rest}`, {}, as)
  for (const rest of ['edit', 'original']) await visit(`${job}/${rest}`, { as })
  await board().app.inject({
    method: 'PUT',
    url: `/queues/api/queues/${board()['totvs-crm'].name}/job-0/promote`,
    headers: { authorization: as },
  })
  expect(await trail()).toEqual(
    ['retry', 'edit', 'edit', 'edit', 'open', 'open', 'promote'].map(
      action => `visitante ${action} refused totvs-crm job-0`,
    ),
  )

  // These name no tenant.
  const [before] = await board().audit.read({ count: 1 })
  await send('/failures/retry', { tenant: board().name, kind: 'totvs-crm', code: 'CRM_REJECTED' }, as)
  await visit('/audit', { as })
  const since = (await board().audit.read({ count: 1000 })).filter(({ at }) => at >= (before?.at ?? 0))
  expect(since.filter(({ user, tenant }) => user === viewer.user && tenant === undefined)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ action: 'retry-all', outcome: 'refused' }),
      expect.objectContaining({ action: 'audit', outcome: 'refused' }),
    ]),
  )
})
