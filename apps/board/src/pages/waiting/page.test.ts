import { message } from '@ponte/contracts'
import { createFailedJobs, readBridge, countStalled } from '@ponte/operations'
import { queuePrefix, retryInFull } from '@ponte/runtime'
import { createCredentialRefusals, createCircuitBreaker, createTimelines } from '@ponte/state'
import { type Queue, UnrecoverableError, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, inject, onTestFinished, test } from 'vitest'
import { createBoardMetrics } from '../../metrics/queue-metrics.ts'
import { basic, type OpenBoard, openBoard } from '../../testing/open-board.ts'

const MINUTE = 60_000
/** How far the board's clock is ahead, so that no test has to wait. */
let ahead = 0
const now = (): number => Date.now() + ahead

let board: OpenBoard
beforeEach(async () => {
  ahead = 0
  board = await openBoard({ now })
})
afterEach(() => board.close())

const readMarkup = async (language: string, of = board, url = '/waiting'): Promise<string> => {
  const headers = { authorization: basic, 'accept-language': language }
  return (await of.app.inject({ url, headers })).body.replaceAll(/<style>.*?<\/style>/gs, '')
}
const readPage = async (...of: Parameters<typeof readMarkup>): Promise<string> =>
  (await readMarkup(...of)).replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')

const scrape = (): Promise<string> =>
  createBoardMetrics({ tenants: board.live, queues: board.queues, redis: board.redis, now }).metrics()

async function ageInMetrics(queue: string, state: string): Promise<number> {
  const sample = `ponte_queue_oldest_seconds{tenant="${board.name}",queue="${queue}",state="${state}",process="board"} `
  return Number((await scrape()).split(sample)[1]?.split('\n')[0])
}

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

test('the page says of a queue what waits, for how long, that it is paused and that nobody works on it', async () => {
  await board['totvs-crm'].add('lead.registered', {}, { jobId: 'old' })
  await board['rd-station'].add('opportunity.won', {}, { jobId: 'held', delay: 90 * MINUTE })
  await board.quarantine.pause()
  ahead = 60 * MINUTE
  expect(await readPage('en')).toMatch(
    /RD Station → TOTVS no worker connected: start one 1 waiting · oldest: 1 hr ago 0 0 0 0/,
  )
  expect(await readPage('pt-BR')).toMatch(/TOTVS → RD Station nenhum worker conectado: inicie um 0 1 · há 1 h 0 0 0/)
  expect(await readPage('en')).toMatch(/quarantine paused: open the queue and use Resume/)
})

test('an event that failed three days ago and was retried just now has waited since the retry', async () => {
  const queue = board['totvs-crm']
  const threeDaysAgo = Date.now() - 3 * 24 * 60 * MINUTE
  for (const jobId of ['one', 'two']) await queue.add('lead.registered', {}, { jobId, timestamp: threeDaysAgo })
  startWorker(queue, async () => {
    throw new UnrecoverableError('CRM_REJECTED: TOTVS CRM refused the data.')
  })
  await expect.poll(() => queue.getFailedCount()).toBe(2)
  await queue.pause()
  for (const job of await queue.getFailed()) expect(await retryInFull(job)).toBe(true)
  expect(await readPage('en')).toMatch(/RD Station → TOTVS paused.*? 2 waiting · oldest: \d sec ago 0 0 0/)
  expect(await ageInMetrics('totvs-crm', 'waiting')).toBeLessThan(60)
  ahead = 5 * MINUTE
  expect(await readPage('en')).toMatch(/RD Station → TOTVS paused.*? 2 waiting · oldest: 5 min ago 0 0 0/)
  expect(await ageInMetrics('totvs-crm', 'waiting')).toBeGreaterThan(299)
})

test('what was retried so long ago that the queue no longer tells when has waited since then at least', async () => {
  const queue = board['totvs-crm']
  const threeDaysAgo = Date.now() - 3 * 24 * 60 * MINUTE
  await queue.add('lead.registered', {}, { jobId: 'one', timestamp: threeDaysAgo })
  startWorker(queue, async () => {
    throw new UnrecoverableError('CRM_REJECTED: TOTVS CRM refused the data.')
  })
  await expect.poll(() => queue.getFailedCount()).toBe(1)
  await queue.pause()
  const [failed] = await queue.getFailed()
  expect(failed && (await retryInFull(failed))).toBe(true)
  await queue.add('lead.registered', {}, { jobId: 'two' })
  await board.redis.xtrim(queue.toKey('events'), 'MAXLEN', 1)
  ahead = 2 * MINUTE
  expect(await readPage('en')).toMatch(/RD Station → TOTVS paused.*? 2 waiting · oldest: 2 min ago 0 0 0/)
})

