import { failureMessage, message } from '@ponte/contracts'
import type { EndOfRun, EventHistory } from '@ponte/operations'
import { timelineId } from '@ponte/state'
import { expect, test, vi } from 'vitest'
import { eventHistory, eventJob, failedJob, NOW } from '../../testing/documents.ts'
import { basicOf, viewer } from '../../testing/open-board.ts'
import { useBoard } from '../../testing/use-board.ts'
import { leads, mark, person, receivedAt, rejected } from '../../testing/operate.ts'
import { renderPage, type ViewChange } from '../../testing/render-page.ts'
import { eventPage } from './page.ts'

const show = (change: Partial<EventHistory>, view: ViewChange<undefined> = {}) =>
  renderPage(eventPage, eventHistory(change), undefined, view)
const portuguese = { language: 'pt-BR' } as const
const run = (change: Partial<EndOfRun> = {}): EndOfRun => ({
  ...{ kind: 'run', at: NOW, event: 'lead.registered', isOther: false, outcome: 'done', times: undefined },
  ...{ code: undefined, text: '', raw: [], derived: [] },
  ...change,
})
const pending = { round: 1, rounds: 3, nextAt: Date.parse('2026-11-25T12:34:56.000Z') }

test.each([
  [
    { kind: 'delayed', until: NOW, reason: message('contact-too-new') },
    /Adiado até [\d/]+, [\d:]+ : o RD Station criou o contato há pouco/,
  ],
  [
    // Without the code and the answer, which stand in the timeline.
    { kind: 'delayed', until: NOW, reason: failureMessage('RD_UNAVAILABLE', { status: 503 }) },
    /Adiado até [\d/]+, [\d:]+ : O RD Station está indisponível\. O evento/,
  ],
  [{ kind: 'round', ...pending }, /Rodada 1 de 3 falhou; próxima em .*(?!.*aguarda você)/],
  [{ kind: 'round', ...pending, round: 0 }, /Pedido de novo; primeira rodada em /],
  [{ kind: 'failed' }, /Falhou: aguarda você/],
  [{ kind: 'removed' }, /Removido da fila/],
  [{ kind: 'queued' }, /Na fila/],
  [{ kind: 'done' }, /Concluído/],
] as const)('the page says the status of an event in the language of the reader: %j', (status, says) => {
  expect(show({ status }, portuguese).text).toMatch(new RegExp(`Situação ${says.source}`))
})

test('an event that is done and whose write of statusRD failed says both', () => {
  const failed = failedJob({ event: 'status-rd.changed', isFollowUp: true })
  expect(show({ failed }).text).toContain('Status Done · Writing of statusRD failed and needs you')
})

test('the timeline says what each run did or why it failed, and folds away what stands behind it and the calls', () => {
  const line = (text: string, isTechnical = true) => ({ kind: 'line', at: NOW, text, isTechnical }) as const
  const { text, markup } = show({
    status: { kind: 'round', ...pending },
    moments: [
      { kind: 'received', at: NOW, delivery: { id: 'timeline-1', key: 'delivery-1' } },
      { kind: 'duplicate', at: NOW, times: 3 },
      ...[line('POST /api → 422 9 ms'), line('CRM_REJECTED: no'), line('waits 4 s', false)],
      run({ outcome: 'failed', code: 'CRM_REJECTED', text: 'TOTVS CRM refused the data.', raw: ['status=422'] }),
      ...[run({ outcome: 'next-round' }), run({ outcome: 'round' })],
      run({ isOther: true, event: 'status-rd.changed', text: 'statusRD written' }),
      run({ text: 'lead created', derived: [{ id: 'timeline-2', key: 'key-2', event: 'lead.registered' }] }),
    ],
  })
  for (const says of [
    'Received from the delivery that was in quarantine, delivery-1',
    'Received again: a duplicate, no change (3 times in a row)',
    '2 technical lines',
    'Failed CRM_REJECTED TOTVS CRM refused the data. Technical details status=422',
    'Failed; another round followed',
    'Round 1 of 3 failed; next at 25 Nov 2026',
    'Writing of statusRD Done statusRD written',
    'Done lead created produced New lead from RD Station key-2',
  ])
    expect(text).toContain(says)
  expect(markup).toContain('href="/events/acme/timeline-1"')
  const open = markup.slice(markup.indexOf('<ol class="timeline">')).replaceAll(/<details[^>]*>.*?<\/details>/gs, '')
  expect(open).toContain('waits 4 s')
  expect(open).not.toMatch(/status=422|POST \/api/)
})

