import { runInNewContext } from 'node:vm'
import { eventOfJob } from '@ponte/contracts'
import type { RetryDocument } from '@ponte/operations'
import { expect, test, vi } from 'vitest'
import { MINUTE, NOW, retriedQueue, retryDocument, textOf } from '../../testing/documents.ts'
import { basicOf, viewer } from '../../testing/open-board.ts'
import { useBoard } from '../../testing/use-board.ts'
import { leadData, leads, receivedAt, rejected } from '../../testing/operate.ts'
import { renderPage, type ViewChange } from '../../testing/render-page.ts'
import { retriesPage, retryPage } from './page.ts'

const show = (retry: RetryDocument, change: ViewChange<undefined> = {}) =>
  renderPage(retryPage, { retry, others: [], failures: [] }, undefined, change)
const underWay: Partial<RetryDocument> = { ended: false, queues: [retriedQueue({ asked: 5, underWay: 5 })] }

test('a page says how far a retry is, what became of each event, and why some failed again', () => {
  const begun = show(retryDocument(underWay))
  expect(begun.text).toMatch(/5 events: 5 under way .*continues by itself.* TOTVS CRM refused the data\. · ana/)
  expect(begun.markup).toContain('<progress max="5" value="0"')
  const failed = [{ code: 'CRM_CONFLICT' as const, count: 1 }]
  const ended = retryDocument({ queues: [retriedQueue({ asked: 5, delivered: 2, unchanged: 1, failed, removed: 1 })] })
  const { text } = show(ended)
  expect(text).toMatch(/5 events: 2 delivered, 1 unchanged, 1 failed again, 1 removed from the queue/)
  expect(text).toContain(
    'Why they failed again acme 1 · TOTVS CRM kept reporting a conflict with another change. CRM_CONFLICT',
  )
  expect(text).not.toContain('continues by itself')
  expect(show(ended, { language: 'pt-BR' }).text).toContain(
    '5 eventos: 2 entregues, 1 sem alteração, 1 falhou de novo, 1 removido da fila',
  )
  const list = renderPage(retriesPage, [ended], undefined)
  expect(list.text).toMatch(/ana acme TOTVS CRM refused the data\. 5 events: 2 delivered/)
  expect(list.markup).toContain('href="/retries/retry-0"')
  expect(renderPage(retriesPage, [], undefined).text).toContain('Nobody has retried events yet.')
})

test('a test is looked at every 2 s until it has ended, and for two minutes at most', () => {
  expect(show(retryDocument({ ...underWay, kind: 'trial', at: NOW - 119_000 })).refreshes).toBe('soon')
  expect(show(retryDocument({ ...underWay, kind: 'trial', at: NOW - 2 * MINUTE })).refreshes).toBe(true)
  expect(show(retryDocument({ kind: 'trial' })).refreshes).toBe(false)
})

test('a board that was stopped midway says what was not retried', () => {
  const queues = [retriedQueue({ code: null, asked: 3, notRetried: 3 })]
  expect(show(retryDocument({ state: 'stopped', queues })).text).toMatch(
    /3 events: 3 not retried This stopped before its end\. .* all failures of the queue/,
  )
})

const { board, fail, read, send, visit, ownAudit } = useBoard()
const part = (code = 'CRM_REJECTED'): string => `${board().name}/totvs-crm/${code}`
/** Retries all that was refused, or the newest, and returns the page that follows. */
const retry = async (path: '/failures/retry' | '/failures/try', more: Record<string, string> = {}): Promise<string> =>
  String((await send(path, { part: part(), ...more })).headers.location)

/** As a worker records the end of a job. */
async function end(id: string, outcome: 'done' | 'skipped' | 'failed', code?: string): Promise<void> {
  const job = { id, name: 'lead.registered', data: leadData(`key-${id.split('-')[1]}`), timestamp: 1 }
  const run = { kind: 'run', at: Date.now(), event: job.name, jobId: id, outcome, code } as const
  await board().timelines.record(eventOfJob(job), run, { jobKey: board()['totvs-crm'].toKey(id) })
}

