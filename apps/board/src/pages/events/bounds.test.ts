import { createTimelines, timelineId } from '@ponte/state'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type OpenBoard, openBoard } from '../../testing/open-board.ts'
import { leadData, leads, mark, operate, person, receivedAt, rejected, textOf } from '../../testing/operate.ts'

let board: OpenBoard
beforeEach(async () => {
  board = await openBoard()
})
afterEach(() => board.close())

const { fail, failRound, visit, send } = operate(() => board)
const shownIn = (body: string): number => body.match(/<input type="hidden" name="shown"/g)?.length ?? 0
const rowsOf = (file: string): readonly string[] => file.trim().split('\r\n').slice(1)

test('of a queue the 1,000 events that come next are listed, also when all of them wait; the page says so of more', async () => {
  const waiting = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      name: 'lead.registered',
      data: leadData(`waits-${from + index}`),
      opts: { jobId: `waits-${from + index}` },
    }))
  const cut = 'only the 1,000 events that run or come next are listed'
  await board['totvs-crm'].addBulk(waiting(0, 1000))
  expect(textOf((await visit('/events?status=open')).body)).not.toContain(cut)
  await board['totvs-crm'].addBulk(waiting(1000, 100))
  expect(textOf((await visit('/events?status=open')).body)).toContain(cut)
  const rows = rowsOf((await send('/events/export-all', { status: 'open' })).body)
  expect(rows.at(-1)).toMatch(
    /^"?Of the queue \S+ · RD Station → TOTVS, only the 1,000 events that run or come next are listed/,
  )
  const keys = rows.slice(0, -1).map(row => /,(waits-\d+),/.exec(row)?.[1])
  expect(new Set(keys)).toEqual(new Set(waiting(0, 1000).map(({ data }) => data.key)))
})

