import { message } from '@ponte/contracts'
import { countStalled, type WaitingTenant } from '@ponte/operations'
import { queuePrefix, retryInFull } from '@ponte/runtime'
import { type Queue, UnrecoverableError, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { beforeEach, expect, inject, onTestFinished, test } from 'vitest'
import { connectionsOf, down, MINUTE, NOW, revoked, textOf, waitingTenant } from '../../testing/documents.ts'
import { openBoard } from '../../testing/open-board.ts'
import { useBoard } from '../../testing/use-board.ts'
import { renderPage, type ViewChange } from '../../testing/render-page.ts'
import { waitingPage } from './page.ts'

const show = (
  tenants: readonly WaitingTenant[],
  { isWithoutWorkers = false, ...view }: ViewChange<unknown> & { isWithoutWorkers?: boolean } = {},
) => renderPage(waitingPage, { limitMs: MINUTE, check: undefined, found: { tenants, isWithoutWorkers } }, {}, view)

const noWorkers = { condition: 'noWorkers', tone: 'bad' } as const
const breakerOf = (system: 'totvs-crm' | 'rd-station') => ({ condition: 'breaker', tone: 'bad', system }) as const

test('the page says of a queue what waits, for how long, that it is paused and that nobody works on it, and what of it failed', () => {
  const hour = 60 * MINUTE
  const found = waitingTenant(
    {
      'totvs-crm': { status: noWorkers, startable: 2, oldestWaitingMs: hour, waitingTooLong: 1 },
      'rd-station': { status: { condition: 'failures', tone: 'good' }, failed: 1, later: 1, oldestDelayedMs: hour },
      quarantine: { status: { condition: 'paused', tone: 'bad' } },
    },
    { workers: 0 },
  )
  const { text, markup } = show([found])
  expect(text).toContain(
    'RD Station → TOTVS no worker connected: start one 2 waiting · oldest: 1 hr ago · 1 over 1 min 0 0 0 0',
  )
  expect(text).toContain('TOTVS → RD Station on time, with failures: 1 event 0 1 · 1 hr 0 1 0')
  expect(text).toContain('quarantine paused: open the queue and use Resume')
  expect(show([found], { language: 'pt-BR' }).text).toContain(
    'TOTVS → RD Station em dia, com falhas: 1 evento 0 1 · há 1 h',
  )
  expect(markup).toContain('<a href="/failures">1 event</a>')
})

test('events that wait over the limit are listed, each leads to its page; a delayed one shows why', () => {
  const event = { tenant: 'acme', id: 'timeline-0', name: 'lead.registered', about: 'm***@p***.br' }
  const mark = { ...event, name: 'opportunity.won', about: 'oportunidade opp-1' }
  const found = waitingTenant({
    'totvs-crm': { longest: [{ ...event, waitedMs: 2 * MINUTE }] },
    'rd-station': { next: [{ ...mark, until: NOW + MINUTE, reason: message('contact-too-new') }] },
  })
  const { text, markup } = show([found])
  expect(text).toContain('RD Station → TOTVS: waiting longest New lead from RD Station m***@p***.br · waiting 2 min')
  expect(markup).toContain('<a href="/events/acme/timeline-0"><span title="lead.registered">')
  expect(show([found], { language: 'pt-BR' }).text).toMatch(
    /TOTVS → RD Station: próximas tentativas Oportunidade ganha oportunidade opp-1 · em \d\d\/\d\d\/\d{4}, \d\d:\d\d:\d\d : o RD Station criou o contato há pouco/,
  )
})

test('a paused system is named with its reason, its code and the time that is left', () => {
  const found = waitingTenant(
    { 'totvs-crm': { status: breakerOf('totvs-crm'), startable: 1 } },
    { connections: connectionsOf('acme', revoked, down) },
  )
  const { text } = show([found])
  expect(text).toContain(
    'TOTVS CRM is down · for 2 min · next check in 1 min CRM_UNREACHABLE Paused: RD Station → TOTVS, TOTVS → RD Station.',
  )
  expect(text).toContain(
    'RD Station disconnected: reconnect the account · 1 min ago RD_TOKEN_REVOKED On hold until somebody corrects it: TOTVS → RD Station.',
  )
  expect(text.match(/[Nn]ext check/g)).toHaveLength(1)
  const portuguese = show([found], { language: 'pt-BR' })
  expect(portuguese.markup).toContain('<strong class="bad">RD Station desconectado: reconecte a conta</strong>')
  expect(portuguese.text).toContain('RD Station → TOTVS TOTVS CRM está fora do ar')
})

test.each([
  ['RD_TOKEN_REVOKED', 'disconnected', 'rd-station', 'RD Station disconnected: reconnect the account'],
  ['RD_CLIENT_REJECTED', 'login-refused', 'rd-station', 'refuses the client id or client secret: correct them'],
  [
    'CRM_LOGIN_REJECTED',
    'login-refused',
    'totvs-crm',
    "refuses Ponte's login: correct the integration user or password",
  ],
] as const)('a queue that waits for a person after %s says what to do', (code, state, system, says) => {
  const change = { state, code, since: NOW }
  const connections = connectionsOf(
    'acme',
    ...(system === 'rd-station' ? ([change] as const) : ([{}, change] as const)),
  )
  const { text } = show([waitingTenant({ [system]: { status: breakerOf(system), startable: 1 } }, { connections })])
  // In the table, below the connection.
  expect(text.slice(text.indexOf('Workers'))).toContain(says)
})

test('of many tenants those where something is held up come first, in a few lines; the others are counted and folded', () => {
  const waits = { 'totvs-crm': { status: noWorkers, startable: 1 } }
  const broken = connectionsOf('broken', {}, down)
  const fine = Array.from({ length: 28 }, (_, index) => waitingTenant({}, { name: `fine-${index}` }))
  const all = [
    ...[waitingTenant(waits, { name: 'waits' }), ...fine],
    waitingTenant({}, { name: 'broken', connections: broken, isHeldUp: true }),
  ]
  const { markup } = show(all, { isWithoutWorkers: true })
  const [cards = '', folded = ''] = markup.split('<details>')
  expect(textOf(cards)).toMatch(
    /No worker is connected: start one\. .*RD Station → TOTVS : no worker connected: start one/,
  )
  expect(textOf(cards)).toContain('TOTVS CRM is down')
  expect(cards.match(/<section class="card"/g)).toHaveLength(2)
  expect(markup).not.toContain('<table')
  expect(textOf(folded)).toContain('28 tenants up to date')
  for (const { tenant } of all) expect(markup).toContain(`href="/waiting?tenant=${tenant.name}"`)
})

/** How far the board's clock is ahead, so that no test has to wait. */
let ahead = 0
beforeEach(() => void (ahead = 0))
const { board, read } = useBoard({ now: () => Date.now() + ahead })

/** A worker that is connected until the test ends. */
function startWorker(queue: Queue, work: () => Promise<void>): void {
  const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
  const prefix = queuePrefix(queue.name.split('.')[0] ?? '')
  const worker = new Worker(queue.name, work, { connection, prefix, limiter: { max: 1_000_000, duration: 1000 } })
  onTestFinished(async () => {
    await worker.close(true)
    connection.disconnect()
  })
}

test('what was retried so long ago that the queue no longer tells when has waited since then at least', async () => {
  const queue = board()['totvs-crm']
  await queue.add('lead.registered', {}, { jobId: 'one', timestamp: Date.now() - 3 * 24 * 60 * MINUTE })
  startWorker(queue, async () => {
    throw new UnrecoverableError('CRM_REJECTED: TOTVS CRM refused the data.')
  })
  await expect.poll(() => queue.getFailedCount()).toBe(1)
  await queue.pause()
  const [failed] = await queue.getFailed()
  expect(failed && (await retryInFull(failed))).toBe(true)
  await queue.add('lead.registered', {}, { jobId: 'two' })
  await board().redis.xtrim(queue.toKey('events'), 'MAXLEN', 1)
  ahead = 2 * MINUTE
  expect(await read('/waiting')).toMatch(/RD Station → TOTVS paused.*? 2 waiting · oldest: 2 min ago 0 0 0/)
})

test('a queue whose workers take jobs is a backlog, also in the sentence; one whose workers take none is stuck', async () => {
  const impatient = await openBoard({ stuckAfterMs: 1 })
  onTestFinished(() => impatient.close())
  const readPage = async (url = '/waiting') =>
    textOf((await impatient.ask('GET', url, undefined, { 'accept-language': 'en' })).body)
  const queue = impatient['totvs-crm']
  for (let n = 0; n < 3; n++) await queue.add('lead.registered', {}, { jobId: crypto.randomUUID() })
  const hold = Promise.withResolvers<void>()
  startWorker(queue, () => hold.promise)
  await expect
    .poll(() => readPage())
    .toMatch(/RD Station → TOTVS working through the queue 2 waiting · oldest: \d+ sec ago/)
  expect(await readPage('/')).toContain('2 events wait, the oldest for')
  // Between two runs nothing is active. A job that ended a moment ago shows as well that the queue moves.
  await queue.rateLimit(10 * MINUTE)
  hold.resolve()
  await expect.poll(() => queue.getCompletedCount()).toBe(1)
  expect(await readPage()).toMatch(/RD Station → TOTVS working through the queue 2 waiting/)

  const other = impatient['rd-station']
  await other.rateLimit(10 * MINUTE)
  startWorker(other, async () => undefined)
  await other.add('opportunity.won', {}, { jobId: crypto.randomUUID() })
  await expect.poll(() => readPage()).toMatch(/TOTVS → RD Station stuck: there are workers, but none takes the events/)
})

test('a run whose worker died without a trace is called stalled', async () => {
  const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
  const { redis, name, ...own } = board()
  const queue = own['rd-station']
  await queue.add('opportunity.won', {}, { jobId: 'orphan' })
  const worker = new Worker(queue.name, null, { connection, prefix: queuePrefix(name) })
  await worker.getNextJob('token')
  expect(await countStalled(redis, queue)).toBe(0)
  await redis.del(`${queue.toKey('orphan')}:lock`)
  expect(await countStalled(redis, queue)).toBe(1)
  await worker.close()
  connection.disconnect()
  await redis.lrem(queue.toKey('active'), 0, 'orphan')
})