/** After how many milliseconds the page loads itself again: in a browser, and in one that runs no scripts. */
function renewedAfter(body: string): readonly (number | undefined)[] {
  const scripts = [...body.matchAll(/<script>(.*?)<\/script>/gs)].map(([, script = '']) => script)
  const reader = {}
  const timers: { work: () => void; ms: number }[] = []
  const reload = vi.fn<() => void>()
  const ofDocument = { querySelector: () => null, querySelectorAll: () => [], addEventListener: () => undefined }
  const browser = {
    document: { body: reader, activeElement: reader, hidden: false, ...ofDocument },
    location: { href: 'http://board.invalid/', reload },
    history: { replaceState: () => undefined },
    URL,
    setInterval: (work: () => void, ms: number) => timers.push({ work, ms }),
  }
  for (const script of scripts.filter(each => each.includes('location'))) runInNewContext(script, browser)
  for (const { work } of timers) work()
  expect(reload).toHaveBeenCalledTimes(timers.length)
  const seconds = /http-equiv="refresh" content="(\d+)/.exec(body)?.[1]
  return [timers[0]?.ms, seconds === undefined ? undefined : Number(seconds) * 1000]
}

test('when a test has passed, its page offers to retry the others, and says how many of whom; it renews itself until then', async () => {
  await fail(board()['totvs-crm'], leads(60, rejected))
  const tried = await retry('/failures/try')
  const { body } = await visit(tried)
  expect(textOf(body)).toMatch(/Test: 1 under way(?!.*Retry the other)/)
  expect(renewedAfter(body)).toEqual([2000, 2000])
  expect(renewedAfter((await visit('/waiting')).body)).toEqual([30_000, 30_000])
  await end('job-59', 'done')
  expect(await read(tried)).toMatch(
    /Test: 1 delivered The test passed\. board-\w+ 59 · TOTVS CRM refused the data\. Retry the other 59 /,
  )
  expect(renewedAfter((await visit(tried)).body)).toEqual([undefined, undefined])
  expect((await visit(tried, { as: basicOf(viewer) })).body).not.toContain('action="/failures/retry"')
  // The form of that page sends a confirmation, because the page has said what it does.
  const all = await retry('/failures/retry', { confirmed: 'yes' })
  expect(await read(all)).toMatch(/59 events: 59 under way/)
  expect(await read(tried)).not.toContain('Retry the other')
  expect((await visit('/audit')).body).toContain(`href="${all}"`)
  expect((await ownAudit()).map(({ retry: id }) => `/retries/${id}`)).toEqual([all, tried])
})

test('a test of several causes of which one failed again has not passed: only the causes that passed are offered', async () => {
  await fail(board()['totvs-crm'], leads(2, rejected))
  await fail(board()['totvs-crm'], leads(2, 'CRM_CONFLICT: x', 2))
  const form = new URLSearchParams([part(), part('CRM_CONFLICT')].map((each): [string, string] => ['part', each]))
  const tried = String((await send('/failures/try', form)).headers.location)
  await end('job-1', 'done')
  await end('job-3', 'failed', 'CRM_CONFLICT')
  expect(await read(tried)).toMatch(
    /Test: 1 delivered, 1 failed again These causes passed the test: board-\w+ 1 · TOTVS CRM refused the data\. Retry the other one (?!.*The test passed)/,
  )
})

test('a quarantined delivery that was only read has not passed its test, and has failed when its event fails', async () => {
  const unread = 'LEAD_WITHOUT_IDENTITY: No field that Ponte reads has a usable e-mail or phone of the lead.'
  const data = { v: 1, receivedAt, source: 'rd-station', body: '', encoding: 'utf8', form: false }
  const { quarantine, timelines, name, ...own } = board()
  await fail(
    quarantine,
    ['one', 'two'].map(id => ({ name: 'delivery', id, reason: unread, data })),
  )
  const tried = await retry('/failures/try', { part: `${name}/quarantine/LEAD_WITHOUT_IDENTITY` })
  const { timestamp } = await own['totvs-crm'].add('lead.registered', leadData('key-0'), { jobId: 'job-0' })
  await timelines.record(
    { event: 'delivery', key: 'two', receivedAt, jobId: 'two', identities: [] },
    { kind: 'run', at: timestamp, event: 'delivery', jobId: 'two', outcome: 'done' },
    { jobKey: quarantine.toKey('two'), derivedJobs: [own['totvs-crm'].toKey('job-0')] },
  )
  expect(await read(tried)).toMatch(/Test: 1 under way(?!.*The test passed)/)
  await end('job-0', 'failed', 'CRM_REJECTED')
  expect(await read(tried)).toMatch(
    /Test: 1 failed again (?!.*The test passed).* 1 · TOTVS CRM refused the data\. CRM_REJECTED(?!.*Retry the other)/,
  )
})

test.each(['unknown', '..%2F..', 'x'.repeat(500)])('a retry that does not exist is not found: %s', async id => {
  const { statusCode, body } = await visit(`/retries/${id}`)
  expect([statusCode, textOf(body).includes('There is no such record')]).toEqual([404, true])
})
