import { eventOfJob, failureMessage, message } from '@ponte/contracts'
import { type AuditRecord, createTimelines, timelineId } from '@ponte/state'
import { PATIENCE_MS } from '@ponte/testbed'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { basic, basicOf, credentials, type OpenBoard, openBoard, viewer } from '../../testing/open-board.ts'
import { leadData, operate, options, person, receivedAt, textOf } from '../../testing/operate.ts'

let board: OpenBoard
beforeEach(async () => {
  board = await openBoard()
})
afterEach(() => board.close())

const { fail, failRound, visit, send } = operate(() => board)

const eventOf = (key: string, jobId: string, identities: readonly string[] = []) => ({
  event: 'lead.registered',
  key,
  receivedAt,
  jobId,
  identities,
})

test('however long a queue is, an event that waits in the middle of it is found by e-mail, phone and key', async () => {
  const queue = board['totvs-crm']
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
  await createTimelines(board.redis, board.name, board.fingerprint).begin(
    eventOf('key-0', 'job-0', [person.email, '48999991234']),
  )

  for (const q of [person.email.toUpperCase(), '+55 (48) 99999-1234', 'key-0']) {
    const answer = await send('/search', { q })
    expect([q, answer.statusCode]).toEqual([q, 303])
    const page = textOf((await visit(String(answer.headers.location), {})).body)
    expect(page).toMatch(/New lead from RD Station · in the queue .*What happened .*Received/)
  }
  // A list of several events shows the state and the masked contact of each.
  await createTimelines(board.redis, board.name, board.fingerprint).begin(eventOf('key-1', 'gone', [person.email]))
  const list = textOf((await send('/search', { q: person.email })).body)
  expect(list).toMatch(/2 events .*m\*\*\*@p\*\*\*\.br · \*\*\*34 .*New lead from RD Station In the queue/)
})

test('the list shows the status of each event: queued, failed, between two rounds, done, removed', async () => {
  const { redis, name, fingerprint } = board
  const timelines = createTimelines(redis, name, fingerprint)
  const queue = board['rd-station']
  const mark = (key: string) => ({ v: 1, key, receivedAt, opportunityId: `opp-${key}`, contextUrl: '/x' })
  const of = (key: string) => ({ event: 'opportunity.won', key, receivedAt, jobId: `job-${key}`, identities: ['same'] })
  const run = { kind: 'run', at: Date.now(), event: 'opportunity.won' } as const
  for (const key of ['queued', 'failed', 'round', 'done', 'removed']) await timelines.begin(of(key))
  const reason = 'RD_REJECTED: RD Station refused the data. (status=400)'
  await fail(
    queue,
    ['failed', 'round'].map(key => ({ name: 'opportunity.won', id: `job-${key}`, data: mark(key), reason })),
  )
  const summary = failureMessage('RD_REJECTED', { status: 400 })
  const refused = { ...run, outcome: 'failed', code: 'RD_REJECTED', summary } as const
  for (const key of ['failed', 'round']) {
    await timelines.record(of(key), { ...refused, jobId: `job-${key}` })
    // What was written into statusRD is not what became of the mark.
    const written = {
      event: 'status-rd.changed',
      jobId: 'status',
      outcome: 'done',
      summary: message('status-rd-written'),
    } as const
    await timelines.record(of(key), { ...run, ...written })
  }
  const nextAt = Date.parse('2026-11-25T12:34:56.000Z')
  await failRound('opp-round', { round: 1, failedJobs: ['job-round'], nextAt })
  await timelines.record(of('done'), {
    ...run,
    jobId: 'job-done',
    outcome: 'done',
    summary: message('marked', { marks: ['sale'] }),
  })
  // Somebody cleaned the completed jobs: what is done stays done.
  await timelines.record(of('done'), { kind: 'removed', at: Date.now(), by: 'ana', jobId: 'job-done' })
  await timelines.record(of('removed'), { kind: 'removed', at: Date.now(), by: 'ana', jobId: 'job-removed' })
  await queue.pause()
  await queue.add('opportunity.won', mark('queued'), { ...options, jobId: 'job-queued' })

  const ask = async (language: string) => {
    const { body } = await send('/search', { q: 'same' }, basic, language)
    return [...body.matchAll(/<strong class="(?:good|bad|warn|soft)">(.*?)<\/strong>/gs)]
      .map(([, cell = '']) => textOf(cell).trim())
      .toSorted()
  }
  expect(await ask('en')).toEqual([
    'Done',
    'Failed: needs you',
    'In the queue',
    'Removed from the queue',
    expect.stringMatching(/^Round 1 of 3 failed; next at 25 Nov 2026/),
  ])
  expect(await ask('pt-BR')).toEqual([
    'Concluído',
    'Falhou: aguarda você',
    'Na fila',
    'Removido da fila',
    expect.stringMatching(/^Rodada 1 de 3 falhou; próxima em 25\/11\/2026/),
  ])

  const timeline = `/events/${name}/${timelineId('round')}`
  const page = await visit(timeline, { language: 'pt-BR' })
  expect(page.body).toContain('<time datetime="2026-11-25T12:34:56.000Z">')
  expect(textOf(page.body)).toMatch(
    /Situação Rodada 1 de 3 falhou; próxima em .*O que aconteceu .*Recebido .*Rodada 1 de 3 falhou; próxima em .*Escrita do statusRD Concluído statusRD escrito/,
  )
  expect(textOf(page.body)).not.toContain('aguarda você')
  // The next round fails, too, and another would follow that one.
  const second = 'round-s-2'
  await timelines.record(of('round'), { ...refused, event: 'opportunity.updated', jobId: second })
  await failRound('opp-round', { round: 0, failedJobs: ['job-round', second], nextAt })
  expect(textOf((await visit(timeline)).body)).toMatch(/Status Asked for again; first round at 25 Nov 2026/)
  await failRound('opp-round', { round: 3, failedJobs: [second] })
  expect(textOf((await visit(timeline)).body)).toMatch(
    /Status Failed: needs you .*Failed; another round followed .*Failed RD_REJECTED/,
  )
})

