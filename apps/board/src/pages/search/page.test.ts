import { eventOfJob, message } from '@ponte/contracts'
import { type AuditRecord, type TimelineRun, timelineId } from '@ponte/state'
import { PATIENCE_MS } from '@ponte/testbed'
import { expect, test, vi } from 'vitest'
import { createBrowser } from '../../testing/log-in.ts'
import { basic, basicOf, viewer } from '../../testing/open-board.ts'
import { useBoard } from '../../testing/use-board.ts'
import { eventDocument, MINUTE, textOf } from '../../testing/documents.ts'
import { leadData, mark, options, person, receivedAt } from '../../testing/operate.ts'
import { renderPage } from '../../testing/render-page.ts'
import { type EventSearch, searchPage } from './page.ts'

const { board, fail, failRound, visit, send } = useBoard()

const eventOf = (key: string, jobId: string, identities: readonly string[] = []) => ({
  event: 'lead.registered',
  key,
  receivedAt,
  jobId,
  identities,
})

test('however long a queue is, an event that waits in the middle of it is found by e-mail, phone and key', async () => {
  const queue = board()['totvs-crm']
  await queue.pause()
  const other = { v: 1, key: 'other', receivedAt, lead: { email: 'other@x.example' } }
  const fill = (count: number) =>
    queue.addBulk(
      Array.from({ length: count }, () => ({
        name: 'lead.registered',
        data: other,
        opts: { ...options, jobId: crypto.randomUUID() },
      })),
    )
  await fill(600)
  await queue.add('lead.registered', leadData('key-0'), { ...options, jobId: 'job-0' })
  await fill(600)
  // As the ingress does.
  await board().timelines.begin(eventOf('key-0', 'job-0', [person.email, '48999991234']))

  for (const q of [person.email.toUpperCase(), '+55 (48) 99999-1234', 'key-0']) {
    const answer = await send('/search', { q })
    expect([q, answer.statusCode]).toEqual([q, 303])
    const page = textOf((await visit(String(answer.headers.location), {})).body)
    expect(page).toMatch(/New lead from RD Station · in the queue .*What happened .*Received/)
  }
  // A list of several events shows the state and the masked contact of each.
  await board().timelines.begin(eventOf('key-1', 'gone', [person.email]))
  const list = textOf((await send('/search', { q: person.email })).body)
  expect(list).toMatch(/2 events .*m\*\*\*@p\*\*\*\.br · \*\*\*34 .*New lead from RD Station In the queue/)
})

/** The lines of each group that a search finds. */
const groupsIn = (body: string): readonly string[] =>
  [...body.matchAll(/<section class="card journey">(.*?)<\/section>/gs)].map(([, group = '']) =>
    textOf(group.replaceAll(/<time.*?<\/time>/gs, ''))
      .replace(board().name, 'TENANT')
      .trim(),
  )

test('a lead, its opportunity and its sale are one timeline, with what came of it; another lead with the same phone is another', async () => {
  const happened = async (minute: number, event: string, identity: string, run: Partial<TimelineRun>) => {
    const at = Date.parse(receivedAt) + minute * MINUTE
    const jobId = `job-${minute}`
    const of = { event, key: `key-${minute}`, receivedAt: new Date(at).toISOString(), jobId, identities: [identity] }
    await board().timelines.record(of, { kind: 'run', at: at + 1000, event, jobId, outcome: 'done', ...run })
  }
  const [phone, opportunityId] = ['48999991234', 'opp-1']
  const opened = [message('lead-created', { lead: 'lead-1' }), message('opportunity-opened')]
  const sold = [message('marked', { marks: ['sale'] }), message('sale-value', { reais: 150_000 })]
  await happened(0, 'lead.registered', phone, { summary: opened, opportunityId })
  await happened(1, 'opportunity.won', opportunityId, { summary: sold, opportunityId })
  const same = message('mark-up-to-date', { state: 'won' })
  await happened(2, 'opportunity.updated', opportunityId, { outcome: 'skipped', summary: same, opportunityId })
  await happened(3, 'lead.registered', phone, { summary: message('lead-updated', { lead: 'lead-2' }) })
  expect(groupsIn((await send('/search', { q: '48 99999-1234' })).body)).toEqual([
    'Lead updated TENANT New lead from RD Station Done',
    'Lead created → opportunity → sale R$150,000 TENANT · opportunity opp-1 New lead from RD Station Done Opportunity won Done Opportunity updated No change',
  ])
})

