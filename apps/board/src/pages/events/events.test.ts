import type { EventList } from '@ponte/operations'
import { timelineId } from '@ponte/state'
import { expect, test } from 'vitest'
import { type AskedEvents, readEventQuery } from '../../filters/filters.ts'
import { eventDocument, failedJob, MINUTE, NOW, tenantNamed } from '../../testing/documents.ts'
import { basicOf, viewer } from '../../testing/open-board.ts'
import { useBoard } from '../../testing/use-board.ts'
import { leadData, leads, mark, person, receivedAt, rejected } from '../../testing/operate.ts'
import { renderPage, type ViewChange, viewOf } from '../../testing/render-page.ts'
import { eventsPage } from './page.ts'

const show = (list: Partial<EventList>, asked: object = {}, change: ViewChange<AskedEvents> = {}) =>
  renderPage(eventsPage, { events: [], next: undefined, ...list }, readEventQuery(asked, [], NOW), change)

test('a list without events says whether none has come, none matches, or older ones may match', () => {
  expect(show({}).text).toContain('No event has arrived in the last 30 days.')
  expect(show({}, { status: 'failed' }).text).toContain('No events with these filters.')
  expect(show({ next: { at: 1, id: 'x' } }).text).toContain(
    'None among the events looked at here; older ones may match.',
  )
  expect(show({ isTenantNeeded: true }).text).toContain('Choose a tenant to see its events.')
})

test('a list says which queues Redis cannot read, and of which it does not hold all', () => {
  const { text } = show({ unreadable: ['acme.rd-station'], cut: ['acme.totvs-crm'] })
  expect(text).toContain('Redis did not answer; the status of this queue is unknown: acme · TOTVS → RD Station.')
  expect(text).toContain(
    'Of the queue acme · RD Station → TOTVS, only the 1,000 events that run or come next are listed.',
  )
})

test('each event has its status, its reason and its edit; a file of all is offered where there is something, and what a viewer may not do is not there', () => {
  const events = [eventDocument({ status: { kind: 'failed' }, failed: failedJob() })]
  const shown = show({ events })
  expect(shown.text).toContain(
    'New lead from RD Station m***@p***.br · ***34 Failed: needs you TOTVS CRM refused the data. Edit and retry',
  )
  for (const address of ['/events/export-all', '/events/retry', '/jobs/acme/totvs-crm/job-0/edit'])
    expect(shown.markup).toContain(`"${address}"`)
  expect(show({ events }, { event: 'lead.registered' }).markup).toMatch(
    /action="\/events\/export-all"[^>]*>\s*<input type="hidden" name="event" value="lead.registered"/,
  )
  const viewers = show({ events }, {}, { role: 'viewer' }).markup
  expect(viewers).not.toMatch(/\/events\/retry|\/edit"|class="person"/)
  expect(shown.text).toContain('Export all that match (CSV, up to 10,000)')
  expect(show({}, {}).markup).not.toContain('export-all')
  const tenants = [tenantNamed('acme'), tenantNamed('nova')]
  expect(show({ events }, {}, { deps: { ...viewOf(undefined).deps, tenants } }).text).toContain('Tenant')
})

const { board, fail, failRound, visit, read, send, ownAudit } = useBoard()

/** Events that came a minute apart and ended so, without a job: the newest first in a list. */
async function remember(count: number, event = 'lead.registered', outcome: 'done' | 'skipped' = 'done', from = 0) {
  for (let index = from; index < from + count; index += 1) {
    const at = Date.now() - index * MINUTE
    const [key, jobId] = [`${event}-${index}`, `${event}-job-${index}`]
    const of = { event, key, jobId, receivedAt: new Date(at).toISOString(), identities: [] }
    await board().timelines.begin(of)
    await board().timelines.record(of, { kind: 'run', at, event, jobId, outcome })
  }
}
const addressesIn = (body: string): readonly string[] =>
  [...body.matchAll(/<input type="hidden" name="shown" value="([^"]+)"/g)].map(([, address = '']) =>
    address.replaceAll('&amp;', '&'),
  )