test('a delayed event shows until when and why, in the language of the reader', async () => {
  const { redis, name, fingerprint } = board
  const queue = board['rd-station']
  await queue.add(
    'opportunity.won',
    { v: 1, key: 'young', receivedAt, opportunityId: 'opp-1', contextUrl: '/x' },
    { ...options, jobId: 'young', delay: 120_000 },
  )
  const of = { event: 'opportunity.won', key: 'young', receivedAt, jobId: 'young', identities: [] }
  const summary = message('contact-too-new')
  const run = { kind: 'run', at: Date.now(), event: 'opportunity.won', jobId: 'young' } as const
  await createTimelines(redis, name, fingerprint).record(of, { ...run, outcome: 'delayed', summary })
  const read = async () => await visit(`/events/${name}/${timelineId('young')}`, { language: 'pt-BR' })
  const { body } = await read()
  expect(textOf(body)).toMatch(
    /Situação Adiado até \d\d\/\d\d\/\d{4}, \d\d:\d\d:\d\d : o RD Station criou o contato há pouco/,
  )
  expect(body).toContain('<a href="/events">← Eventos</a>')
  // Without the code and the answer, which stand in the timeline.
  const failure = failureMessage('RD_UNAVAILABLE', { status: 503 })
  await createTimelines(redis, name, fingerprint).record(of, { ...run, outcome: 'delayed', summary: failure })
  expect(textOf((await read()).body)).toMatch(/Situação Adiado até [\d/]+, [\d:]+ : O RD Station está indisponível\. /)
})

test('an event that was read out of quarantine and its delivery lead to each other', async () => {
  const timelines = createTimelines(board.redis, board.name, board.fingerprint)
  const delivery = { event: 'delivery', key: 'delivery-1', receivedAt, jobId: 'delivery-1', identities: [person.email] }
  const run = { kind: 'run', at: Date.now(), event: 'delivery', jobId: 'delivery-1', outcome: 'done' } as const
  await timelines.record(delivery, { ...run, derivedEvents: [{ event: 'lead.registered', key: 'key-0' }] })
  await timelines.begin(eventOf('key-0', 'job-0', [person.email]), { delivery: 'delivery-1' })

  expect(textOf((await send('/search', { q: person.email })).body)).toMatch(/2 events/)
  const event = await visit(`/events/${board.name}/${timelineId('key-0')}`)
  expect(textOf(event.body)).toContain('Received from the delivery that was in quarantine, delivery-1')
  const there = `/events/${board.name}/${timelineId('delivery-1')}`
  expect(event.body).toContain(`href="${there}"`)
  const quarantined = await visit(there)
  expect(textOf(quarantined.body)).toMatch(/Done .*produced New lead from RD Station key-0/)
  expect(quarantined.body).toContain(`href="/events/${board.name}/${timelineId('key-0')}"`)
})

