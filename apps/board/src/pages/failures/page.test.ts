import { causesOf, type Failure } from '@ponte/operations'
import { timelineId } from '@ponte/state'
import { expect, test } from 'vitest'
import { failure } from '../../testing/documents.ts'
import { basicOf, viewer } from '../../testing/open-board.ts'
import { useBoard } from '../../testing/use-board.ts'
import { leads, mark, person, receivedAt, rejected } from '../../testing/operate.ts'
import { renderPage, type ViewChange } from '../../testing/render-page.ts'
import type { FailureFilters } from '../../filters/filters.ts'
import { failuresPage } from './page.ts'

const show = (failures: readonly Failure[], change: ViewChange<unknown> & { filters?: FailureFilters } = {}) => {
  const { filters = {}, ...view } = change
  return renderPage(failuresPage, { causes: causesOf(failures), unreadable: [], edits: [] }, filters, view)
}
const two = failure({ count: 2 })
const withoutRole = failure({ code: 'CRM_DEFAULT_USER_WITHOUT_ROLE', details: ['user=a***@x***.example'] })

test('a cause says whose it is, what happened and what to do, in the language of the browser', () => {
  const notJson = failure({ code: 'BODY_NOT_JSON', queue: 'quarantine', details: ['at 1'] })
  const { text } = show([two, withoutRole, notJson])
  expect(text).toMatch(
    /acme 2 events .*CRM_REJECTED TOTVS CRM refused the data Correct the data, .* Test one first Retry all 2 /,
  )
  expect(text).toMatch(
    /1 event .*The default user has no role in TOTVS CRM Give the user a role .* Technical details user=a\*\*\*@x\*\*\*\.example Retry /,
  )
  expect(text).toMatch(/1 event .*BODY_NOT_JSON The body is not valid JSON Fix the sender.* Technical details at 1 /)
  expect(text).toContain('Test one of each cause')
  expect(show([two], { language: 'pt-BR' }).text).toMatch(
    /O TOTVS CRM recusou os dados Corrija os dados, .* Testar um primeiro Reenviar todos os 2 /,
  )
  expect(show([]).text).toContain('No failures. Everything that arrived was delivered')
  expect(show([], { filters: { period: '24h' } }).text).toContain('No failures with these filters.')
})

test("a cause is called by the other system's answer when it gave the same one to all, else the answers stand below", () => {
  const answers = [{ text: 'F-1: *** <m***@p***.br> já existe', times: 2 }]
  expect(show([failure({ count: 2, answers })], { language: 'pt-BR' }).text).toMatch(
    / TOTVS CRM: “\*\*\* &lt;m\*\*\*@p\*\*\*\.br&gt; já existe” Corrija.* Detalhes técnicos F-1: \*\*\* /,
  )
  expect(
    show([failure({ count: 3, answers: [...answers, { text: 'F-2: telefone inválido', times: 1 }] })]).text,
  ).toMatch(
    /TOTVS CRM refused the data TOTVS CRM: “\*\*\* &lt;m\*\*\*@p\*\*\*\.br&gt; já existe” \(2×\) TOTVS CRM: “telefone inválido” /,
  )
})

test('a cause of several tenants is one card, with the count of each and a button for all and for each', () => {
  const { text, markup } = show([failure({ tenant: 'nova', count: 3 }), two])
  expect(markup.match(/<section class="card cause"/g)).toHaveLength(1)
  expect(text).toMatch(
    /nova 3 events acme 2 events .*Test one per tenant Retry all 5 By tenant Retry 3 of nova Retry 2 of acme /,
  )
  expect(markup).toContain('name="part" value="nova/totvs-crm/CRM_REJECTED"')
})

test('more than fifty are not retried by one click that does not say what it does; what Ponte retries is said', () => {
  const { text, markup } = show([failure({ count: 51, pending: 1 })])
  expect(markup).toMatch(/<details class="retry">\s*<summary>Retry all 51…<\/summary>[^]*all of them will fail again/)
  expect(text).toContain('Ponte retries 1 automatically')
})

test('a viewer sees causes and no button', () => {
  const { text, markup } = show([two], { role: 'viewer' })
  expect(text).toContain('TOTVS CRM refused the data')
  expect(markup).not.toMatch(/method="post"|class="care"/)
})

test('a note about a cause in two queues of one tenant is shown once', () => {
  const record = { note: { text: 'Zeferina liga ao suporte', by: 'ana', at: 1 } }
  expect(show([failure({ record }), failure({ record, queue: 'rd-station' })]).markup.match(/noted/g)).toHaveLength(1)
})

