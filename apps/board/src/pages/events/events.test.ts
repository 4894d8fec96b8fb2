import { createTimelines, timelineId } from '@ponte/state'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { basic, basicOf, type OpenBoard, openBoard, viewer } from '../../testing/open-board.ts'
import { leads, operate, person, rejected, textOf } from '../../testing/operate.ts'

let board: OpenBoard
beforeEach(async () => {
  board = await openBoard()
})
afterEach(() => board.close())

const { fail, visit, send, ownAudit } = operate(() => board)
const MINUTE = 60_000

/** Events that came a minute apart and ended so, without a job: the newest first in a list. */
async function remember(
  count: number,
  {
    event = 'lead.registered',
    outcome = 'done',
    prefix = event,
  }: { event?: string; outcome?: 'done' | 'skipped'; prefix?: string } = {},
): Promise<void> {
  const timelines = createTimelines(board.redis, board.name, board.fingerprint)
  for (let index = 0; index < count; index += 1) {
    const at = Date.now() - index * MINUTE
    const of = {
      event,
      key: `${prefix}-${index}`,
      jobId: `${prefix}-job-${index}`,
      receivedAt: new Date(at).toISOString(),
    }
    await timelines.begin({ ...of, identities: [] })
    await timelines.record({ ...of, identities: [] }, { kind: 'run', at, event, jobId: of.jobId, outcome })
  }
}
const addressesIn = (body: string): readonly string[] =>
  [...body.matchAll(/<input type="hidden" name="shown" value="([^"]+)"/g)].map(([, address = '']) =>
    address.replaceAll('&amp;', '&'),
  )