const idsOf = (prefix: string, from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, index) => `/events/${board().name}/${timelineId(`${prefix}-${from + index}`)}`)
const nextOf = (body: string): string =>
  /<a href="(\/events\?[^"]*after=[^"]*)"/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? ''

test('all events are listed newest first, page by page, also when their jobs are gone and when many came in one millisecond', async () => {
  await remember(60)
  const first = (await visit('/events')).body
  expect(addressesIn(first)).toEqual(idsOf('lead.registered', 0, 50))
  const second = (await visit(nextOf(first))).body
  expect([addressesIn(second), nextOf(second)]).toEqual([idsOf('lead.registered', 50, 60), ''])

  const at = { receivedAt: new Date(Date.now() - MINUTE / 2).toISOString(), identities: [] }
  const keys = Array.from({ length: 120 }, (_, index) => `same-${index}`)
  for (const [index, key] of keys.entries())
    await board().timelines.begin({
      event: index % 2 === 0 ? 'lead.registered' : 'opportunity.won',
      key,
      jobId: key,
      ...at,
    })
  const seen: string[] = []
  for (let path = '/events'; path !== '';) {
    const { body } = await visit(path)
    seen.push(...addressesIn(body))
    path = nextOf(body)
  }
  expect(seen).toHaveLength(180)
  expect(new Set(seen)).toEqual(new Set([...idsOf('same', 0, 120), ...idsOf('lead.registered', 0, 60)]))
})

test('type, status and time choose what is listed, together; what failed is what the failures page counts', async () => {
  await remember(3)
  await remember(2, 'opportunity.won')
  await remember(2, 'opportunity.lost', 'skipped')
  const data = { v: 1, key: 'waits', receivedAt: new Date().toISOString() }
  await board()['rd-station'].add('opportunity.created', data, { jobId: 'waits' })
  const write = { v: 1, key: 'written', opportunityId: '9d1f3a52-0000-4000-8000-000000000001', status: 'OPPORTUNITY' }
  const failedWrite = { name: 'status-rd.changed', id: 'status', data: write, reason: rejected }
  await fail(board()['totvs-crm'], [...leads(2, rejected), failedWrite])
  const counts = {
    'event=opportunity.won': 2,
    'status=skipped': 2,
    'status=done&event=lead.registered': 3,
    'status=failed': 3,
    'status=failed&event=lead.registered': 2,
    'status=failed&event=opportunity.won': 0,
    'status=open': 1,
    'day=2026-01-01': 0,
  }
  for (const [query, count] of Object.entries(counts))
    expect([query, addressesIn((await visit(`/events?${query}`)).body).length]).toEqual([query, count])
  expect((await visit('/failures')).body).toContain('<title>(3) ')
  const item = addressesIn((await visit('/events?status=failed')).body).find(each => each.includes('job=status')) ?? ''
  expect((await send('/events/retry', { item })).statusCode).toBe(303)
  expect((await board()['totvs-crm'].getWaiting()).map(({ id }) => id)).toEqual(['status'])
})

test('a status that few events have is looked for among a bounded number of events at a time', async () => {
  await remember(510)
  await remember(1, 'opportunity.lost', 'skipped')
  await remember(1, 'lead.registered', 'skipped', 600)
  const { body } = await visit('/events?status=skipped&event=lead.registered')
  expect(addressesIn(body)).toEqual([])
  expect(addressesIn((await visit(nextOf(body))).body)).toEqual(idsOf('lead.registered', 600, 601))
})

test('what is selected is retried from the first attempt, and nothing else; all of a page by one box', async () => {
  await fail(board()['totvs-crm'], leads(4, rejected))
  const addresses = addressesIn((await visit('/events?status=failed')).body)
  const [newest = ''] = addresses
  const one = await send('/events/retry', { item: newest })
  expect([one.statusCode, one.headers.location]).toEqual([303, expect.stringMatching(/^\/retries\//)])
  const started = await board()['totvs-crm'].getWaiting()
  expect(started.map(({ id, attemptsMade }) => [id, attemptsMade])).toEqual([['job-3', 0]])
  expect((await ownAudit())[0]).toMatchObject({ action: 'retry-all', code: 'CRM_REJECTED', detail: '1' })
  const again = await send('/events/retry', { item: newest })
  expect([again.statusCode, again.body]).toEqual([
    409,
    expect.stringContaining('None of the selected events is failed'),
  ])
  const all = addresses.map((each): [string, string] => ['shown', each])
  await send('/events/retry', new URLSearchParams([['all', 'yes'], ...all]))
  expect(await board()['totvs-crm'].getFailedCount()).toBe(0)
  const foreign = `/events/nobody/${timelineId('key-0')}?kind=totvs-crm&job=job-0`
  const forged = `/events/${board().name}/${timelineId('other')}?kind=totvs-crm&job=job-0`
  for (const fields of [{}, { item: foreign }, { item: forged }])
    expect((await send('/events/retry', fields)).statusCode).toBe(409)
  expect((await send('/events/retry', { item: newest }, basicOf(viewer))).statusCode).toBe(403)
  expect((await send('/events', {})).headers.location).toBe('/events')
})

test('an operator finds the events of a person by e-mail or whole words of the name, and by nothing else; the look-up is limited, recorded and in no address', async () => {
  const named = (name: string, from: number) =>
    leads(1, rejected, from).map(lead => ({ ...lead, data: { ...lead.data, lead: { name, email: 'j@x.example' } } }))
  await fail(board()['totvs-crm'], [...leads(1, rejected), ...named('João Lima', 1)])
  const find = async (q: string) =>
    addressesIn((await send('/events', { q })).body).map(each => /job=([\w-]+)/.exec(each)?.[1])
  expect([await find('maria'), await find('LIMA joao')]).toEqual([['job-0'], ['job-1']])
  for (const q of ['Maria Lima', 'Jo', person.city, 'padaria', 'registered', 'key-0'])
    expect([q, await find(q)]).toEqual([q, []])
  // What is known of an event stands in its timeline, also when it is found by name.
  const of = { event: 'lead.registered', key: 'key-0', jobId: 'job-0', receivedAt, identities: [] }
  await board().timelines.begin(of)
  await board().timelines.record(of, { kind: 'run', at: Date.now(), event: of.event, jobId: of.jobId, outcome: 'done' })
  expect((await send('/events', { q: 'maria' })).body).toMatch(/\*\*\*34[^]*>Done</)
  expect((await send('/search', { q: 'joão lima' })).headers.location).toContain('job=job-1')
  expect((await send('/events', { q: 'maria' }, basicOf(viewer))).statusCode).toBe(403)
  const looks = (await board().audit.read({ count: 20 })).filter(({ action }) => action === 'search')
  expect(looks.length).toBeGreaterThanOrEqual(4)
  expect(JSON.stringify(looks)).not.toMatch(/maria|lima/i)
  const answers = []
  for (let times = 0; times < 40; times += 1) answers.push((await send('/events', { q: 'Ninguém Assim' })).statusCode)
  expect(new Set(answers)).toEqual(new Set([200, 429]))
})

test('whoever is found by a name counts as looked for, and is in the audit trail by a fingerprint', async () => {
  const named = (index: number) => ({ name: `Ana Lima ${index}`, email: `ana-${index}@x.example` })
  await fail(
    board()['totvs-crm'],
    leads(12, rejected).map((lead, index) => ({ ...lead, data: { ...lead.data, lead: named(index) } })),
  )
  const first = await send('/events', { q: 'ana lima' })
  expect([addressesIn(first.body).length, first.body.includes('Search further')]).toEqual([10, true])
  const prints = Array.from({ length: 12 }, (_, index) => board().fingerprint(`ana-${index}@x.example`))
  const recorded = new Set((await board().audit.read({ count: 100 })).flatMap(({ persons = '' }) => persons.split(' ')))
  expect(prints.filter(print => !recorded.has(print))).toHaveLength(2)
  const answers = [await send('/search', { q: 'lima' }), await send('/search', { q: 'ana' })]
  // 11 and 11 are counted: the third search would be the 33rd person, and shows nobody.
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 429])
  expect(answers[1]?.body).not.toContain('***')
})

test('a search by name reads a bounded number of jobs, and goes on where it ended; of a queue the 1,000 that come next are listed', async () => {
  const queue = board()['totvs-crm']
  await queue.pause()
  const job = (index: number) => ({
    name: 'lead.registered',
    data: { ...leadData(`waits-${index}`), lead: { ...person, name: index === 0 ? 'Zulmira Paz' : 'Ana' } },
    opts: { jobId: `waits-${index}` },
  })
  await queue.addBulk(Array.from({ length: 1000 }, (_, index) => job(index)))
  const cut = 'only the 1,000 events that run or come next are listed'
  expect(await read('/events?status=open')).not.toContain(cut)
  await queue.addBulk(Array.from({ length: 1100 }, (_, index) => job(1000 + index)))
  expect(await read('/events?status=open')).toContain(cut)
  const rows = (await send('/events/export-all', { status: 'open' })).body.trim().split('\r\n').slice(1)
  expect(rows.at(-1)).toContain(cut)
  const keys = rows.slice(0, -1).map(row => Number(/,waits-(\d+),/.exec(row)?.[1]))
  expect(keys.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 1000 }, (_, index) => index))

  const { body } = await send('/events', { q: 'zulmira' })
  expect(body).toMatch(/Searched the names of 2,000 events [^]* Search further/)
  expect(addressesIn(body)).toEqual([])
  const from = /name="from" value="([^"]+)"/.exec(body)?.[1] ?? ''
  const further = (await send('/events', { q: 'zulmira', from })).body
  expect(addressesIn(further)).toEqual([expect.stringContaining('job=waits-0')])
  expect(further).not.toContain('Search further')
})