const { board, fail, failRound, visit, read, send, ownAudit } = useBoard({ others: ['-b'] })
const part = (code: string, kind = 'totvs-crm'): string => `${board().name}/${kind}/${code}`
const waiting = async (kind: 'totvs-crm' | 'rd-station' = 'totvs-crm'): Promise<readonly string[]> =>
  (await board()[kind].getWaiting()).map(({ id }) => id ?? '').toSorted()
const noRole = 'CRM_DEFAULT_USER_WITHOUT_ROLE: The default user has no role in TOTVS CRM. (user=a@x.example)'

test('what is filtered in the address is shown and counted, and retried, and nothing else', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, [...leads(3, rejected), ...leads(1, noRole, 3)])
  await board().redis.zadd(queue.toKey('failed'), Date.now() - 3 * 24 * 3_600_000, 'job-0')
  const list = `/failures/${part('CRM_REJECTED')}`
  for (const [url, says] of [
    ['/failures', /3 events/],
    ['/failures?period=24h', /2 events .*The default user/],
    ['/failures?period=24h&code=CRM_REJECTED', /^(?!.*Give the user a role)/],
    ['/failures?event=opportunity.won', /No failures with these filters\./],
    [list, /3 events/],
    [`${list}?period=7d`, /3 events/],
    [`${list}?period=24h`, /2 events/],
  ] as const)
    expect(await read(url)).toMatch(says)
  await send('/failures/retry', { part: part('CRM_REJECTED'), period: '24h' })
  expect(await waiting()).toEqual(['job-1', 'job-2'])
})

test('a form retries only what all of it names, and nothing when it names a filter that there is not', async () => {
  await fail(board()['totvs-crm'], leads(2, rejected))
  for (const path of ['/failures/retry', '/failures/try']) {
    for (const wrong of [{ period: '1y' }, { event: 'lead.nothing' }, { tenant: 'nobody' }, { code: 'NO_SUCH' }]) {
      const { statusCode, body } = await send(path, { part: part('CRM_REJECTED'), confirmed: 'yes', ...wrong })
      expect([statusCode, body]).toEqual([400, expect.stringContaining('What was asked for does not exist')])
    }
    expect((await send(path, { part: part('CRM_REJECTED'), code: 'RD_REJECTED' })).statusCode).toBe(409)
  }
  expect([await waiting(), await ownAudit()]).toEqual([[], []])
  await send('/failures/try', { part: part('CRM_REJECTED'), code: 'CRM_REJECTED', tenant: board().name })
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
  const queue = board()['totvs-crm']
  await fail(queue, [...leads(3, rejected), ...leads(2, noRole, 3)])
  const answer = await send('/failures/retry', { part: part('CRM_REJECTED') })
  const started = await queue.getWaiting()
  expect(new Set(started.map(({ id, attemptsMade }) => `${id} ${attemptsMade}`))).toEqual(
    new Set(['job-0 0', 'job-1 0', 'job-2 0']),
  )
  expect(await queue.getFailedCount()).toBe(2)
  const [entry] = await ownAudit()
  const where = { queue: 'totvs-crm', code: 'CRM_REJECTED' }
  expect(entry).toMatchObject({ action: 'retry-all', user: 'operação', ...where, detail: '3' })
  expect([answer.statusCode, answer.headers.location]).toEqual([303, `/retries/${entry?.retry}`])
  expect(await board().timelines.read(timelineId('key-1'))).toEqual([
    expect.objectContaining({ kind: 'received', at: Date.parse(receivedAt), jobId: 'job-1' }),
    expect.objectContaining({ kind: 'retried', by: 'operação' }),
  ])
})

test('"try one first" retries the newest, of each cause, queue and tenant that the form names', async () => {
  const other = board().queues.of(`${board().name}-b`)['totvs-crm']
  await fail(board()['totvs-crm'], leads(3, rejected))
  await fail(board()['totvs-crm'], leads(1, noRole, 3))
  await fail(board()['totvs-crm'], leads(1, rejected, 4))
  await fail(other, leads(2, rejected))
  await send('/failures/try', { part: part('CRM_REJECTED') })
  expect(await waiting()).toEqual(['job-4'])
  expect(await ownAudit()).toMatchObject([{ action: 'try-one', code: 'CRM_REJECTED', detail: '1' }])
  const parts = [
    part('CRM_REJECTED'),
    part('CRM_DEFAULT_USER_WITHOUT_ROLE'),
    `${board().name}-b/totvs-crm/CRM_REJECTED`,
  ]
  const tried = await send('/failures/try', new URLSearchParams(parts.map((each): [string, string] => ['part', each])))
  expect(await waiting()).toEqual(['job-2', 'job-3', 'job-4'])
  expect(await other.getWaitingCount()).toBe(1)
  expect(await read(String(tried.headers.location))).toMatch(/Test: 3 under way/)
})

