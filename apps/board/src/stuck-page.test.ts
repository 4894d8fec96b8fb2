import { createRests } from '@ponte/state'
import { Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createBoardMetrics } from './board-metrics.ts'
import { countStalled } from './queue-snapshot.ts'
import { judge } from './stuck-page.ts'
import { basic, type OpenBoard, openBoard } from './testing/open-board.ts'

let board: OpenBoard
beforeAll(async () => {
  board = await openBoard()
})
afterAll(() => board.close())

const readPage = async (language: string): Promise<string> => {
  const headers = { authorization: basic, 'accept-language': language }
  const { body } = await board.app.inject({ url: '/stuck', headers })
  return body
    .replaceAll(/<style>.*?<\/style>/gs, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
}

test('the page says of a queue what waits, for how long, that it is paused and that nobody works on it', async () => {
  const hourAgo = Date.now() - 3_600_000
  await board['totvs-crm'].add('lead.registered', {}, { jobId: 'old', timestamp: hourAgo })
  await board['rd-station'].add('opportunity.won', {}, { jobId: 'held', timestamp: hourAgo, delay: 90 * 60_000 })
  await board.quarantine.pause()
  expect(await readPage('en')).toMatch(/totvs-crm no worker connected: start one 1 \(for 1 hr\) 1 beyond 1 min 0 0 0 0/)
  expect(await readPage('pt-BR')).toMatch(/rd-station nenhum worker conectado: inicie um 0 1 \(há 1 h\) 0 0 0/)
  expect(await readPage('en')).toMatch(/quarantine paused: resume the queue on the board/)
})

test('a system that rests is named with its reason, its code and the time that is left', async () => {
  const rests = createRests(board.redis, board.name, { afterFailures: 1, probeMs: 110_000, maxProbeMs: 300_000 })
  await rests.revoke('rd-station', { code: 'RD_TOKEN_REVOKED' })
  await rests.fail('totvs-crm', { jobId: 'j', subject: 'j', kind: 'read', code: 'CRM_UNREACHABLE', outage: true })
  const page = await readPage('en')
  expect(page).toMatch(/TOTVS CRM is down, since 0 sec ago. The queues that need it rest for another 1 min/)
  expect(page).toMatch(/RD Station revoked the connection, since 0 sec ago.*rest for another 1 min.*RD_TOKEN_REVOKED/)
  expect(await readPage('pt-BR')).toMatch(/O?RD Station revogou a conexão há 0 s\./)
  await rests.end('rd-station')
  await rests.end('totvs-crm')
  expect(await readPage('en')).not.toMatch(/rest for another/)
})

test('a run whose worker died without a word is called stalled', async () => {
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

test('a worker that is connected is counted', async () => {
  const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
  const prefix = `{${board.name}}`
  const worker = new Worker(board.quarantine.name, async () => {}, { connection, prefix, autorun: false })
  const running = worker.run()
  await expect.poll(() => readPage('en')).toMatch(/quarantine paused: resume the queue on the board 0 0 0 0 1/)
  await worker.close()
  await running
  connection.disconnect()
})

const quiet = {
  counts: {},
  paused: false,
  oldestWaitingMs: undefined,
  oldestDelayedMs: undefined,
  longestActiveMs: undefined,
  waitingTooLong: 0,
}
const rest = { system: 'totvs-crm', reason: 'down', code: 'CRM_UNREACHABLE', since: 0, until: 1 } as const

test.each([
  { what: 'nothing waits', snapshot: quiet, verdict: 'fine' },
  { what: 'something waits for a moment', snapshot: { ...quiet, oldestWaitingMs: 5000 }, verdict: 'fine' },
  { what: 'something waits for two minutes', snapshot: { ...quiet, oldestWaitingMs: 120_000 }, verdict: 'slow' },
  { what: 'it is paused', snapshot: { ...quiet, paused: true, oldestWaitingMs: 120_000 }, verdict: 'paused' },
  {
    what: 'the worker of a run is gone',
    snapshot: { ...quiet, longestActiveMs: 9000 },
    stalled: 1,
    verdict: 'stalled',
  },
  { what: 'a run takes two minutes', snapshot: { ...quiet, longestActiveMs: 120_000 }, verdict: 'long' },
] as const)('a queue with workers, of which $what, is $verdict', of => {
  const { snapshot, verdict } = of
  const stalled = 'stalled' in of ? of.stalled : 0
  expect(judge('totvs-crm', { snapshot, stalled, workers: 2 }, []).verdict).toBe(verdict)
})

test('what waits for a system that rests is not called stuck, and marks rest with either system', () => {
  const state = { snapshot: { ...quiet, oldestWaitingMs: 120_000 }, stalled: 0, workers: 1 }
  expect(judge('totvs-crm', state, [rest]).verdict).toBe('rested')
  expect(judge('rd-station', state, [rest]).verdict).toBe('rested')
  expect(judge('totvs-crm', state, [{ ...rest, system: 'rd-station' }]).verdict).toBe('slow')
})

test('where Redis does not tell of workers, none missing is claimed', () => {
  expect(judge('totvs-crm', { snapshot: quiet, stalled: 0, workers: undefined }, []).verdict).toBe('fine')
})

test('the metrics tell depth, age and pause of every queue at the moment of the scrape', async () => {
  const registry = createBoardMetrics({ tenants: board.tenants, queues: board.queues })
  const labels = (queue: string) => `tenant="${board.name}",queue="${queue}"`
  const text = await registry.metrics()
  expect(text).toContain(`ponte_queue_jobs{${labels('totvs-crm')},state="waiting",process="board"} 1`)
  expect(text).toMatch(
    new RegExp(`ponte_queue_oldest_seconds\\{${labels('totvs-crm')},state="waiting",process="board"\\} 36\\d\\d`),
  )
  expect(text).toMatch(
    new RegExp(`ponte_queue_oldest_seconds\\{${labels('rd-station')},state="delayed",process="board"\\} 36\\d\\d`),
  )
  expect(text).toContain(`ponte_queue_paused{${labels('quarantine')},process="board"} 1`)

  await board['totvs-crm'].remove('old')
  expect(await registry.metrics()).toContain(
    `ponte_queue_jobs{${labels('totvs-crm')},state="waiting",process="board"} 0`,
  )
})
