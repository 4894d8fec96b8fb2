import { createTimelines, timelineId } from '@ponte/state'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { basicOf, type OpenBoard, openBoard, viewer } from '../../testing/open-board.ts'
import { leads, mark, operate, person, receivedAt, rejected, textOf } from '../../testing/operate.ts'

const withoutRole = 'CRM_DEFAULT_USER_WITHOUT_ROLE: The default user has no role in TOTVS CRM. (user=a@x.example)'

let board: OpenBoard
beforeEach(async () => {
  board = await openBoard()
})
afterEach(() => board.close())

const { fail, failRound, visit, send, ownAudit } = operate(() => board)
const part = (code: string, kind = 'totvs-crm'): string => `${board.name}/${kind}/${code}`
const waiting = async (kind: 'totvs-crm' | 'rd-station' = 'totvs-crm'): Promise<readonly string[]> =>
  (await board[kind].getWaiting()).map(({ id }) => id ?? '').toSorted()

async function logAnswer(id: string, words: string): Promise<void> {
  const job = await board['totvs-crm'].getJob(id)
  await job?.log(`2026-01-02T03:04:05.000Z CRM_REJECTED: ${words}`)
  await job?.log('2026-01-02T03:04:05.001Z a line after it')
}

test('a cause says whose it is, what happened and what to do, in the language of the browser and without a person', async () => {
  await fail(board['totvs-crm'], [...leads(2, rejected), ...leads(1, withoutRole, 2)])
  const reason = 'BODY_NOT_JSON: The body is not valid JSON. at 1'
  await fail(board.quarantine, [{ name: 'delivery', id: 'delivery-1', data: { body: person.email }, reason }])
  const english = await visit('/failures')
  const text = textOf(english.body)
  expect(text).toMatch(
    /board-\w+ 2 events .*CRM_REJECTED TOTVS CRM refused the data Correct the data, .* Test one first Retry all 2 /,
  )
  expect(text).toMatch(
    /1 event .*The default user has no role in TOTVS CRM Give the user a role .* Technical details (?:user=)?\w\*\*\*@x\*\*\*\.example Retry /,
  )
  expect(text).toMatch(/1 event .*BODY_NOT_JSON The body is not valid JSON Fix the sender.* Technical details at 1 /)
  expect(text).toContain('Test one of each cause')
  expect(english.body).not.toMatch(/maria\.souza|Souza|a@x/)
  expect(textOf((await visit('/failures', { language: 'pt-BR' })).body)).toMatch(
    /O TOTVS CRM recusou os dados Corrija os dados, .* Testar um primeiro Reenviar todos os 2 /,
  )
})

test("a cause is called by the other system's answer when it gave the same one to all, else the answers stand below", async () => {
  await fail(board['totvs-crm'], leads(4, rejected))
  for (const id of ['job-1', 'job-2']) await logAnswer(id, `F-1: ${person.name} <${person.email}> já existe`)
  const alike = await visit('/failures', { language: 'pt-BR' })
  expect(textOf(alike.body)).toMatch(
    / TOTVS CRM: “\*\*\* &lt;m\*\*\*@p\*\*\*\.br&gt; já existe” Corrija.* Detalhes técnicos F-1: \*\*\* /,
  )
  // The answer that was read of a failure is kept until the job fails anew.
  await board.redis.zadd(board['totvs-crm'].toKey('failed'), Date.now(), 'job-3')
  await logAnswer('job-3', 'F-2: telefone inválido')
  const { body } = await visit('/failures')
  expect(textOf(body)).toMatch(
    /TOTVS CRM refused the data TOTVS CRM: “\*\*\* &lt;m\*\*\*@p\*\*\*\.br&gt; já existe” \(2×\) TOTVS CRM: “telefone inválido” /,
  )
  expect(alike.body + body).not.toMatch(/maria\.souza|Souza/)
})

