import { appendMessages, eventOfJob, failureMessage, message } from '@ponte/contracts'
import { createTimelines, timelineId } from '@ponte/state'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { basic, basicOf, type OpenBoard, openBoard, viewer } from '../testing/open-board.ts'
import { leadData, leads, operate, options, person, receivedAt, rejected, textOf } from '../testing/operate.ts'

const withoutRole = 'CRM_DEFAULT_USER_WITHOUT_ROLE: The default user has no role in TOTVS CRM. (user=a@x.example)'

let board: OpenBoard
beforeEach(async () => {
  board = await openBoard()
})
afterEach(() => board.close())

const { fail, failRound, visit, send, ownAudit } = operate(() => board)

test('causes are grouped by code, with number, what to do in the language of the browser, and nothing personal', async () => {
  await fail(board['totvs-crm'], [...leads(2, rejected), ...leads(1, withoutRole, 2)])
  await fail(board.quarantine, [
    {
      name: 'delivery',
      id: 'delivery-1',
      data: { body: person.email },
      reason: 'BODY_NOT_JSON: The body is not valid JSON. at 1',
    },
  ])
  const english = await visit('/failures')
  const text = textOf(english.body)
  expect(text).toMatch(/4 failed events/)
  expect(text).toMatch(
    /CRM_REJECTED TOTVS CRM refused the data\. status=422 2 failed events .*What to do The answer of TOTVS CRM says/,
  )
  expect(text).toMatch(/CRM_DEFAULT_USER_WITHOUT_ROLE .* \w\*\*\*@x\*\*\*\.example 1 failed event/)
  expect(text).toMatch(/BODY_NOT_JSON .* queue quarantine/)
  expect(english.body).not.toMatch(/maria\.souza|Souza|a@x/)
  expect(textOf((await visit('/failures', { language: 'pt-BR' })).body)).toMatch(
    /CRM_REJECTED O TOTVS CRM recusou os dados\. .*O que fazer A resposta do TOTVS CRM diz/,
  )
  expect(textOf((await visit('/failures?code=BODY_NOT_JSON')).body)).not.toContain('CRM_REJECTED')
})

test('"retry all of this cause" starts just those again, each from the first attempt, and says how many', async () => {
  const queue = board['totvs-crm']
  await fail(queue, [...leads(3, rejected), ...leads(2, withoutRole, 3)])
  const answer = await send('/failures/retry', { tenant: board.name, kind: 'totvs-crm', code: 'CRM_REJECTED' })
  expect(answer.headers.location).toBe('/failures?retried=3&skipped=0')
  expect(new Set((await queue.getWaiting()).map(({ id, attemptsMade }) => `${id} ${attemptsMade}`))).toEqual(
    new Set(['job-0 0', 'job-1 0', 'job-2 0']),
  )
  expect(await queue.getFailedCount()).toBe(2)
  expect(await ownAudit()).toEqual([
    expect.objectContaining({
      action: 'retry-all',
      user: 'operação',
      queue: 'totvs-crm',
      code: 'CRM_REJECTED',
      detail: '3',
    }),
  ])
  const timeline = await createTimelines(board.redis, board.name, board.fingerprint).read(timelineId('key-1'))
  expect(timeline).toEqual([
    expect.objectContaining({ kind: 'received', at: Date.parse(receivedAt), jobId: 'job-1' }),
    expect.objectContaining({ kind: 'retried', by: 'operação' }),
  ])
})

const mark = (
  key: string,
  opportunityId: string,
  reason = 'RD_REJECTED: RD Station refused the data. (status=400)',
) => ({
  ...{ name: 'opportunity.won', id: `job-${key}`, reason },
  data: { v: 1, key, receivedAt, opportunityId, contextUrl: '/x' },
})