test('the list shows the status of each event: queued, failed, between two rounds, done, removed', async () => {
  const { timelines, ...own } = board()
  const queue = own['rd-station']
  const of = (key: string) => ({ event: 'opportunity.won', key, receivedAt, jobId: `job-${key}`, identities: ['same'] })
  const run = { kind: 'run', at: Date.now(), event: 'opportunity.won' } as const
  for (const key of ['queued', 'failed', 'round', 'done', 'removed']) await timelines.begin(of(key))
  await fail(queue, [mark('failed', 'opp-failed'), mark('round', 'opp-round')])
  for (const key of ['failed', 'round']) {
    await timelines.record(of(key), { ...run, outcome: 'failed', code: 'RD_REJECTED', jobId: `job-${key}` })
    // What was written into statusRD is not what became of the mark.
    await timelines.record(of(key), { ...run, event: 'status-rd.changed', jobId: 'status', outcome: 'done' })
  }
  await failRound('opp-round', { round: 1, failedJobs: ['job-round'], nextAt: Date.parse('2026-11-25T12:34:56.000Z') })
  await timelines.record(of('done'), { ...run, jobId: 'job-done', outcome: 'done' })
  // Somebody cleaned the completed jobs: what is done stays done.
  for (const key of ['done', 'removed'])
    await timelines.record(of(key), { kind: 'removed', at: Date.now(), by: 'ana', jobId: `job-${key}` })
  await queue.pause()
  await queue.add('opportunity.won', mark('queued', 'opp-queued').data, { ...options, jobId: 'job-queued' })
  const text = groupsIn((await send('/search', { q: 'same' })).body).join(' ')
  for (const status of ['Done', 'Failed: needs you', 'In the queue', 'Removed from the queue', 'Round 1 of 3 failed'])
    expect(text.split(`Opportunity won ${status}`)).toHaveLength(2)
})

test('a delivery in quarantine and an event that was read from it are found together', async () => {
  const run = { kind: 'run', at: Date.now(), event: 'delivery', jobId: 'delivery-1', outcome: 'done' } as const
  const delivery = { ...eventOf('delivery-1', 'delivery-1', [person.email]), event: 'delivery' }
  await board().timelines.record(delivery, { ...run, derivedEvents: [{ event: 'lead.registered', key: 'key-0' }] })
  await board().timelines.begin(eventOf('key-0', 'job-0', [person.email]), { delivery: 'delivery-1' })
  expect(textOf((await send('/search', { q: person.email })).body)).toContain('2 events')
  for (const [key, other] of [
    ['key-0', 'delivery-1'],
    ['delivery-1', 'key-0'],
  ] as const)
    expect((await visit(`/events/${board().name}/${timelineId(key)}`)).body).toContain(`/${timelineId(other)}"`)
})

const show = (found: Partial<EventSearch>, language: 'en' | 'pt-BR' = 'en') =>
  renderPage(
    searchPage,
    { query: 'maria', count: 1, only: undefined, groups: [], looked: 0, next: undefined, ...found },
    undefined,
    { language },
  )