test('what is filtered in the address is shown and counted, and retried, and nothing else', async () => {
  const { queue, redis } = { queue: board['totvs-crm'], redis: board.redis }
  await fail(queue, [...leads(3, rejected), ...leads(1, withoutRole, 3)])
  await redis.zadd(queue.toKey('failed'), Date.now() - 3 * 24 * 3_600_000, 'job-0')
  expect(textOf((await visit('/failures')).body)).toContain('3 events')
  const day = textOf((await visit('/failures?period=24h')).body)
  expect(day).toMatch(/2 events .*The default user/)
  expect(textOf((await visit('/failures?period=24h&code=CRM_REJECTED')).body)).not.toContain('Give the user a role')
  expect(textOf((await visit('/failures?event=opportunity.won')).body)).toContain('No failures with these filters.')
  const list = `/failures/${part('CRM_REJECTED')}`
  expect(
    [(await visit(list)).body, (await visit(`${list}?period=7d`)).body].map(body => textOf(body).includes('3 events')),
  ).toEqual([true, true])
  expect(textOf((await visit(`${list}?period=24h`)).body)).toContain('2 events')

  await send('/failures/retry', { part: part('CRM_REJECTED'), period: '24h' })
  expect(await waiting()).toEqual(['job-1', 'job-2'])
})

test.each([
  ['a period', { period: '1y' }],
  ['an event', { event: 'lead.nothing' }],
  ['a tenant', { tenant: 'nobody' }],
  ['a cause', { code: 'NO_SUCH' }],
])('a form that names %s that there is not is refused with a sentence, and retries nothing', async (_what, wrong) => {
  await fail(board['totvs-crm'], leads(2, rejected))
  for (const path of ['/failures/retry', '/failures/try']) {
    const { statusCode, body } = await send(path, { part: part('CRM_REJECTED'), confirmed: 'yes', ...wrong })
    expect([statusCode, body]).toEqual([400, expect.stringContaining('What was asked for does not exist')])
  }
  expect([await waiting(), await ownAudit()]).toEqual([[], []])
})

test('a form retries only what all of it names: its tenant and its cause bound its parts', async () => {
  await fail(board['totvs-crm'], leads(2, rejected))
  for (const path of ['/failures/retry', '/failures/try'])
    expect((await send(path, { part: part('CRM_REJECTED'), code: 'RD_REJECTED' })).statusCode).toBe(409)
  await send('/failures/try', { part: part('CRM_REJECTED'), code: 'CRM_REJECTED', tenant: board.name })
  expect(await waiting()).toHaveLength(1)
})

test('the list of a cause refuses a period, an event and a page that there are not, and leads to the list without filters', async () => {
  const list = `/failures/${part('CRM_REJECTED')}`
  for (const query of ['period=1y', 'event=nothing', 'page=0']) {
    const { statusCode, body } = await visit(`${list}?${query}`, { accept: 'text/html' })
    expect([statusCode, body.includes(`<a href="${list}">Clear filters</a>`)]).toEqual([400, true])
  }
})

test('"retry all" starts just the events of the cause again, each from the first attempt, and leads to what becomes of them', async () => {
  const queue = board['totvs-crm']
  await fail(queue, [...leads(3, rejected), ...leads(2, withoutRole, 3)])
  const answer = await send('/failures/retry', { part: part('CRM_REJECTED') })
  expect([answer.statusCode, answer.headers.location]).toEqual([303, expect.stringMatching(/^\/retries\/[\w-]+$/)])
  expect(new Set((await queue.getWaiting()).map(({ id, attemptsMade }) => `${id} ${attemptsMade}`))).toEqual(
    new Set(['job-0 0', 'job-1 0', 'job-2 0']),
  )
  expect(await queue.getFailedCount()).toBe(2)
  const [entry] = await ownAudit()
  expect(entry).toMatchObject({
    action: 'retry-all',
    user: 'operação',
    queue: 'totvs-crm',
    code: 'CRM_REJECTED',
    detail: '3',
  })
  expect(answer.headers.location).toBe(`/retries/${entry?.retry}`)
  const timeline = await createTimelines(board.redis, board.name, board.fingerprint).read(timelineId('key-1'))
  expect(timeline).toEqual([
    expect.objectContaining({ kind: 'received', at: Date.parse(receivedAt), jobId: 'job-1' }),
    expect.objectContaining({ kind: 'retried', by: 'operação' }),
  ])
})