test('an opportunity counts once, however many of its events and rounds failed, and says when Ponte tries again', async () => {
  const queue = board['rd-station']
  await fail(queue, [mark('created', 'opp-1')])
  await fail(queue, [mark('won', 'opp-1')])
  await fail(queue, [mark('other', 'opp-2')])
  await failRound('opp-1', { round: 1, failedJobs: ['job-created', 'job-won'], nextAt: Date.now() + 60_000 })
  await failRound('opp-2', { round: 3, failedJobs: ['job-other'] })

  expect(textOf((await visit('/failures')).body)).toMatch(
    /2 failed events RD_REJECTED .*2 failed events \(Ponte retries 1 automatically\) · tenant/,
  )
  const address = `/failures/${board.name}/rd-station/RD_REJECTED`
  const list = textOf((await visit(address, { language: 'pt-BR' })).body)
  expect(list).toMatch(
    /2 eventos com falha .*oportunidade opp-2 .*oportunidade opp-1 .*Rodada 1 de 3 falhou; próxima em/,
  )
  expect(list.match(/Oportunidade ganha/g)).toHaveLength(2)

  // When the retried one succeeds, the others are done as well.
  const form = { tenant: board.name, kind: 'rd-station', code: 'RD_REJECTED' }
  expect((await send('/failures/retry', form)).headers.location).toBe('/failures?retried=2&skipped=0')
  expect(new Set((await queue.getWaiting()).map(({ id }) => id))).toEqual(new Set(['job-other', 'job-won']))
})

test('a failed job of an opportunity that makes no mark counts by itself, and hides no failed mark', async () => {
  const queue = board['rd-station']
  await fail(queue, [mark('won', 'opp-1')])
  await fail(
    queue,
    ['one', 'two'].map(key => ({ ...mark(key, 'opp-1'), name: 'opportunity.noted' })),
  )
  expect(textOf((await visit('/failures')).body)).toMatch(/3 failed events RD_REJECTED /)
  const form = { tenant: board.name, kind: 'rd-station', code: 'RD_REJECTED' }
  expect((await send('/failures/retry', form)).headers.location).toBe('/failures?retried=3&skipped=0')
})

test('a cause shows what the other system said, the most frequent first and nothing of a person', async () => {
  const queue = board['totvs-crm']
  await fail(queue, leads(4, rejected))
  const logAnswer = async (id: string, words: string): Promise<void> => {
    const job = await queue.getJob(id)
    await job?.log(`2026-01-02T03:04:05.000Z CRM_REJECTED: ${words}`)
    await job?.log('2026-01-02T03:04:05.001Z a line after it')
  }
  await logAnswer('job-3', 'F-2: telefone inválido')
  for (const id of ['job-1', 'job-2']) await logAnswer(id, `F-1: ${person.name} <${person.email}> já existe`)
  const { body } = await visit('/failures', { language: 'pt-BR' })
  expect(textOf(body)).toMatch(
    /Resposta do TOTVS CRM: F-1: \*\*\* &lt;m\*\*\*@p\*\*\*\.br&gt; já existe \(2×\) F-2: telefone inválido/,
  )
  expect(body).not.toMatch(/maria\.souza|Souza/)
})

test('the page of an event tells its log, its failure and what came of each run in the language of the reader', async () => {
  const queue = board['totvs-crm']
  await fail(queue, leads(1, rejected))
  const job = await queue.getJob('job-0')
  const waits = message('waits', { seconds: 4, why: message('record-locked') })
  await job?.log(appendMessages('2026-01-02T03:04:05.000Z', [waits]))
  const of = { event: 'lead.registered', key: 'key-0', receivedAt, jobId: 'job-0', identities: [] }
  const run = { kind: 'run', at: Date.now(), event: 'lead.registered', jobId: 'job-0' } as const
  const timelines = createTimelines(board.redis, board.name, board.fingerprint)
  await timelines.record(of, {
    ...run,
    outcome: 'done',
    summary: [message('lead-created', { lead: 'L-1' }), message('opportunity-opened')],
  })
  await timelines.record(of, {
    ...run,
    outcome: 'failed',
    code: 'CRM_REJECTED',
    summary: failureMessage('CRM_REJECTED', { status: 422 }),
  })
  const page = textOf((await visit(`/events/${board.name}/${timelineId('key-0')}`, { language: 'pt-BR' })).body)
  for (const text of [
    'com falha · ',
    'CRM_REJECTED: O TOTVS CRM recusou os dados. (status=422)',
    'espera 4 s: outro evento trabalha no mesmo registro',
    'Concluído lead L-1 criado; oportunidade aberta',
    'CRM_REJECTED O TOTVS CRM recusou os dados. (status=422)',
  ])
    expect(page).toContain(text)
})