test('what belongs together is one timeline, with what came of it and the status of each event in the language of the reader', () => {
  const steps = [{ step: 'leadCreated' }, { step: 'opportunity' }, { step: 'sale', reais: 150_000 }] as const
  const events = [eventDocument(), eventDocument({ event: 'opportunity.updated', status: { kind: 'skipped' } })]
  const waits = eventDocument({ status: { kind: 'queued' } })
  const groups = [
    { about: ['acme', 'opportunity opp-1'], steps, events },
    { about: ['acme', 'm***@p***.br'], steps: [{ step: 'failed' } as const], events: [waits] },
  ]
  const { text, markup } = show({ count: 3, groups })
  expect(text).toMatch(
    /3 events Lead created → opportunity → sale R\$150,000 acme · opportunity opp-1 .*Done .*No change/,
  )
  expect(text).toMatch(/Failed acme · m\*\*\*@p\*\*\*\.br .*New lead from RD Station In the queue/)
  expect(markup).toContain('<strong class="good">Done</strong>')
  expect(markup).toContain('<strong class="soft">No change</strong>')
  expect(show({ count: 3, groups }, 'pt-BR').text.replaceAll('\u00A0', ' ')).toContain(
    'Lead criado → oportunidade → venda R$ 150.000',
  )
  expect(show({ count: 0 }).text).toMatch(/Nothing found\. .*area code.*30 days.*webhook.*Show the failures/)
  expect(show({ looked: 2000, next: '5' }).text).toContain('Search further')
})

const found = ({ statusCode }: { statusCode: number }): boolean => statusCode === 303

test('a viewer finds an event by its key, its job and its opportunity, whole and exact, and nobody by anything', async () => {
  const { timelines } = board()
  const body = JSON.stringify({
    leads: [{ nome: person.name, doença: 'hiv positivo', email: person.email, fone: person.mobilePhone }],
  })
  const delivery = { v: 1, receivedAt, source: 'rd-station', body, encoding: 'utf8', form: false }
  const reason = 'BODY_NOT_UNDERSTOOD: The body is JSON of a shape that Ponte does not know.'
  await fail(board().quarantine, [{ name: 'delivery', id: 'delivery-1', data: delivery, reason }])
  const data = { v: 1, key: 'crm-key-7', receivedAt, opportunityId: 'opp-7', contextUrl: '/x' }
  await board()['rd-station'].add('opportunity.won', data, { ...options, jobId: 'mark-7' })
  await timelines.begin({
    event: 'opportunity.won',
    key: 'crm-key-7',
    receivedAt,
    jobId: 'mark-7',
    identities: ['opp-7'],
  })
  await timelines.begin(eventOf('key-0', 'job-0', [person.email, '48999991234', 'maria-souza']))

  const as = basicOf(viewer)
  for (const q of ['crm-key-7', 'opp-7', 'mark-7', 'key-0', 'delivery-1'])
    expect([q, found(await send('/search', { q }, as))]).toEqual([q, true])
  for (const q of [
    ...['hiv positivo', 'hiv p', 'positivo', person.name, person.email, person.mobilePhone, '48999991234'],
    ...['maria-souza', 'opp-', 'crm-key', 'key', 'delivery', '{"leads', 'e'],
  ]) {
    const answer = await send('/search', { q }, as)
    expect([q, answer.statusCode]).toEqual([q, 200])
    expect(textOf(answer.body)).toContain('Nothing found.')
  }
})

test('an operator finds what is in quarantine by the e-mail and the phone in it, from its arrival on, and by no part of its text', async () => {
  const body = JSON.stringify({
    leads: [{ nome: person.name, doença: 'hiv positivo', email: person.email, fone: person.mobilePhone }],
  })
  const data = { v: 1, receivedAt, source: 'rd-station', body, encoding: 'utf8', form: false }
  await board().quarantine.add('delivery', data, { ...options, jobId: 'delivery-1' })
  // As the ingress does.
  await board().timelines.begin(eventOfJob({ id: 'delivery-1', name: 'delivery', data, timestamp: Date.now() }))
  for (const q of [person.email, '+55 (48) 99999-1234', 'delivery-1'])
    expect([q, found(await send('/search', { q }))]).toEqual([q, true])
  for (const q of ['hiv positivo', 'maria.souza', person.name, '999991234'])
    expect([q, found(await send('/search', { q }))]).toEqual([q, false])
})

