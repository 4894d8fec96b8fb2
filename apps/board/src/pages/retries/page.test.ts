import { runInNewContext } from 'node:vm'
import { eventOfJob } from '@ponte/contracts'
import { createTimelines } from '@ponte/state'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { findQueue, createRetries } from '@ponte/operations'
import { basicOf, type OpenBoard, openBoard, viewer } from '../../testing/open-board.ts'
import { leadData, leads, operate, receivedAt, rejected, textOf } from '../../testing/operate.ts'

let board: OpenBoard
beforeEach(async () => {
  board = await openBoard()
})
afterEach(() => board.close())

const { fail, visit, send, ownAudit } = operate(() => board)
const part = (): string => `${board.name}/totvs-crm/CRM_REJECTED`
const read = async (address: string, options?: Parameters<typeof visit>[1]): Promise<string> =>
  textOf((await visit(address, options)).body)

/** Retries all that was refused, or the newest, and returns the page that follows. */
const retry = async (path: '/failures/retry' | '/failures/try', more: Record<string, string> = {}): Promise<string> =>
  String((await send(path, { part: part(), ...more })).headers.location)

/** As a worker records the end of a job. */
async function end(id: string, outcome: 'done' | 'skipped' | 'failed', code?: string): Promise<void> {
  const job = { id, name: 'lead.registered', data: leadData(`key-${id.split('-')[1]}`), timestamp: 1 }
  const run = { kind: 'run', at: Date.now(), event: job.name, jobId: id, outcome, code } as const
  const timelines = createTimelines(board.redis, board.name, board.fingerprint)
  await timelines.record(eventOfJob(job), run, { jobKey: board['totvs-crm'].toKey(id) })
}

/** After how many milliseconds the page loads itself again: in a browser, and in one that runs no scripts. */
function renewedAfter(body: string): readonly (number | undefined)[] {
  const scripts = [...body.matchAll(/<script>(.*?)<\/script>/gs)].map(([, script = '']) => script)
  const reader = {}
  const timers: { work: () => void; ms: number }[] = []
  const reload = vi.fn<() => void>()
  const browser = {
    document: {
      body: reader,
      activeElement: reader,
      hidden: false,
      querySelector: () => null,
      querySelectorAll: () => [],
      addEventListener: () => undefined,
    },
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

test('the page of a retry looks again every 2 s until it can say what became of it, and for two minutes at most', async () => {
  await fail(board['totvs-crm'], leads(2, rejected))
  const address = await retry('/failures/try')
  for (let times = 0; times < 2; times += 1) {
    const { body } = await visit(address)
    expect(textOf(body)).toContain('Test: 1 under way')
    expect(renewedAfter(body)).toEqual([2000, 2000])
  }
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 121_000 })
  onTestFinished(() => void vi.useRealTimers())
  expect(renewedAfter((await visit(address)).body)).toEqual([30_000, 30_000])
  vi.useRealTimers()
  await end('job-1', 'done')
  const { body } = await visit(address)
  expect(textOf(body)).toContain('Test: 1 delivered')
  expect(renewedAfter(body)).toEqual([undefined, undefined])
})

test('a page says how far a retry is, what became of each event, and why some failed again', async () => {
  await fail(board['totvs-crm'], leads(5, rejected))
  const address = await retry('/failures/retry')
  expect(await read(address)).toMatch(
    /5 events: 5 under way .*continues by itself.* TOTVS CRM refused the data\. · operação/,
  )
  expect((await visit(address)).body).toContain('<progress max="5" value="0"')
  await end('job-0', 'done')
  await end('job-1', 'done')
  await end('job-2', 'skipped')
  await end('job-3', 'failed', 'CRM_CONFLICT')
  await board['totvs-crm'].remove('job-4')
  const text = await read(address)
  expect(text).toMatch(/5 events: 2 delivered, 1 unchanged, 1 failed again, 1 removed from the queue/)
  expect(text).toMatch(
    /Why they failed again board-\w+ 1 · TOTVS CRM kept reporting a conflict with another change\. CRM_CONFLICT/,
  )
  expect(text).not.toMatch(/continues by itself|Updated at/)
  expect(await read(address, { language: 'pt-BR' })).toContain(
    '5 eventos: 2 entregues, 1 sem alteração, 1 falhou de novo, 1 removido da fila',
  )
  expect(await read('/retries')).toMatch(/operação board-\w+ TOTVS CRM refused the data\. 5 events: 2 delivered/)
  expect((await visit('/audit')).body).toContain(`href="${address}"`)
  expect((await ownAudit()).map(({ retry }) => `/retries/${retry}`)).toEqual([address])
})