test('what failed is what the failures page counts: writes of statusRD too', async () => {
  const data = { v: 1, key: 'written', opportunityId: '9d1f3a52-0000-4000-8000-000000000001', status: 'OPPORTUNITY' }
  await fail(board['totvs-crm'], [
    ...leads(2, rejected),
    { name: 'status-rd.changed', id: 'status', data, reason: rejected },
  ])
  await fail(board['rd-station'], [mark('won', data.opportunityId)])
  expect((await visit('/failures')).body).toContain('<title>(4) ')
  expect(shownIn((await visit('/events?status=failed')).body)).toBe(4)
  expect(shownIn((await visit('/events?status=failed&event=lead.registered')).body)).toBe(2)
  const file = rowsOf((await send('/events/export-all', { status: 'failed' })).body)
  const row = file.find(each => each.includes('job=status')) ?? ''
  expect(row).toContain(',Failed: needs you,CRM_REJECTED,')
  const [, item = ''] = /,https?:\/\/[^/]+(\/events\/[^,"]+)/.exec(row) ?? []
  expect(rowsOf((await send('/events/export', { item })).body)).toEqual([row])
  expect((await send('/events/retry', { item })).statusCode).toBe(303)
  expect((await board['totvs-crm'].getWaiting()).map(({ id }) => id)).toEqual(['status'])
})

test('an event that is done and whose write of statusRD failed says both, on its page, in the lists and in a file', async () => {
  const opportunityId = '9d1f3a52-0000-4000-8000-000000000002'
  const timelines = createTimelines(board.redis, board.name, board.fingerprint)
  const won = { event: 'opportunity.won', key: 'sold', receivedAt, jobId: 'sold', identities: [opportunityId] }
  await timelines.begin(won)
  const done = { event: won.event, jobId: won.jobId, outcome: 'done' } as const
  await timelines.record(won, { kind: 'run', at: Date.now(), ...done })
  const write = { name: 'status-rd.changed', jobId: 'write' }
  await timelines.record(won, { kind: 'run', at: Date.now(), event: write.name, jobId: write.jobId, outcome: 'failed' })
  const data = { v: 1, key: won.key, opportunityId, status: 'SALE' }
  await fail(board['totvs-crm'], [{ name: write.name, id: write.jobId, data, reason: rejected }])
  const both = 'Done · Writing of statusRD failed and needs you'
  const places = [
    `/events/${board.name}/${timelineId(won.key)}`,
    `/events/${board.name}/${timelineId(won.key)}?kind=totvs-crm&job=write`,
    '/events?status=failed',
    '/events?status=done',
  ]
  for (const place of places) expect(textOf((await visit(place)).body)).toContain(both)
  const [row = ''] = rowsOf((await send('/events/export-all', { status: 'failed' })).body)
  expect(row).toContain(`,Opportunity won,${both},CRM_REJECTED,`)
})

test('a queue that Redis cannot read is named; the events of the others are listed', async () => {
  await fail(board['totvs-crm'], leads(2, rejected))
  const key = board['rd-station'].toKey('failed')
  await board.redis.set(key, 'no list')
  const { body, statusCode } = await visit('/events?status=failed')
  const file = send('/events/export-all', { status: 'failed' })
  await expect(file.then(({ body: text }) => text)).rejects.toThrow('response destroyed before completion')
  await board.redis.del(key)
  expect([statusCode, shownIn(body)]).toEqual([200, 2])
  expect(textOf(body)).toContain(
    `Redis did not answer; the status of this queue is unknown: ${board.name} · TOTVS → RD Station.`,
  )
})

test('nothing but names is looked at when a person is looked for by name', async () => {
  await fail(board['totvs-crm'], leads(1, rejected))
  for (const q of [person.city, 'padaria', 'registered', 'key-0'])
    expect(shownIn((await send('/events', { q })).body)).toBe(0)
  expect(shownIn((await send('/events', { q: 'souza' })).body)).toBe(1)
})

test('no cell of a file is a formula', async () => {
  const email = '=cmd@x.example'
  await fail(
    board['totvs-crm'],
    [{ ...leads(1, rejected)[0], data: { ...leadData('=key'), lead: { email } } }].map(each => ({
      ...mark('x', 'y'),
      ...each,
    })),
  )
  const { body } = await send('/events/export-all', { status: 'failed' })
  const cells = rowsOf(body).flatMap(row => row.split(','))
  expect(cells.length).toBeGreaterThan(8)
  expect(cells.filter(cell => /^"?[=+@-]/.test(cell))).toEqual([])
})

test.each(['open', 'failed'])(
  'the list of a status (%s) has each event once, and with a person typed in the same ones',
  async status => {
    const timelines = createTimelines(board.redis, board.name, board.fingerprint)
    const begin = async (key: string, event: string, identity: string, outcome?: 'done' | 'failed'): Promise<void> => {
      const of = { event, key, jobId: `job-${key}`, receivedAt: new Date().toISOString(), identities: [identity] }
      await timelines.begin(of)
      const run = { kind: 'run', at: Date.now(), event, jobId: of.jobId } as const
      if (outcome !== undefined) await timelines.record(of, { ...run, outcome })
    }
    const [between, done, failed] = [1, 2, 3].map(digit => `9d1f3a52-0000-4000-8000-00000000000${digit}`) as [
      string,
      string,
      string,
    ]
    // A mark that waits for its next round.
    await begin('between', 'opportunity.won', between, 'failed')
    await fail(board['rd-station'], [mark('between', between)])
    await failRound(between, { round: 1, failedJobs: ['job-between'], nextAt: Date.now() + 60_000 })
    const round = { ...mark('between', between).data, round: 2 }
    await board['rd-station'].add('opportunity.won', round, { jobId: 'round', delay: 60_000 })
    // A mark that is done, and one that has failed permanently, whose texts wait to be written.
    await begin('done', 'opportunity.won', done, 'done')
    await begin('failed', 'opportunity.won', failed, 'failed')
    await fail(board['rd-station'], [mark('failed', failed)])
    for (const [key, opportunityId] of [
      ['done', done],
      ['failed', failed],
    ])
      await board['totvs-crm'].add(
        'status-rd.changed',
        { v: 1, key, receivedAt, opportunityId, status: 'SALE' },
        { jobId: `write-${key}` },
      )
    // A lead with two jobs in its queue, and one with one.
    for (const [key, jobs] of [
      ['twice', ['other', 'job-twice']],
      ['once', ['job-once']],
    ] as const) {
      await begin(key, 'lead.registered', `${key}@x.example`)
      const data = { ...leadData(key), receivedAt: new Date().toISOString(), lead: { email: `${key}@x.example` } }
      for (const jobId of jobs) await board['totvs-crm'].add('lead.registered', data, { jobId })
    }
    const idsIn = (body: string): readonly string[] =>
      [...body.matchAll(/name="shown" value="\/events\/[^/]+\/([^"?]+)/g)].map(([, id = '']) => id).toSorted()
    const ofPersons: string[] = []
    for (const q of [between, done, failed, 'twice@x.example', 'once@x.example'])
      ofPersons.push(...idsIn((await send('/events', { q, status })).body))
    const expected = (status === 'open' ? ['twice', 'once'] : ['between', 'failed']).map(timelineId)
    expect(ofPersons.toSorted()).toEqual(expected.toSorted())
    expect(idsIn((await visit(`/events?status=${status}`)).body)).toEqual(expected.toSorted())
  },
)