test('the timeline shows how often the sender repeated an event', async () => {
  const timelines = createTimelines(board.redis, board.name, board.fingerprint)
  await timelines.begin(eventOf('key-0', 'job-0'))
  for (const at of [1, 2, 3])
    await timelines.record(eventOf('key-0', 'job-0'), { kind: 'duplicate', at: Date.now() + at })
  const address = `/events/${board.name}/${timelineId('key-0')}`
  expect(textOf((await visit(address)).body)).toMatch(/Received .*Received again: a duplicate, no change \(3 times/)
  expect(textOf((await visit(address, { language: 'pt-BR' })).body)).toContain('Recebido outra vez: duplicado')
})

const found = ({ statusCode }: { statusCode: number }): boolean => statusCode === 303

test('a viewer finds an event by its key, its job and its opportunity, whole and exact, and nobody by anything', async () => {
  const { redis, name } = board
  const timelines = createTimelines(redis, name, board.fingerprint)
  const body = JSON.stringify({
    leads: [{ nome: person.name, doença: 'hiv positivo', email: person.email, fone: person.mobilePhone }],
  })
  const delivery = { v: 1, receivedAt, source: 'rd-station', body, encoding: 'utf8', form: false }
  const reason = 'BODY_NOT_UNDERSTOOD: The body is JSON of a shape that Ponte does not know.'
  await fail(board.quarantine, [{ name: 'delivery', id: 'delivery-1', data: delivery, reason }])
  const data = { v: 1, key: 'crm-key-7', receivedAt, opportunityId: 'opp-7', contextUrl: '/x' }
  await board['rd-station'].add('opportunity.won', data, { ...options, jobId: 'mark-7' })
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
  await board.quarantine.add('delivery', data, { ...options, jobId: 'delivery-1' })
  // As the ingress does.
  await createTimelines(board.redis, board.name, board.fingerprint).begin(
    eventOfJob({ id: 'delivery-1', name: 'delivery', data, timestamp: Date.now() }),
  )
  for (const q of [person.email, '+55 (48) 99999-1234', 'delivery-1'])
    expect([q, found(await send('/search', { q }))]).toEqual([q, true])
  for (const q of ['hiv positivo', 'maria.souza', person.name, '999991234'])
    expect([q, found(await send('/search', { q }))]).toEqual([q, false])
})

test('a search in 60 quarantined deliveries of a megabyte reads none of them', async () => {
  const body = JSON.stringify({ text: 'x'.repeat(1024 * 1024 - 100) })
  const data = { v: 1, receivedAt, source: 'rd-station', body, encoding: 'utf8', form: false }
  for (let index = 0; index < 60; index += 1)
    await board.quarantine.add('delivery', data, { ...options, jobId: `delivery-${index}` })
  const before = bytesRead()
  for (const q of ['nobody@x.example', 'delivery', '48 99999-1234'])
    expect(textOf((await send('/search', { q })).body)).toContain('Nothing found.')
  expect(textOf((await visit('/waiting')).body)).toContain('60')
  expect(bytesRead() - before).toBeLessThan(4 * 1024 * 1024)
  const list = await visit(`/queues/api/queues?activeQueue=${board.quarantine.name}&status=latest&jobsPerPage=100`)
  expect(list.json()).toMatchObject({ queues: [{}, {}, { jobs: expect.objectContaining({ length: 60 }) }] })
  expect(list.body.length).toBeLessThan(1024 * 1024)
  expect(bytesRead() - before).toBeLessThan(8 * 1024 * 1024)
})

test('however many search at once, one search reads at a time', async () => {
  const queue = board['rd-station']
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
  const trail = board.audit
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
    board.app.inject({
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
  const login = await board.app.inject({
    method: 'POST',
    url: '/login',
    payload: new URLSearchParams(credentials).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  const cookie = login.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  const inSession = await board.app.inject({
    method: 'POST',
    url: '/search',
    payload: 'q=nobody-there',
    headers: {
      cookie,
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded',
    },
  })
  expect(inSession.statusCode).toBe(429)
  expect((await search(basicOf(viewer), 'en')).statusCode).toBe(200)
})

/** Bytes that the board has read from Redis. */
const bytesRead = (): number => board.redis.stream.bytesRead