test('a job is shown with what can be done about it: to operators to retry, to edit and to preview, to viewers where it is', () => {
  const reason = { code: 'CRM_REJECTED', title: 'TOTVS CRM refused the data.', raw: ['status=422'] } as const
  const job = eventJob({ state: 'failed', code: 'CRM_REJECTED', reason, isEditable: true })
  const { text, markup } = show({ jobs: [job], contactIn: { kind: 'totvs-crm', id: 'job-0' } })
  expect(text).toMatch(/New lead from RD Station · failed .*TOTVS CRM refused the data\. /)
  expect(text).toContain('Contact m***@p***.br · ***34 Show in full')
  const buttons = [
    '/jobs/acme/totvs-crm/job-0/retry',
    '/jobs/acme/totvs-crm/job-0/edit',
    '/preview/acme/totvs-crm/job-0',
  ]
  for (const address of buttons) expect(markup).toContain(`"${address}"`)
  const viewers = show({ jobs: [job] }, { role: 'viewer' })
  expect(viewers.markup).not.toMatch(/<form|\/edit|\/preview/)
  expect(viewers.markup).toContain('href="/queues/queue/acme.totvs-crm/job-0"')
  expect(show({}).text).toContain('The event is no longer in the queue.')
  expect(renderPage(eventPage, undefined, undefined)).toMatchObject({ status: 404 })
})

const { board, fail, visit, read, send, ownAudit } = useBoard()
const address = (key = 'key-0'): string => `/events/${board().name}/${timelineId(key)}`
const named = { kind: 'totvs-crm', job: 'job-0' }

test('the page reads the log of a job, its failure and what came of each run; what was repaired says what it was refused for', async () => {
  await fail(board()['rd-station'], [mark('won', '9d1f3a52-0000-4000-8000-000000000001')])
  const of = { event: 'opportunity.won', key: 'won', receivedAt, jobId: 'job-won', identities: [] }
  const end = { kind: 'run', event: of.event, jobId: of.jobId } as const
  const answer = 'must be less than or equal to 10000 (value)'
  const summary = failureMessage('RD_REJECTED', { status: 400 })
  const failed = { ...end, outcome: 'failed', code: 'RD_REJECTED', summary, answer } as const
  await board().timelines.record(of, { ...failed, at: Date.now() })
  await board().timelines.record(of, {
    ...end,
    at: Date.now(),
    outcome: 'done',
    summary: message('marked', { marks: ['sale'] }),
  })
  const text = await read(address('won'), { language: 'pt-BR' })
  expect(text).toMatch(/POST \/api → 422 9 ms for m\*\*\*@p\*\*\*\.br/)
  expect(text).toMatch(/RD_REJECTED Valor acima de 10\.000 · RD Station.*Concluído marcado: venda/)
})

test('an operator sees the whole e-mail and phone on request alone, and that is in the audit trail', async () => {
  await fail(board()['totvs-crm'], leads(1, rejected))
  const { body } = await visit(`${address()}?kind=totvs-crm&job=job-0`)
  expect(body).not.toContain(person.email)
  const [, form = ''] = /<form class="inline" method="post" action="([^"]+)"/.exec(body) ?? []
  expect(form).toBe(`${address()}/contact`)
  const shown = await send(form, named)
  expect(shown.body.replaceAll(/<[^>]*>|\s+/g, ' ')).toMatch(new RegExp(`${person.email} · ${person.mobilePhone}`))
  expect(shown.headers['cache-control']).toBe('no-store')
  const [entry] = await ownAudit()
  expect(entry).toMatchObject({ user: 'operação', action: 'open-contact', outcome: 'done', queue: 'totvs-crm' })
  expect(JSON.stringify(entry)).not.toMatch(/maria|9999-?1234|(?<![\da-f])99999(?![\da-f])/i)
  expect(await read('/audit')).toContain('operação saw the e-mail and phone')

  vi.spyOn(board().redis, 'xadd').mockRejectedValueOnce(new Error('Connection is closed.'))
  const unrecorded = await send(form, named)
  expect([unrecorded.statusCode >= 500, unrecorded.body.includes(person.email)]).toEqual([true, false])
})

test('a viewer is refused what was masked, and a link shows nothing to anybody', async () => {
  await fail(board()['totvs-crm'], leads(1, rejected))
  const refused = await send(`${address()}/contact`, named, basicOf(viewer))
  expect([refused.statusCode, refused.body.includes(person.email)]).toEqual([403, false])
  const [entry] = await ownAudit()
  expect(entry).toMatchObject({ user: viewer.user, action: 'open-contact', outcome: 'refused' })
  const linked = await visit(`${address()}/contact`)
  expect([linked.statusCode, linked.headers.location]).toEqual([303, address()])
})

test('an address that names a job of another event shows nothing of it', async () => {
  await fail(board()['totvs-crm'], leads(2, rejected))
  const of = { event: 'lead.registered', key: 'key-0', receivedAt, jobId: 'gone', identities: [] }
  await board().timelines.begin(of)
  const { body, statusCode } = await visit(`${address()}?kind=totvs-crm&job=job-1`)
  expect([statusCode, body.includes('aria-label="job-1"'), body.includes('no longer in the queue')]).toEqual([
    ...[200, false, true],
  ])
  expect((await send(`${address()}/contact`, { ...named, job: 'job-1' })).statusCode).toBe(404)
  expect((await visit(`${address('never')}?kind=totvs-crm&job=job-1`)).statusCode).toBe(404)
})