test('a search in 60 quarantined deliveries of a megabyte reads none of them', async () => {
  const body = JSON.stringify({ text: 'x'.repeat(1024 * 1024 - 100) })
  const data = { v: 1, receivedAt, source: 'rd-station', body, encoding: 'utf8', form: false }
  for (let index = 0; index < 60; index += 1)
    await board().quarantine.add('delivery', data, { ...options, jobId: `delivery-${index}` })
  const before = bytesRead()
  for (const q of ['nobody@x.example', 'delivery', '48 99999-1234'])
    expect(textOf((await send('/search', { q })).body)).toContain('Nothing found.')
  expect(textOf((await visit('/waiting')).body)).toContain('60')
  expect(bytesRead() - before).toBeLessThan(4 * 1024 * 1024)
  const list = await visit(`/queues/api/queues?activeQueue=${board().quarantine.name}&status=latest&jobsPerPage=100`)
  expect(list.json()).toMatchObject({ queues: [{}, {}, { jobs: expect.objectContaining({ length: 60 }) }] })
  expect(list.body.length).toBeLessThan(1024 * 1024)
  expect(bytesRead() - before).toBeLessThan(8 * 1024 * 1024)
})

test('however many search at once, one search reads at a time', async () => {
  const queue = board()['rd-station']
  const lookUp = queue.getDeduplicationJobId.bind(queue)
  const gate = Promise.withResolvers<void>()
  let reading = 0
  const atOnce: number[] = []
  vi.spyOn(queue, 'getDeduplicationJobId').mockImplementation(async key => {
    atOnce.push((reading += 1))
    await gate.promise
    const found = await lookUp(key)
    reading -= 1
    return found
  })
  const trail = board().audit
  const [last] = await trail.read({ count: 1 })
  const isSearch = ({ action, id, at }: AuditRecord): boolean =>
    action === 'search' && at >= (last?.at ?? 0) && id !== last?.id
  const searches = ['key-1', 'key-2', 'key-3', 'key-4'].map(q => send('/search', { q }))
  // All four are in the trail, so each has got as far as searching.
  await vi.waitFor(async () => {
    expect((await trail.read({ count: 1000 })).filter(isSearch).length).toBeGreaterThanOrEqual(4)
    expect(atOnce.length).toBeGreaterThan(0)
  }, PATIENCE_MS)
  await visit('/search')
  expect(atOnce).toEqual([1])
  gate.resolve()
  expect((await Promise.all(searches)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200])
  expect(atOnce).toEqual([1, 1, 1, 1])
})

test('a user searches 30 times a minute, in whatever session; then a page says so in the language of the browser, and others search on', async () => {
  const search = (as: string, language: string) =>
    board().app.inject({
      method: 'POST',
      url: '/search',
      payload: 'q=nobody-there',
      headers: {
        authorization: as,
        accept: 'text/html',
        'accept-language': language,
        'content-type': 'application/x-www-form-urlencoded',
      },
    })
  for (let asked = 0; asked < 30; asked += 1) expect((await search(basic, 'en')).statusCode).toBe(200)
  for (const [language, text] of [
    ['en', /<h1>Request denied<\/h1>[\s\S]*Too many requests\. Wait a minute\./],
    ['pt-BR', /<h1>Pedido recusado<\/h1>[\s\S]*Muitos pedidos em pouco tempo\. Aguarde um minuto\./],
  ] as const) {
    const refused = await search(basic, language)
    expect([refused.statusCode, refused.headers['content-type']]).toEqual([429, 'text/html; charset=utf-8'])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(refused.body).toMatch(text)
  }
  // Another login has no limit of its own.
  const cookie = await createBrowser(board).logIn()
  const headers = { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' }
  const inSession = await board().app.inject({ method: 'POST', url: '/search', payload: 'q=nobody-there', headers })
  expect(inSession.statusCode).toBe(429)
  expect((await search(basicOf(viewer), 'en')).statusCode).toBe(200)
})

/** Bytes that the board has read from Redis. */
const bytesRead = (): number => board().redis.stream.bytesRead