test('the events of a cause differ by what is shown: e-mail and phone, the opportunity, the person of a quarantined body', async () => {
  await fail(board['totvs-crm'], leads(1, rejected))
  const [failed] = await board['totvs-crm'].getFailed()
  const at = new Date(failed?.finishedOn ?? 0).toISOString()
  expect((await visit('/failures')).body).toContain(`<time datetime="${at}">`)
  const body = JSON.stringify({ leads: [{ nome: person.name, email: 'sem-arroba', personal_phone: '48 3025-2598' }] })
  const data = { v: 1, receivedAt, source: 'rd-station', body, encoding: 'utf8', form: false }
  const reason = appendMessages('LEAD_WITHOUT_IDENTITY: The lead has neither a usable e-mail nor a usable phone.', [
    message('missing', { path: 'leads[0]' }),
  ])
  await fail(board.quarantine, [{ name: 'delivery', id: 'delivery-1', data, reason }])
  const list = async (rest: string, as = basic) =>
    textOf((await visit(`/failures/${board.name}/${rest}`, { language: 'pt-BR', as })).body)
  expect(await list('totvs-crm/CRM_REJECTED')).toMatch(/m\*\*\*@p\*\*\*\.br · \*\*\*34 +Lead registrado …job-0/)
  expect(await list('quarantine/LEAD_WITHOUT_IDENTITY')).toContain('***98 · rd-station')
  for (const rest of ['totvs-crm/CRM_REJECTED', 'quarantine/LEAD_WITHOUT_IDENTITY'])
    expect(await list(rest, basicOf(viewer))).not.toContain('***')
  expect(textOf((await visit('/failures', { language: 'pt-BR' })).body)).toMatch(
    /LEAD_WITHOUT_IDENTITY O lead não tem e-mail nem telefone utilizável\. leads\[0\]: falta/,
  )
})

test('a code that does not exist is not found, and retries nothing', async () => {
  await fail(board['totvs-crm'], leads(1, 'job stalled more than allowable limit'))
  for (const url of ['/failures?code=NO_SUCH', `/failures/${board.name}/totvs-crm/NO_SUCH`]) {
    const { statusCode, body } = await visit(url)
    expect([url, statusCode, textOf(body).includes('There is no such error code.')]).toEqual([url, 404, true])
  }
  const form = { tenant: board.name, kind: 'totvs-crm', code: 'NO_SUCH' }
  expect((await send('/failures/retry', form)).statusCode).toBe(404)
  expect(await board['totvs-crm'].getFailedCount()).toBe(1)
  expect((await visit(`/failures/${board.name}/totvs-crm/WITHOUT_CODE`)).statusCode).toBe(200)
})

test('who comes back to the address of a form finds the page it belongs to', async () => {
  const answer = await visit('/failures/retry')
  expect([answer.statusCode, answer.headers.location]).toEqual([303, '/failures'])
  const search = await visit('/search', { as: basicOf(viewer), language: 'pt-BR' })
  expect([search.statusCode, search.body.includes('action="/search"')]).toEqual([200, true])
})

test.each(['/waiting', '/failures', '/search', '/error-codes', '/error-codes/CRM_REJECTED', '/nowhere'])(
  '%s leads to all the other pages, says once in which zone its times are, and marks where the reader is',
  async url => {
    const headers = { authorization: basicOf(viewer), accept: 'text/html', 'accept-language': 'pt-BR' }
    const { body } = await board.app.inject({ url, headers })
    for (const to of ['/', '/waiting', '/failures', '/queues', '/error-codes'])
      expect(body).toContain(`<a href="${to}"`)
    expect(body).not.toContain('href="/audit"')
    expect((await visit(url)).body.includes('href="/audit"')).toBe(url !== '/nowhere')
    const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone
    expect(textOf(body).split(`Horários em ${zone}`)).toHaveLength(2)
  },
)

test('more than fifty are retried only after a second yes', async () => {
  const queue = board['totvs-crm']
  await fail(queue, leads(51, rejected))
  const form = { tenant: board.name, kind: 'totvs-crm', code: 'CRM_REJECTED' }
  const question = await send('/failures/retry', form)
  expect(question.statusCode).toBe(200)
  expect(textOf(question.body)).toContain('Retry 51 events?')
  expect(await queue.getFailedCount()).toBe(51)
  await send('/failures/retry', { ...form, confirmed: 'yes' })
  expect(await queue.getFailedCount()).toBe(0)
})