const idsOf = (prefix: string, from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, index) => `/events/${board.name}/${timelineId(`${prefix}-${from + index}`)}`)
const nextOf = (body: string): string =>
  /<a href="(\/events\?[^"]*after=[^"]*)"/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? ''

test('before the first event the list says that none has come, and with a filter that none matches', async () => {
  const textAt = async (path: string): Promise<string> => textOf((await visit(path)).body)
  expect(await textAt('/events')).toContain('No event has arrived in the last 30 days.')
  expect(await textAt('/events?status=failed')).toContain('No events with these filters.')
})

test('all events are listed newest first, page by page, also when their jobs are gone', async () => {
  await remember(60)
  const first = (await visit('/events')).body
  expect(addressesIn(first)).toEqual(idsOf('lead.registered', 0, 50))
  const second = (await visit(nextOf(first))).body
  expect(addressesIn(second)).toEqual(idsOf('lead.registered', 50, 60))
  expect(nextOf(second)).toBe('')
})

test('events of the same millisecond are neither skipped nor shown twice by the next page', async () => {
  const timelines = createTimelines(board.redis, board.name, board.fingerprint)
  const receivedAt = new Date().toISOString()
  const keys = Array.from({ length: 120 }, (_, index) => `key-${index}`)
  for (const [index, key] of keys.entries()) {
    const event = index % 2 === 0 ? 'lead.registered' : 'opportunity.won'
    await timelines.begin({ event, key, jobId: key, receivedAt, identities: [] })
  }
  const seen: string[] = []
  for (let path = '/events'; path !== '';) {
    const { body } = await visit(path)
    seen.push(...addressesIn(body))
    path = nextOf(body)
  }
  expect(seen).toHaveLength(120)
  expect(new Set(seen)).toEqual(new Set(keys.map(key => `/events/${board.name}/${timelineId(key)}`)))
})

test('type, status and time choose what is listed, together', async () => {
  await remember(3)
  await remember(2, { event: 'opportunity.won' })
  await remember(2, { event: 'opportunity.lost', outcome: 'skipped' })
  await board['rd-station'].add(
    'opportunity.created',
    { v: 1, key: 'waits', receivedAt: new Date().toISOString() },
    { jobId: 'waits' },
  )
  await fail(board['totvs-crm'], leads(1, rejected))
  const count = async (query: string): Promise<number> => addressesIn((await visit(`/events?${query}`)).body).length
  expect(await count('event=opportunity.won')).toBe(2)
  expect(await count('status=skipped')).toBe(2)
  expect(await count('status=done&event=lead.registered')).toBe(3)
  expect(await count('status=failed')).toBe(1)
  expect(await count('status=failed&event=opportunity.won')).toBe(0)
  expect(await count('status=open')).toBe(1)
  expect(await count('day=2026-01-01')).toBe(0)
  expect(textOf((await visit('/events?status=failed&day=2026-01-01')).body)).toContain('No events with these filters.')
})

test('a status that few events have is looked for among a bounded number of events at a time', async () => {
  await remember(510)
  await remember(1, { event: 'opportunity.lost', outcome: 'skipped' })
  const at = Date.now() - 600 * MINUTE
  const of = {
    event: 'lead.registered',
    key: 'old',
    jobId: 'old',
    receivedAt: new Date(at).toISOString(),
    identities: [],
  }
  const timelines = createTimelines(board.redis, board.name, board.fingerprint)
  await timelines.begin(of)
  await timelines.record(of, { kind: 'run', at, event: of.event, jobId: 'old', outcome: 'skipped' })
  const { body } = await visit('/events?status=skipped&event=lead.registered')
  expect(textOf(body)).toContain('None among the events looked at here; older ones may match.')
  expect(addressesIn((await visit(nextOf(body))).body)).toEqual([`/events/${board.name}/${timelineId('old')}`])
})

test('what is selected is retried from the first attempt, and nothing else; all of a page by one box', async () => {
  await fail(board['totvs-crm'], leads(4, rejected))
  const addresses = addressesIn((await visit('/events?status=failed')).body)
  const [newest = ''] = addresses
  const one = await send('/events/retry', { item: newest })
  expect([one.statusCode, one.headers.location]).toEqual([303, expect.stringMatching(/^\/retries\//)])
  expect((await board['totvs-crm'].getWaiting()).map(({ id, attemptsMade }) => [id, attemptsMade])).toEqual([
    ['job-3', 0],
  ])
  expect((await ownAudit())[0]).toMatchObject({ action: 'retry-all', code: 'CRM_REJECTED', detail: '1' })
  const again = await send('/events/retry', { item: newest })
  expect([again.statusCode, textOf(again.body)]).toEqual([
    409,
    expect.stringContaining('None of the selected events is failed'),
  ])
  await send(
    '/events/retry',
    new URLSearchParams([['all', 'yes'], ...addresses.map((each): [string, string] => ['shown', each])]),
  )
  expect(await board['totvs-crm'].getFailedCount()).toBe(0)
  expect((await send('/events/retry', {})).statusCode).toBe(409)
})

test('a file holds of the selected events what its reader may see, and no formula', async () => {
  await fail(board['totvs-crm'], leads(2, rejected))
  const all = addressesIn((await visit(`/failures/${board.name}/totvs-crm/CRM_REJECTED`)).body)
  const item = new URLSearchParams(all.map((each): [string, string] => ['item', each]))
  const file = await send('/events/export', item)
  expect(file.headers['content-type']).toBe('text/csv; charset=utf-8')
  const [head, ...rows] = file.body.replace('\uFEFF', '').trim().split('\r\n')
  expect(head).toBe('received,tenant,event,status,code,reason,contact,key,address')
  expect(rows).toHaveLength(2)
  expect(rows[0]).toMatch(
    /,New lead from RD Station,Failed: needs you,CRM_REJECTED,TOTVS CRM refused the data\.,m\*\*\*@p\*\*\*\.br · \*\*\*34,key-\d,/,
  )
  expect(file.body).not.toMatch(/maria\.souza|Souza|99999/)
  const viewers = await send('/events/export', item, basicOf(viewer))
  expect(viewers.statusCode).toBe(200)
  expect(viewers.body).not.toMatch(/m\*\*\*@|\*\*\*34/)
  const audit = await board.audit.read({ count: 50 })
  expect(audit.find(({ action }) => action === 'export-events')).toMatchObject({ detail: '2', outcome: 'done' })
})

test('an operator finds the events of a person by e-mail or name; the look-up is limited, recorded and in no address', async () => {
  await fail(board['totvs-crm'], [
    ...leads(1, rejected),
    ...leads(1, rejected, 1).map(lead => ({
      ...lead,
      data: { ...lead.data, lead: { name: 'João Lima', email: 'j@x.example' } },
    })),
  ])
  const find = async (q: string) =>
    addressesIn((await send('/events', { q })).body).map(each => /job=([\w-]+)/.exec(each)?.[1])
  expect(await find('maria')).toEqual(['job-0'])
  expect(await find('LIMA joao')).toEqual(['job-1'])
  expect(await find('Maria Lima')).toEqual([])
  expect(await find('Jo')).toEqual([])
  // What is known of an event stands in its timeline, also when it is found by name.
  const of = {
    event: 'lead.registered',
    key: 'key-0',
    jobId: 'job-0',
    receivedAt: new Date().toISOString(),
    identities: [],
  }
  const timelines = createTimelines(board.redis, board.name, board.fingerprint)
  await timelines.begin(of)
  await timelines.record(of, { kind: 'run', at: Date.now(), event: of.event, jobId: 'job-0', outcome: 'done' })
  expect(textOf((await send('/events', { q: 'maria' })).body)).toMatch(/New lead from RD Station .*· \*\*\*34 Done/)
  const named = await send('/search', { q: 'joão lima' })
  expect(named.headers.location).toContain('job=job-1')
  expect((await send('/events', { q: 'maria' }, basicOf(viewer))).statusCode).toBe(403)
  const looks = (await board.audit.read({ count: 20 })).filter(({ action }) => action === 'search')
  expect(looks.length).toBeGreaterThanOrEqual(4)
  expect(JSON.stringify(looks)).not.toMatch(/maria|lima/i)
  const answers = []
  for (let times = 0; times < 40; times += 1) answers.push((await send('/events', { q: 'Ninguém Assim' })).statusCode)
  expect(new Set(answers)).toEqual(new Set([200, 429]))
})

test('whoever is found by a name counts as looked for, and is in the audit trail by a fingerprint', async () => {
  const named = (index: number) => ({ name: `Ana Lima ${index}`, email: `ana-${index}@x.example` })
  await fail(
    board['totvs-crm'],
    leads(12, rejected).map((lead, index) => ({ ...lead, data: { ...lead.data, lead: named(index) } })),
  )
  const first = await send('/events', { q: 'ana lima' })
  expect([addressesIn(first.body).length, textOf(first.body).includes('Search further')]).toEqual([10, true])
  const prints = Array.from({ length: 12 }, (_, index) => board.fingerprint(`ana-${index}@x.example`))
  const recorded = new Set((await board.audit.read({ count: 100 })).flatMap(({ persons = '' }) => persons.split(' ')))
  expect(prints.filter(print => !recorded.has(print))).toHaveLength(2)
  const statuses = [await send('/search', { q: 'lima' }), await send('/search', { q: 'ana' })]
  // 11 and 11 are counted: the third search would be the 33rd person, and shows nobody.
  expect(statuses.map(({ statusCode }) => statusCode)).toEqual([200, 429])
  expect(textOf(statuses[1]?.body ?? '')).not.toContain('***')
})

test('a search by name reads a bounded number of jobs, and goes on where it ended', async () => {
  const queue = board['totvs-crm']
  await queue.pause()
  const lead = (name: string) => ({
    v: 1,
    key: crypto.randomUUID(),
    receivedAt: new Date().toISOString(),
    lead: { ...person, name },
  })
  await queue.addBulk(
    Array.from({ length: 2100 }, (_, index) => ({
      name: 'lead.registered',
      data: lead(index === 0 ? 'Zulmira Paz' : 'Ana'),
      opts: { jobId: `waits-${index}` },
    })),
  )
  const { body } = await send('/events', { q: 'zulmira' })
  expect(textOf(body)).toMatch(/Searched the names of 2,000 events .* Search further/)
  expect(addressesIn(body)).toEqual([])
  const from = /name="from" value="([^"]+)"/.exec(body)?.[1] ?? ''
  const further = await send('/events', { q: 'zulmira', from })
  expect(addressesIn(further.body)).toEqual([expect.stringContaining('job=waits-0')])
  expect(textOf(further.body)).toContain('In the queue')
  expect(textOf(further.body)).not.toContain('Search further')
})

test('a tenant that somebody may not see is listed for nobody, and retried by nobody', async () => {
  await fail(board['totvs-crm'], leads(1, rejected))
  expect((await visit('/events?tenant=nobody&status=failed')).statusCode).toBe(400)
  const foreign = await send('/events/retry', {
    item: `/events/nobody/${timelineId('key-0')}?kind=totvs-crm&job=job-0`,
  })
  const forged = await send('/events/retry', {
    item: `/events/${board.name}/${timelineId('other')}?kind=totvs-crm&job=job-0`,
  })
  expect([foreign.statusCode, forged.statusCode]).toEqual([409, 409])
  expect(await board['totvs-crm'].getFailedCount()).toBe(1)
  expect((await send('/events/retry', { item: 'x' }, basicOf(viewer))).statusCode).toBe(403)
  expect((await send('/events', {}, basic)).headers.location).toBe('/events')
})