test('of more than fifty a form without a confirmation is answered with a question', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(51, rejected))
  const question = await send('/failures/retry', { part: part('CRM_REJECTED') })
  expect(question.body.replaceAll(/<[^>]*>|\s+/g, ' ')).toMatch(/Retry 51 events\?/)
  expect(await queue.getFailedCount()).toBe(51)
  await send('/failures/retry', { part: part('CRM_REJECTED'), confirmed: 'yes' })
  expect(await queue.getFailedCount()).toBe(0)
})

test('who presses second is told that somebody else was first, and nothing is claimed', async () => {
  await fail(board()['totvs-crm'], leads(2, rejected))
  const both = await Promise.all([1, 2].map(() => send('/failures/retry', { part: part('CRM_REJECTED') })))
  const third = await send('/failures/retry', { part: part('CRM_REJECTED') })
  expect([third.statusCode, third.body]).toEqual([409, expect.stringContaining('These events are no longer failed')])
  const texts = await Promise.all(both.map(({ headers }) => read(String(headers.location))))
  const counts = texts.map(text => Number(/(\d+) under way/.exec(text)?.[1] ?? 0))
  expect(counts.reduce((sum, count) => sum + count)).toBe(2)
})

test('an opportunity counts once, however many of its events and rounds failed, and says when Ponte tries again', async () => {
  const queue = board()['rd-station']
  await fail(queue, [mark('created', 'opp-1')])
  await fail(queue, [mark('won', 'opp-1')])
  await fail(queue, [mark('other', 'opp-2')])
  await failRound('opp-1', { round: 1, failedJobs: ['job-created', 'job-won'], nextAt: Date.now() + 60_000 })
  await failRound('opp-2', { round: 3, failedJobs: ['job-other'] })
  expect(await read('/failures')).toMatch(/2 events .*RD_REJECTED .*Ponte retries 1 automatically/)
  const list = await read(`/failures/${part('RD_REJECTED', 'rd-station')}`, { language: 'pt-BR' })
  expect(list).toMatch(/2 eventos .*oportunidade opp-2 .*Rodada 1 de 3 falhou; próxima em .*oportunidade opp-1 /)
  // Only the newest mark is retried. When it succeeds, the others are done as well.
  await send('/failures/retry', { part: part('RD_REJECTED', 'rd-station') })
  expect(await waiting('rd-station')).toEqual(['job-other', 'job-won'])
})

test('what does not exist is not found, and retries nothing', async () => {
  await fail(board()['totvs-crm'], leads(1, 'job stalled more than allowable limit'))
  const { statusCode, body } = await visit(`/failures/${part('NO_SUCH')}`)
  expect([statusCode, body.includes('There is no such error code.')]).toEqual([404, true])
  const parts = ['', 'x', '//', part('NO_SUCH'), part('CRM_REJECTED', 'no-queue'), 'nobody/totvs-crm/WITHOUT_CODE']
  for (const each of [...parts, 'constructor/__proto__/toString'])
    for (const path of ['/failures/retry', '/failures/try'])
      expect([each, (await send(path, { part: each })).statusCode]).toEqual([each, 404])
  expect((await send('/failures/retry', { part: part('WITHOUT_CODE') }, basicOf(viewer))).statusCode).toBe(403)
  expect(await board()['totvs-crm'].getFailedCount()).toBe(1)
  expect((await visit(`/failures/${part('WITHOUT_CODE')}`)).statusCode).toBe(200)
})

test('the card of an only event offers to edit it exactly where its edit page lets it be edited, and no page names the person', async () => {
  const delivery = { v: 1, receivedAt, source: 'rd-station', form: false }
  const bodies = { text: { encoding: 'utf8', body: person.email }, bytes: { encoding: 'base64', body: '/w==' } }
  for (const [id, body] of Object.entries(bodies)) {
    const reason = `BODY_NOT_${id === 'text' ? 'JSON' : 'UNDERSTOOD'}: The body cannot be read. at 1`
    await fail(board().quarantine, [{ name: 'delivery', id, data: { ...delivery, ...body }, reason }])
  }
  const { body: cards } = await visit('/failures')
  expect(cards).not.toMatch(/maria\.souza|Souza/)
  for (const id of Object.keys(bodies)) {
    const address = `/jobs/${board().name}/quarantine/${id}/edit`
    expect([id, cards.includes(address)]).toEqual([id, id === 'text'])
    expect((await visit(address)).statusCode).toBe(id === 'text' ? 200 : 409)
  }
})
