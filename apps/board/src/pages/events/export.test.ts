import { createTimelines } from '@ponte/state'
import { parse } from 'csv-parse/sync'
import { afterEach, expect, test, vi } from 'vitest'
import { basic, basicOf, type OpenBoard, openBoard, viewer } from '../../testing/open-board.ts'
import { leads, operate, rejected, textOf } from '../../testing/operate.ts'

let board: OpenBoard
afterEach(async () => {
  vi.restoreAllMocks()
  await board.close()
})

const { fail, visit, send } = operate(() => board)

/** Events that came a minute apart and are done, without a job: the newest first. */
async function remember(keys: readonly string[], event = 'lead.registered'): Promise<void> {
  const timelines = createTimelines(board.redis, board.name, board.fingerprint)
  for (const [index, key] of keys.entries()) {
    const at = Date.now() - index * 60_000
    const of = { event, key, jobId: key, receivedAt: new Date(at).toISOString(), identities: [] }
    await timelines.begin(of)
    await timelines.record(of, { kind: 'run', at, event, jobId: key, outcome: 'done' })
  }
}
const keysOf = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `key-${index}`)
function rowsOf(file: string): readonly string[][] {
  const rows: string[][] = parse(file, { bom: true })
  return rows
}
const keysIn = (file: string): readonly (string | undefined)[] =>
  rowsOf(file)
    .slice(1)
    .map(row => row[7])
const exportAll = (fields: Record<string, string> = {}, as = basic) => send('/events/export-all', fields, as)

test('a file holds all events that the filters find, of every page of the list and in its order', async () => {
  board = await openBoard()
  await remember(keysOf(120))
  await remember(['other'], 'opportunity.won')
  const { body } = await visit('/events?event=lead.registered')
  expect(body).toMatch(
    /action="\/events\/export-all"[^>]*>\s*<input type="hidden" name="event" value="lead.registered"/,
  )
  const file = await exportAll({ event: 'lead.registered', status: 'done', tenant: board.name })
  expect([file.statusCode, file.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8'])
  expect(keysIn(file.body)).toEqual(keysOf(120))
  expect(keysIn((await exportAll({ event: 'opportunity.lost' })).body)).toEqual([])
  const audit = await board.audit.read({ count: 50 })
  expect(audit.find(({ action, tenant }) => action === 'export-events' && tenant === board.name)).toMatchObject({
    outcome: 'done',
    detail: 'all lead.registered done',
  })
})

test('the file holds of each event what its reader may see, and no formula', async () => {
  board = await openBoard()
  await fail(board['totvs-crm'], leads(2, rejected))
  const operators = await exportAll({ status: 'failed' })
  expect(rowsOf(operators.body)[1]).toEqual([
    ...[expect.any(String), board.name, 'New lead from RD Station', 'Failed: needs you', 'CRM_REJECTED'],
    ...[
      'TOTVS CRM refused the data.',
      'm***@p***.br · ***34',
      'key-1',
      expect.stringContaining(`/events/${board.name}/`),
    ],
  ])
  expect(operators.body).not.toMatch(/maria\.souza|Souza|99999/)
  const viewers = await exportAll({ status: 'failed' }, basicOf(viewer))
  expect(keysIn(viewers.body)).toEqual(['key-1', 'key-0'])
  expect(viewers.body).not.toMatch(/m\*\*\*@|\*\*\*34/)
  await remember(['=1+1'])
  expect(keysIn((await exportAll({ status: 'done' })).body)).toEqual([`'=1+1`])
})

test('where the filters find nothing, no file of it is offered', async () => {
  board = await openBoard()
  await remember(['one'])
  const offered = async (query: string): Promise<boolean> =>
    (await visit(`/events?${query}`)).body.includes('action="/events/export-all"')
  expect([await offered('event=lead.registered'), await offered('event=opportunity.lost')]).toEqual([true, false])
})

test('a list that is longer than a file is cut, and page and file say so', async () => {
  board = await openBoard({ exportPages: 2 })
  await remember(keysOf(101))
  expect(textOf((await visit('/events')).body)).toContain('Export all that match (CSV, up to 100)')
  const rows = rowsOf((await exportAll()).body)
  expect(rows).toHaveLength(1 + 100 + 1)
  expect(rows.at(-1)).toEqual([
    'Not all: a file holds up to 100 events, found among up to 1,000. Choose a type or an earlier day for the others.',
    ...Array.from({ length: 8 }, () => ''),
  ])
})

test('what waits when a file is begun is in it, although workers take some of it meanwhile', async () => {
  board = await openBoard()
  const queue = board['totvs-crm']
  const receivedAt = new Date().toISOString()
  const data = { v: 1, receivedAt, lead: {} }
  const jobs = keysOf(60).map(key => ({ name: 'lead.registered', data: { ...data, key }, opts: { jobId: key } }))
  await queue.addBulk(jobs)
  const stateOf = queue.getJobState.bind(queue)
  vi.spyOn(queue, 'getJobState').mockImplementation(async id => {
    // The last one of the first page: those before it are in the file already.
    if (id === 'key-49') await Promise.all(keysOf(40).map(each => queue.remove(each)))
    return await stateOf(id)
  })
  expect(keysIn((await exportAll({ status: 'open' })).body)).toEqual(keysOf(60))
  expect(await queue.getWaitingCount()).toBe(20)
})

test('a file that cannot be finished breaks off, so that nobody takes it for whole, and the board goes on', async () => {
  board = await openBoard()
  await remember(keysOf(60))
  const { redis, app } = board
  const read = redis.zrevrangebyscore.bind(redis)
  let calls = 0
  vi.spyOn(redis, 'zrevrangebyscore').mockImplementation(async (...of: Parameters<typeof read>) => {
    calls += 1
    if (calls === 2) throw new Error('Redis is gone')
    return await read(...of)
  })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const body = new URLSearchParams({ event: 'lead.registered' })
  const file = await fetch(`${address}/events/export-all`, { method: 'POST', body, headers: { authorization: basic } })
  expect(file.status).toBe(200)
  await expect(file.text()).rejects.toThrow('terminated')
  expect((await visit('/events')).statusCode).toBe(200)
})