test.each(['open', 'failed'])(
  'the list of a status (%s) has each event once, and with a person typed in the same ones',
  async status => {
    const begin = async (key: string, event: string, identity: string, outcome?: 'done' | 'failed'): Promise<void> => {
      const of = { event, key, jobId: `job-${key}`, receivedAt: new Date().toISOString(), identities: [identity] }
      await board().timelines.begin(of)
      const run = { kind: 'run', at: Date.now(), event, jobId: of.jobId } as const
      if (outcome !== undefined) await board().timelines.record(of, { ...run, outcome })
    }
    const opportunity = (digit: number): string => `9d1f3a52-0000-4000-8000-00000000000${digit}`
    // A mark that waits for its next round.
    await begin('between', 'opportunity.won', opportunity(1), 'failed')
    await fail(board()['rd-station'], [mark('between', opportunity(1))])
    await failRound(opportunity(1), { round: 1, failedJobs: ['job-between'], nextAt: Date.now() + MINUTE })
    const round = { ...mark('between', opportunity(1)).data, round: 2 }
    await board()['rd-station'].add('opportunity.won', round, { jobId: 'round', delay: MINUTE })
    // A mark that is done, and one that has failed permanently, whose texts wait to be written.
    await begin('done', 'opportunity.won', opportunity(2), 'done')
    await begin('failed', 'opportunity.won', opportunity(3), 'failed')
    await fail(board()['rd-station'], [mark('failed', opportunity(3))])
    for (const [key, digit] of [
      ['done', 2],
      ['failed', 3],
    ] as const) {
      const write = { v: 1, key, receivedAt, opportunityId: opportunity(digit), status: 'SALE' }
      await board()['totvs-crm'].add('status-rd.changed', write, { jobId: `write-${key}` })
    }
    // A lead with two jobs in its queue, and one with one.
    for (const [key, jobs] of [
      ['twice', ['other', 'job-twice']],
      ['once', ['job-once']],
    ] as const) {
      await begin(key, 'lead.registered', `${key}@x.example`)
      const data = { ...leadData(key), receivedAt: new Date().toISOString(), lead: { email: `${key}@x.example` } }
      for (const jobId of jobs) await board()['totvs-crm'].add('lead.registered', data, { jobId })
    }
    const idsIn = (body: string) => addressesIn(body).map(each => /\/events\/[^/]+\/([^?]+)/.exec(each)?.[1] ?? '')
    const ofPersons: string[] = []
    for (const q of [...[1, 2, 3].map(opportunity), 'twice@x.example', 'once@x.example'])
      ofPersons.push(...idsIn((await send('/events', { q, status })).body))
    const expected = (status === 'open' ? ['twice', 'once'] : ['between', 'failed']).map(timelineId).toSorted()
    expect(ofPersons.toSorted()).toEqual(expected)
    expect(idsIn((await visit(`/events?status=${status}`)).body).toSorted()).toEqual(expected)
  },
)