test('an event that a worker took and put back, as while a breaker is open, has waited since it came', async () => {
  const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
  const queue = board['totvs-crm']
  await queue.add('lead.registered', {}, { jobId: crypto.randomUUID() })
  const added = Date.now()
  await expect.poll(() => Date.now() - added).toBeGreaterThan(300)
  const worker = new Worker(queue.name, null, { connection, prefix: queuePrefix(board.name) })
  const job = await worker.getNextJob('token')
  await job?.moveToWait('token')
  expect(await queue.getWaitingCount()).toBe(1)
  ahead = MINUTE
  expect(await ageInMetrics('totvs-crm', 'waiting')).toBeGreaterThan(60.3)
  await worker.close()
  connection.disconnect()
})

test('an event with a priority waits like any other, and so does a delayed one whose time is over', async () => {
  await board['totvs-crm'].add('lead.registered', {}, { jobId: crypto.randomUUID(), priority: 1 })
  await board['rd-station'].add('opportunity.won', {}, { jobId: crypto.randomUUID(), delay: MINUTE })
  ahead = 4 * MINUTE
  expect(await readPage('en')).toMatch(
    /RD Station → TOTVS no worker connected: start one 1 waiting · oldest: 4 min ago 0 0 0 0/,
  )
  expect(await readPage('en')).toMatch(
    /TOTVS → RD Station no worker connected: start one 1 waiting · oldest: 3 min ago 0 0 0 0/,
  )
  expect(Math.floor((await ageInMetrics('totvs-crm', 'waiting')) / 60)).toBe(4)
  expect(Math.floor((await ageInMetrics('rd-station', 'waiting')) / 60)).toBe(3)
})

test('a queue whose workers take jobs is a backlog, also in the sentence; one whose workers take none is stuck', async () => {
  const impatient = await openBoard({ stuckAfterMs: 1 })
  onTestFinished(() => impatient.close())
  const queue = impatient['totvs-crm']
  for (let n = 0; n < 3; n++) await queue.add('lead.registered', {}, { jobId: crypto.randomUUID() })
  const hold = Promise.withResolvers<void>()
  startWorker(queue, () => hold.promise)
  await expect
    .poll(() => readPage('en', impatient))
    .toMatch(/RD Station → TOTVS working through the queue 2 waiting · oldest: \d+ sec ago/)
  expect(await readPage('en', impatient, '/')).toContain('2 events wait, the oldest for')
  expect(await readPage('pt-BR', impatient)).toMatch(
    /RD Station → TOTVS processando a fila 2 aguardando · mais antigo há/,
  )
  // Between two runs nothing is active. A job that ended a moment ago shows as well that the queue moves.
  await queue.rateLimit(10 * MINUTE)
  hold.resolve()
  await expect.poll(() => queue.getCompletedCount()).toBe(1)
  expect(await readPage('en', impatient)).toMatch(/RD Station → TOTVS working through the queue 2 waiting/)

  const other = impatient['rd-station']
  await other.rateLimit(10 * MINUTE)
  startWorker(other, async () => undefined)
  await other.add('opportunity.won', {}, { jobId: crypto.randomUUID() })
  await expect
    .poll(() => readPage('en', impatient))
    .toMatch(/TOTVS → RD Station stuck: there are workers, but none takes the events/)
})

test('a queue in which nothing waits is shown as on time only together with its failures', async () => {
  const queue = board['totvs-crm']
  await queue.add('lead.registered', {}, { jobId: crypto.randomUUID() })
  startWorker(queue, async () => {
    throw new UnrecoverableError('CRM_REJECTED: TOTVS CRM refused the data.')
  })
  await expect.poll(() => readPage('en')).toMatch(/RD Station → TOTVS on time, with failures: 1 event 0 0 0 1 1/)
  expect(await readMarkup('pt-BR')).toMatch(/em dia, com falhas:[^·]*?<a href="\/failures">1 evento<\/a>/)
})