test('a search leaves no personal data in an address, and finds an event that has not run yet', async () => {
  const queue = board['totvs-crm']
  await queue.pause()
  await queue.add('lead.registered', leadData('key-0'), { ...options, jobId: 'job-0' })
  // As the ingress does.
  const of = eventOfJob({ id: 'job-0', name: 'lead.registered', data: leadData('key-0'), timestamp: Date.now() })
  await createTimelines(board.redis, board.name, board.fingerprint).begin(of)
  for (const q of [person.email.toUpperCase(), '+55 (48) 99999-1234', 'key-0', 'job-0']) {
    const answer = await send('/search', { q })
    expect([q, answer.statusCode]).toEqual([q, 303])
    expect(answer.headers.location).toMatch(/^\/events\/board-\w+\/[0-9a-f]{32}$/)
    const page = await visit(String(answer.headers.location))
    expect(textOf(page.body)).toMatch(/m\*\*\*@p\*\*\*\.br .*in the queue .*Received/)
    expect(page.body).not.toMatch(/maria|Souza|99999/)
  }
  expect(textOf((await send('/search', { q: 'nobody@x.example' })).body)).toContain('Nothing found.')
  expect((await visit(`/events/${board.name}/${timelineId('never')}`)).statusCode).toBe(404)
})

test('the page of a failed event shows each HTTP attempt and why it failed, masked for the operator too', async () => {
  await fail(board['totvs-crm'], leads(1, rejected))
  const page = await visit(`/events/${board.name}/${timelineId('key-0')}?kind=totvs-crm&job=job-0`)
  expect(textOf(page.body)).toMatch(
    /Lead registered · failed .*CRM_REJECTED: TOTVS CRM refused the data\. .*What happened .*Received .*POST \/api → 422 9 ms for m\*\*\*@p\*\*\*\.br/,
  )
})

test('whatever a viewer asks to change is refused by the server, and the buttons are not there', async () => {
  const queue = board['totvs-crm']
  await fail(queue, leads(1, rejected))
  const as = basicOf(viewer)
  const page = await visit('/failures', { as })
  expect(page.body).toContain('CRM_REJECTED')
  expect(page.body).not.toMatch(/action="\/(?:causes|jobs)|\/audit/)
  const list = await visit(`/failures/${board.name}/totvs-crm/CRM_REJECTED`, { as })
  expect(list.body).not.toMatch(/action="\/(?!search|language)|\/edit/)
  // Nor is anything said of them.
  expect([page.body.includes('retries all'), list.body.includes('Actions')]).toEqual([false, false])

  const shown = (await visit(`/queues/api/queues?activeQueue=${queue.name}&status=failed`, { as })).json()
  for (const each of shown.queues) {
    expect(each).toMatchObject({ readOnlyMode: true, allowRetries: false, allowCompletedRetries: false })
  }
  expect((await visit('/queues/api/queues')).json().queues[0]).toMatchObject({
    readOnlyMode: false,
    allowRetries: true,
  })

  const job = `/jobs/${board.name}/totvs-crm/job-0`
  const forms = ['/failures/retry', `${job}/retry`, `${job}/preview`, `${job}/edit`, `${job}/apply`]
  for (const url of forms) expect([url, (await send(url, {}, as)).statusCode]).toEqual([url, 403])
  for (const url of ['/audit', `${job}/edit`, `${job}/original`])
    expect([url, (await visit(url, { as })).statusCode]).toEqual([url, 403])
  const api = `/queues/api/queues/${queue.name}`
  for (const url of [
    `${api}/job-0/retry`,
    `${api}/retry/failed`,
    `${api}/pause`,
    `${api}/job-0/clean`,
    '/queues/api/queues/pause',
  ]) {
    const answer = await board.app.inject({ method: 'PUT', url, headers: { authorization: as } })
    expect([url, answer.statusCode]).toEqual([url, 403])
  }
  expect(await queue.getFailedCount()).toBe(1)
  expect(await queue.isPaused()).toBe(false)
})

test.each([
  ['/stuck', '/waiting'],
  ['/causes', '/failures'],
  ['/causes?code=CRM_REJECTED', '/failures?code=CRM_REJECTED'],
  ['/causes/acme/totvs-crm/CRM_REJECTED?page=2', '/failures/acme/totvs-crm/CRM_REJECTED?page=2'],
  ['/failures/CRM_REJECTED?lang=en', '/error-codes/CRM_REJECTED?lang=en'],
])('the address %s of an earlier version redirects permanently to %s', async (before, now) => {
  const { statusCode, headers } = await visit(before)
  expect([statusCode, headers.location]).toEqual([301, now])
})