test('"try one first" retries the newest, of each cause and queue that the form names', async () => {
  await fail(board['totvs-crm'], leads(3, rejected))
  await fail(board['totvs-crm'], leads(1, withoutRole, 3))
  await fail(board['totvs-crm'], leads(1, rejected, 4))
  const one = await send('/failures/try', { part: part('CRM_REJECTED') })
  expect(one.headers.location).toMatch(/^\/retries\//)
  expect(await waiting()).toEqual(['job-4'])
  expect(await ownAudit()).toMatchObject([{ action: 'try-one', code: 'CRM_REJECTED', detail: '1' }])
  const payload = new URLSearchParams([
    ['part', part('CRM_REJECTED')],
    ['part', part('CRM_DEFAULT_USER_WITHOUT_ROLE')],
  ])
  await send('/failures/try', payload)
  expect(await waiting()).toContain('job-3')
})

test('more than fifty are not retried by one click that does not say what it does', async () => {
  const queue = board['totvs-crm']
  await fail(queue, leads(51, rejected))
  const { body } = await visit('/failures')
  expect(body).toMatch(/<details class="retry">\s*<summary>Retry all 51…<\/summary>[^]*all of them will fail again/)
  const question = await send('/failures/retry', { part: part('CRM_REJECTED') })
  expect(question.statusCode).toBe(200)
  expect(textOf(question.body)).toMatch(/Retry 51 events\? board-\w+ 51 · TOTVS CRM refused the data\./)
  expect(await queue.getFailedCount()).toBe(51)
  await send('/failures/retry', { part: part('CRM_REJECTED'), confirmed: 'yes' })
  expect(await queue.getFailedCount()).toBe(0)
})

test('who presses second is told that somebody else was first, and nothing is claimed', async () => {
  await fail(board['totvs-crm'], leads(2, rejected))
  const both = await Promise.all([1, 2].map(() => send('/failures/retry', { part: part('CRM_REJECTED') })))
  const third = await send('/failures/retry', { part: part('CRM_REJECTED') })
  expect(third.statusCode).toBe(409)
  expect(textOf(third.body)).toContain('These events are no longer failed')
  const texts = await Promise.all(both.map(async ({ headers }) => textOf((await visit(String(headers.location))).body)))
  const counts = texts.map(text => Number(/(\d+) under way/.exec(text)?.[1] ?? 0))
  expect(counts.reduce((sum, count) => sum + count)).toBe(2)
  for (const address of ['/failures?retried=9999&skipped=0', '/causes?retried=9999']) {
    const page = await visit(address)
    expect([
      page.statusCode === 301 || !textOf(page.body).includes('9999'),
      page.body.includes('back in the queue'),
    ]).toEqual([true, false])
  }
})

test('an opportunity counts once, however many of its events and rounds failed, and says when Ponte tries again', async () => {
  const queue = board['rd-station']
  await fail(queue, [mark('created', 'opp-1')])
  await fail(queue, [mark('won', 'opp-1')])
  await fail(queue, [mark('other', 'opp-2')])
  await failRound('opp-1', { round: 1, failedJobs: ['job-created', 'job-won'], nextAt: Date.now() + 60_000 })
  await failRound('opp-2', { round: 3, failedJobs: ['job-other'] })

  expect(textOf((await visit('/failures')).body)).toMatch(/2 events .*RD_REJECTED .*Ponte retries 1 automatically/)
  const list = textOf((await visit(`/failures/${part('RD_REJECTED', 'rd-station')}`, { language: 'pt-BR' })).body)
  expect(list).toMatch(/2 eventos .*oportunidade opp-2 .*Rodada 1 de 3 falhou; próxima em .*oportunidade opp-1 /)
  expect(list.match(/Oportunidade ganha/g)?.length).toBeGreaterThan(1)

  // Only the newest mark is retried. When it succeeds, the others are done as well.
  await send('/failures/retry', { part: part('RD_REJECTED', 'rd-station') })
  expect(await waiting('rd-station')).toEqual(['job-other', 'job-won'])
})

test('a failed job of an opportunity that makes no mark counts by itself, and hides no failed mark', async () => {
  const queue = board['rd-station']
  await fail(queue, [mark('won', 'opp-1')])
  const noted = ['one', 'two'].map(key => ({ ...mark(key, 'opp-1'), name: 'opportunity.noted' }))
  await fail(queue, noted)
  expect(textOf((await visit('/failures')).body)).toMatch(/3 events .*RD_REJECTED /)
  await send('/failures/retry', { part: part('RD_REJECTED', 'rd-station') })
  expect(await waiting('rd-station')).toHaveLength(3)
})

test('what does not exist is not found, and retries nothing', async () => {
  await fail(board['totvs-crm'], leads(1, 'job stalled more than allowable limit'))
  const { statusCode, body } = await visit(`/failures/${part('NO_SUCH')}`)
  expect([statusCode, textOf(body).includes('There is no such error code.')]).toEqual([404, true])
  const parts = [
    '',
    'x',
    '//',
    part('NO_SUCH'),
    part('CRM_REJECTED', 'no-queue'),
    `nobody/totvs-crm/WITHOUT_CODE`,
    'constructor/__proto__/toString',
  ]
  for (const each of parts)
    for (const path of ['/failures/retry', '/failures/try'])
      expect([each, (await send(path, { part: each })).statusCode]).toEqual([each, 404])
  expect(await board['totvs-crm'].getFailedCount()).toBe(1)
  expect((await visit(`/failures/${part('WITHOUT_CODE')}`)).statusCode).toBe(200)
})

test('a viewer sees causes and no button, and is refused by the server', async () => {
  await fail(board['totvs-crm'], leads(2, rejected))
  const as = basicOf(viewer)
  const page = await visit('/failures', { as })
  expect(textOf(page.body)).toContain('TOTVS CRM refused the data.')
  expect(page.body).not.toMatch(/action="\/failures\/(?:retry|try)"/)
  for (const path of ['/failures/retry', '/failures/try'])
    expect((await send(path, { part: part('CRM_REJECTED') }, as)).statusCode).toBe(403)
  expect(await board['totvs-crm'].getFailedCount()).toBe(2)
})

test('the card of an only event offers to edit it exactly where its edit page lets it be edited', async () => {
  const delivery = { v: 1, receivedAt, source: 'rd-station', form: false }
  const bodies = { text: { encoding: 'utf8', body: '{' }, bytes: { encoding: 'base64', body: '/w==' } }
  for (const [id, body] of Object.entries(bodies)) {
    const reason = `BODY_NOT_${id === 'text' ? 'JSON' : 'UNDERSTOOD'}: The body cannot be read. at 1`
    await fail(board.quarantine, [{ name: 'delivery', id, data: { ...delivery, ...body }, reason }])
  }
  const { body: cards } = await visit('/failures')
  const offered: string[] = []
  for (const id of Object.keys(bodies)) {
    const address = `/jobs/${board.name}/quarantine/${id}/edit`
    if (cards.includes(address)) offered.push(id)
    expect((await visit(address)).statusCode).toBe(id === 'text' ? 200 : 409)
  }
  expect(offered).toEqual(['text'])
})