test('the limit can be set; what waits beyond it is listed, the oldest first, and each leads to its page', async () => {
  const strict = await openBoard({ now, stuckAfterMs: 10_000 })
  onTestFinished(() => strict.close())
  const queue = strict['totvs-crm']
  const lead = { email: 'maria@padaria.example', name: 'Maria' }
  for (let n = 1; n <= 7; n++) {
    const data = { v: 1, key: `key-${n}`, receivedAt: '2026-01-02T03:04:05.000Z', lead }
    await queue.add('lead.registered', data, { jobId: `job-${n}` })
    const added = Date.now()
    await expect.poll(() => Date.now()).toBeGreaterThan(added)
  }
  await board['totvs-crm'].add('lead.registered', {}, { jobId: crypto.randomUUID() })
  ahead = 20_000
  expect(await readPage('en', strict)).toMatch(/7 waiting · oldest: 2\d sec ago 0/)
  const markup = await readMarkup('en', strict)
  expect(markup).not.toMatch(/maria|Maria/)
  const links = [
    ...markup.matchAll(
      /<a href="(\/events\/[^"]+)"><span title="lead\.registered">New lead from RD Station<\/span><\/a>\s*m\*\*\*@/g,
    ),
  ].map(([, to]) => to)
  expect(links).toHaveLength(5)
  const page = await strict.app.inject({
    url: links[0]?.replaceAll('&amp;', '&') ?? '',
    headers: { authorization: basic },
  })
  expect([page.statusCode, page.body.includes('key-1')]).toEqual([200, true])
  expect(await readMarkup('en')).not.toContain('/events/')
})

test('a delayed event shows why, as when its contact is too young', async () => {
  const data = { v: 1, key: 'young', receivedAt: '2026-01-02T03:04:05.000Z', opportunityId: 'opp-1', contextUrl: '/x' }
  await board['rd-station'].add('opportunity.won', data, { jobId: 'young', delay: 5 * MINUTE })
  await board['rd-station'].add('opportunity.won', data, { jobId: 'unsaid', delay: 5 * MINUTE })
  const of = { event: 'opportunity.won', key: 'young', receivedAt: data.receivedAt, jobId: 'young', identities: [] }
  const run = { kind: 'run', at: Date.now(), event: 'opportunity.won', jobId: 'young', outcome: 'delayed' } as const
  const summary = message('contact-too-new')
  await createTimelines(board.redis, board.name, board.fingerprint).record(of, { ...run, summary })
  expect(await readPage('pt-BR')).toMatch(
    /TOTVS → RD Station: próximas tentativas Oportunidade ganha oportunidade opp-1 · em \d\d\/\d\d\/\d{4}, \d\d:\d\d:\d\d : o RD Station criou o contato há pouco/,
  )
  expect((await readPage('en')).match(/opportunity opp-1/g)).toHaveLength(1)
})

test('a paused system is named with its reason, its code and the time that is left', async () => {
  const breakers = createCircuitBreaker(board.redis, board.name, {
    failureThreshold: 1,
    probeMs: 110_000,
    maxProbeMs: 300_000,
  })
  const refused = { credential: 'c', correlationKey: 's', code: 'RD_TOKEN_REVOKED', stage: 'login' } as const
  await createCredentialRefusals(board.redis, board.name, { probeMs: 110_000, maxProbeMs: 300_000 }).refuse(
    'rd-station',
    refused,
  )
  await breakers.fail('totvs-crm', {
    jobId: 'j',
    correlationKey: 'o',
    kind: 'read',
    code: 'CRM_UNREACHABLE',
    outage: true,
  })
  const page = await readPage('en')
  expect(page).toMatch(
    /TOTVS CRM is down · for \d+ sec · next check in 1 min CRM_UNREACHABLE Paused: RD Station → TOTVS, TOTVS → RD Station\./,
  )
  expect(page).toMatch(
    /RD Station disconnected: reconnect the account · \d+ sec ago RD_TOKEN_REVOKED On hold until somebody corrects it: TOTVS → RD Station\./,
  )
  expect(page.match(/[Nn]ext check/g)).toHaveLength(1)
  expect(await readMarkup('pt-BR')).toMatch(/<strong class="bad">RD Station desconectado: reconecte a conta<\/strong>/)
  await board['totvs-crm'].add('lead.registered', {}, { jobId: crypto.randomUUID() })
  startWorker(board['totvs-crm'], () => new Promise(() => undefined))
  await board['totvs-crm'].add('lead.registered', {}, { jobId: crypto.randomUUID() })
  await expect.poll(() => readPage('pt-BR')).toMatch(/RD Station → TOTVS TOTVS CRM está fora do ar/)
  await breakers.close('rd-station')
  await breakers.close('totvs-crm')
  expect(await readPage('en')).not.toContain('next check')
})

