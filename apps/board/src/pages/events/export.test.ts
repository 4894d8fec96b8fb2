import { parse } from 'csv-parse/sync'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { basic, basicOf, openBoard, viewer } from '../../testing/open-board.ts'
import { useBoard } from '../../testing/use-board.ts'
import { leadData, leads, rejected } from '../../testing/operate.ts'

const { board, fail, visit, send } = useBoard()
afterEach(() => vi.restoreAllMocks())

/** Events that came a minute apart and are done, without a job: the newest first. */
async function remember(keys: readonly string[], { event = 'lead.registered', of: { timelines } = board() } = {}) {
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
  return rows.slice(1)
}
const keysIn = (file: string): readonly (string | undefined)[] => rowsOf(file).map(row => row[7])
const exportAll = (fields: Record<string, string> = {}, as = basic) => send('/events/export-all', fields, as)

test('a file holds all events that the filters find, of every page of the list and in its order', async () => {
  await remember(keysOf(120))
  await remember(['other'], { event: 'opportunity.won' })
  const file = await exportAll({ event: 'lead.registered', status: 'done', tenant: board().name })
  expect([file.statusCode, file.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8'])
  expect(keysIn(file.body)).toEqual(keysOf(120))
  expect(keysIn((await exportAll({ event: 'opportunity.lost' })).body)).toEqual([])
  const audit = await board().audit.read({ count: 50 })
  expect(audit.find(({ tenant }) => tenant === board().name)).toMatchObject({
    ...{ action: 'export-events', outcome: 'done', detail: 'all lead.registered done' },
  })
})

test('a file of all and one of the selected hold of each event what their reader may see, and no formula', async () => {
  await fail(board()['totvs-crm'], leads(2, rejected))
  const { body: list } = await visit(`/failures/${board().name}/totvs-crm/CRM_REJECTED`)
  const shown = [...list.matchAll(/name="shown" value="([^"]+)"/g)].map(([, item = '']) =>
    item.replaceAll('&amp;', '&'),
  )
  const selected = new URLSearchParams(shown.map((each): [string, string] => ['item', each]))
  for (const file of [
    (as = basic) => exportAll({ status: 'failed' }, as),
    (as = basic) => send('/events/export', selected, as),
  ]) {
    const operators = await file()
    expect(operators.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(operators.body.slice(1)).toMatch(/^received,tenant,event,status,code,reason,contact,key,address\r\n/)
    expect(rowsOf(operators.body)[0]).toEqual([
      ...[expect.any(String), board().name, 'New lead from RD Station', 'Failed: needs you', 'CRM_REJECTED'],
      ...['TOTVS CRM refused the data.', 'm***@p***.br · ***34', 'key-1'],
      expect.stringContaining(`/events/${board().name}/`),
    ])
    expect(operators.body).not.toMatch(/maria\.souza|Souza|99999/)
    const viewers = await file(basicOf(viewer))
    expect(keysIn(viewers.body)).toEqual(['key-1', 'key-0'])
    expect(viewers.body).not.toMatch(/m\*\*\*@|\*\*\*34/)
  }
  const audit = await board().audit.read({ count: 50 })
  expect(audit.find(({ detail }) => detail === '2')).toMatchObject({ action: 'export-events', outcome: 'done' })
  const data = { ...leadData('=key'), lead: { email: '=cmd@x.example' } }
  await fail(board()['totvs-crm'], [{ name: 'lead.registered', id: 'formula', reason: rejected, data }])
  const cells = rowsOf((await exportAll({ status: 'failed' })).body).flat()
  expect(cells.filter(cell => /^[=+@-]/.test(cell))).toEqual([])
})

test('a list that is longer than a file is cut, and page and file say so', async () => {
  const short = await openBoard({ exportPages: 2 })
  onTestFinished(() => short.close())
  await remember(keysOf(101), { of: short })
  const headers = { 'accept-language': 'en', 'content-type': 'application/x-www-form-urlencoded' }
  expect((await short.ask('GET', '/events', undefined, headers)).body).toContain(
    'Export all that match (CSV, up to 100)',
  )
  const rows = rowsOf((await short.ask('POST', '/events/export-all', '', headers)).body)
  expect(rows).toHaveLength(100 + 1)
  expect(rows.at(-1)).toEqual([
    'Not all: a file holds up to 100 events, found among up to 1,000. Choose a type or an earlier day for the others.',
    ...Array.from({ length: 8 }, () => ''),
  ])
})

test('what waits when a file is begun is in it, although workers take some of it meanwhile', async () => {
  const queue = board()['totvs-crm']
  const data = { v: 1, receivedAt: new Date().toISOString(), lead: {} }
  await queue.addBulk(
    keysOf(60).map(key => ({ name: 'lead.registered', data: { ...data, key }, opts: { jobId: key } })),
  )
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
  await fail(board()['totvs-crm'], leads(1, rejected))
  const key = board()['rd-station'].toKey('failed')
  await board().redis.set(key, 'no list')
  const file = exportAll({ status: 'failed' })
  await expect(file.then(({ body }) => body)).rejects.toThrow('response destroyed before completion')
  await board().redis.del(key)

  await remember(keysOf(60))
  const { redis, app } = board()
  const read = redis.zrevrangebyscore.bind(redis)
  let calls = 0
  vi.spyOn(redis, 'zrevrangebyscore').mockImplementation(async (...of: Parameters<typeof read>) => {
    calls += 1
    if (calls === 2) throw new Error('Redis is gone')
    return await read(...of)
  })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const body = new URLSearchParams({ event: 'lead.registered' })
  const answer = await fetch(`${address}/events/export-all`, {
    method: 'POST',
    body,
    headers: { authorization: basic },
  })
  expect(answer.status).toBe(200)
  await expect(answer.text()).rejects.toThrow('terminated')
  expect((await visit('/events')).statusCode).toBe(200)
})