test('when a try has passed, its page offers to retry the others, and says how many of whom', async () => {
  await fail(board['totvs-crm'], leads(60, rejected))
  const tried = await retry('/failures/try')
  expect(await read(tried)).toMatch(/Test: 1 under way/)
  expect(await read(tried)).not.toContain('Retry the other')
  await end('job-59', 'done')
  expect(await read(tried)).toMatch(
    /Test: 1 delivered The test passed\. board-\w+ 59 · TOTVS CRM refused the data\. Retry the other 59 /,
  )
  expect((await visit(tried, { as: basicOf(viewer) })).body).not.toContain('action="/failures/retry"')
  // The form of that page sends a confirmation, because the page has said what it does.
  const all = await retry('/failures/retry', { confirmed: 'yes' })
  expect(await read(all)).toMatch(/59 events: 59 under way/)
  expect(await read(tried)).not.toContain('Retry the other')
})

test('a test of several causes of which one failed again has not passed: only the causes that passed are offered', async () => {
  await fail(board['totvs-crm'], leads(2, rejected))
  await fail(board['totvs-crm'], leads(2, 'CRM_CONFLICT: x', 2))
  const form = new URLSearchParams({ part: part() })
  form.append('part', `${board.name}/totvs-crm/CRM_CONFLICT`)
  const tried = String((await send('/failures/try', form)).headers.location)
  await end('job-1', 'done')
  await end('job-3', 'failed', 'CRM_CONFLICT')
  const text = await read(tried)
  expect(text).toMatch(
    /Test: 1 delivered, 1 failed again These causes passed the test: board-\w+ 1 · TOTVS CRM refused the data\. Retry the other one/,
  )
  expect(text).not.toContain('The test passed')
})

test('a quarantined delivery that was only read has not passed its test, and has failed when its event fails', async () => {
  const unread = 'LEAD_WITHOUT_IDENTITY: No field that Ponte reads has a usable e-mail or phone of the lead.'
  const delivery = { v: 1, receivedAt, source: 'rd-station', body: '', encoding: 'utf8', form: false }
  await fail(
    board.quarantine,
    ['one', 'two'].map(id => ({ name: 'delivery', id, reason: unread, data: delivery })),
  )
  const tried = await retry('/failures/try', { part: `${board.name}/quarantine/LEAD_WITHOUT_IDENTITY` })
  const { timestamp } = await board['totvs-crm'].add('lead.registered', leadData('key-0'), { jobId: 'job-0' })
  const of = { event: 'delivery', key: 'two', receivedAt, jobId: 'two', identities: [] }
  const derivedJobs = [board['totvs-crm'].toKey('job-0')]
  await createTimelines(board.redis, board.name, board.fingerprint).record(
    of,
    { kind: 'run', at: timestamp, event: of.event, jobId: of.jobId, outcome: 'done' },
    { jobKey: board.quarantine.toKey('two'), derivedJobs },
  )
  expect(await read(tried)).toContain('Test: 1 under way')
  expect(await read(tried)).not.toContain('The test passed')
  await end('job-0', 'failed', 'CRM_REJECTED')
  const text = await read(tried)
  expect(text).toMatch(/Test: 1 failed again .* 1 · TOTVS CRM refused the data\. CRM_REJECTED/)
  expect(text).not.toContain('The test passed')
})

test('when a try has failed again, nothing more is offered than why', async () => {
  await fail(board['totvs-crm'], leads(3, rejected))
  const tried = await retry('/failures/try')
  await end('job-2', 'failed', 'CRM_REJECTED')
  const text = await read(tried)
  expect(text).toMatch(/Test: 1 failed again .*Why they failed again board-\w+ 1 · TOTVS CRM refused the data\./)
  expect(text).not.toContain('Retry the other')
})

test('a board that is stopped midway leaves a record that says what was not retried', async () => {
  await fail(board['totvs-crm'], leads(3, rejected))
  const { redis, fingerprint, tenants, queues, name } = board
  const retries = createRetries({ redis, fingerprint, audit: board.audit }, () => undefined)
  const queueRef = findQueue({ tenants, queues }, { tenant: name, kind: 'totvs-crm' })
  const ids = leads(3, rejected).map(({ id }) => id)
  // The retry is stopped before its first jobs.
  await retries.close()
  const id = queueRef && (await retries.start({ name: 'ana', role: 'operator' }, 'all', [{ queueRef, ids }]))
  const text = await read(`/retries/${id}`)
  expect(await board['totvs-crm'].getFailedCount()).toBe(3)
  expect(text).toMatch(/3 events: 3 not retried This stopped before its end\. .* all failures of the queue/)
})

test('a retry that does not exist, or is of another tenant, is not found', async () => {
  for (const id of ['unknown', '..%2F..', 'x'.repeat(500)]) {
    const { statusCode, body } = await visit(`/retries/${id}`)
    expect([id, statusCode, textOf(body).includes('There is no such record')]).toEqual([id, 404, true])
  }
  expect(await read('/retries')).toContain('Nobody has retried events yet.')
})