test.each([
  {
    code: 'RD_TOKEN_REVOKED',
    kind: 'rd-station',
    says: 'TOTVS → RD Station RD Station disconnected: reconnect the account',
  },
  {
    code: 'RD_CLIENT_REJECTED',
    kind: 'rd-station',
    says: 'TOTVS → RD Station RD Station refuses the client id or client secret: correct them',
  },
  {
    code: 'CRM_LOGIN_REJECTED',
    kind: 'totvs-crm',
    says: "RD Station → TOTVS TOTVS CRM refuses Ponte's login: correct the integration user or password",
  },
] as const)('a queue that waits for a person after $code says what to do', async ({ code, kind, says }) => {
  await createCredentialRefusals(board.redis, board.name, { probeMs: MINUTE, maxProbeMs: MINUTE }).refuse(kind, {
    ...{ credential: 'c', correlationKey: 's', code, stage: 'login' },
  })
  startWorker(board.quarantine, async () => undefined)
  await board[kind].add('lead.registered', {}, { jobId: crypto.randomUUID() })
  await expect.poll(async () => (await readPage('en')).replaceAll('&#39;', "'")).toContain(says)
})

test('a run whose worker died without a trace is called stalled', async () => {
  const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
  await board['rd-station'].add('opportunity.won', {}, { jobId: 'orphan' })
  const worker = new Worker(board['rd-station'].name, null, { connection, prefix: `{${board.name}}` })
  await worker.getNextJob('token')
  const stalled = () => countStalled(board.redis, board['rd-station'])
  expect(await stalled()).toBe(0)
  await board.redis.del(`${board['rd-station'].toKey('orphan')}:lock`)
  expect(await stalled()).toBe(1)
  await worker.close()
  connection.disconnect()
  await board.redis.lrem(board['rd-station'].toKey('active'), 0, 'orphan')
})

test('a worker that is connected is counted, for the quarantine too, where it keeps no connection of its own', async () => {
  await board.quarantine.pause()
  startWorker(board['rd-station'], async () => undefined)
  await expect.poll(() => readPage('en')).toMatch(/quarantine paused: open the queue and use Resume 0 0 0 0 1/)
})

test('the metrics tell depth, age and pause of every queue at the moment of the scrape', async () => {
  await board['totvs-crm'].add('lead.registered', {}, { jobId: 'old' })
  await board['rd-station'].add('opportunity.won', {}, { jobId: crypto.randomUUID(), delay: 90 * MINUTE })
  await board.quarantine.pause()
  ahead = 60 * MINUTE
  const labels = (queue: string) => `tenant="${board.name}",queue="${queue}"`
  const text = await scrape()
  expect(text).toContain(`ponte_queue_jobs{${labels('totvs-crm')},state="waiting",process="board"} 1`)
  expect(text).toContain(`ponte_queue_paused{${labels('quarantine')},process="board"} 1`)
  expect(Math.floor((await ageInMetrics('totvs-crm', 'waiting')) / 60)).toBe(60)
  expect(Math.floor((await ageInMetrics('rd-station', 'delayed')) / 60)).toBe(60)

  await board['totvs-crm'].remove('old')
  expect(await scrape()).toContain(`ponte_queue_jobs{${labels('totvs-crm')},state="waiting",process="board"} 0`)
})

test('an event that is put off until the pause of its queue ends, or its probe has failed, waits for that, and every place counts the same', async () => {
  const policy = { failureThreshold: 1, probeMs: MINUTE, maxProbeMs: MINUTE }
  const outage = { jobId: 'j', correlationKey: 'o', kind: 'read', code: 'CRM_UNREACHABLE', outage: true } as const
  await createCircuitBreaker(board.redis, board.name, policy).fail('totvs-crm', outage)
  startWorker(board['totvs-crm'], async () => undefined)
  await board['totvs-crm'].rateLimit(MINUTE)
  await board['totvs-crm'].add('lead.registered', {}, { jobId: 'put-off', delay: MINUTE / 2 })
  // Its probe failed: the pause was recorded first, so the delay ends a little later.
  await board['totvs-crm'].add('lead.registered', {}, { jobId: 'probe', delay: MINUTE + 300 })
  await board['totvs-crm'].add('lead.registered', {}, { jobId: 'later', delay: 90 * MINUTE })
  const page = await readPage('en')
  expect(page).toMatch(/Waiting 2 /)
  expect(page).toMatch(/RD Station → TOTVS TOTVS CRM is down 2 waiting · oldest: \d+ sec ago 1 · \d+ sec 0 0 1/)
  const { redis, tenants } = board
  const bridge = await readBridge({ redis, tenants, failedJobs: createFailedJobs(redis) }, { now: now() })
  expect([bridge.waiting, bridge.delayed]).toEqual([2, 1])
})
