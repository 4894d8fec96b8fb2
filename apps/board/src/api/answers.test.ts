import {
  failedEventsDocument,
  failuresDocument,
  healthDocument,
  resultsDocument,
  statusDocument,
} from '@ponte/operations'
import { createCauseRecords, createFigureCounts } from '@ponte/state'
import { parse } from 'csv-parse/sync'
import { beforeAll, expect, test } from 'vitest'
import { apiTokens, askApi, tokenOf } from '../testing/api-tokens.ts'
import { basicOf, manager } from '../testing/open-board.ts'
import { leads, mark, person, rejected } from '../testing/operate.ts'
import { useBoard } from '../testing/use-board.ts'

const { board, fail, visit, read } = useBoard({ isShared: true, apiTokens, others: ['-b'] })
const ask = askApi(board)
const opportunityId = '9d1f3a52-0000-4000-8000-000000000001'
const tokens = [tokenOf.operator, tokenOf.viewer, tokenOf.manager]
const noted = {
  assignee: { to: 'bia', by: 'beto', at: 1 },
  note: { text: 'Maria will call', by: 'ana', at: 1 },
  mute: { by: 'ana', at: 1, count: 3, shapes: ['lead'] },
}

beforeAll(async () => {
  await fail(board()['totvs-crm'], leads(3, rejected))
  await fail(board()['rd-station'], [mark('won', opportunityId)])
  const records = createCauseRecords(board().redis, board().name)
  const cause = { queue: 'totvs-crm', code: 'CRM_REJECTED' }
  for (const name of ['assignee', 'note', 'mute'] as const)
    await records.change(cause, name, { value: noted[name], failedAt: Date.now() })
  const [refused] = await board()['totvs-crm'].getFailed(0, 0)
  await refused?.log(`2026-01-02T03:04:05.000Z CRM_REJECTED: LEAD-01: ${person.name} <${person.email}> já existe`)
})

test('status says of each tenant what `ponte status --json` says; tenants says it in a sentence of the language that is asked for', async () => {
  const { tenants, ...all } = statusDocument.parse((await ask('/status')).json())
  expect(all).toMatchObject({ health: 'bad', failed: 4, unreadable: [] })
  const states = (['totvs-crm', 'rd-station'] as const).map(system => ({ system, state: 'not-tried' }))
  const failures = [
    { code: 'CRM_REJECTED', queue: 'totvs-crm', count: 3 },
    { code: 'RD_REJECTED', count: 1 },
  ]
  expect(tenants).toMatchObject([
    { tenant: board().name, failed: 4, connections: states, failures },
    { tenant: `${board().name}-b`, failed: 0, failures: [] },
  ])
  const one = statusDocument.parse((await ask(`/status?tenant=${board().name}-b`)).json())
  expect(one.tenants.map(({ tenant }) => tenant)).toEqual([`${board().name}-b`])
  const answer = await ask('/tenants', { headers: { 'accept-language': 'pt-BR' } })
  const [first] = healthDocument.parse(answer.json()).tenants
  expect(first).toMatchObject({ tenant: board().name, health: 'bad', failed: 4, waiting: 0, oldestWaitingSince: null })
  expect([all.summary, first?.summary]).toEqual([
    ...[expect.stringContaining('4 events failed'), expect.stringContaining('4 eventos falharam')],
  ])
})

test('failures are grouped by cause; the events of one are listed with the keys that retry them', async () => {
  const { failures } = failuresDocument.parse((await ask('/failures')).json())
  expect(failures).toMatchObject([
    {
      ...{ code: 'CRM_REJECTED', tenant: board().name, count: 3, sentence: 'TOTVS CRM refused the data.' },
      answers: [{ text: 'LEAD-01: *** <m***@p***.br> já existe', times: 1 }],
      record: noted,
    },
    { code: 'RD_REJECTED', count: 1, page: 'docs/failures.md#rd_rejected' },
  ])
  const viewers = failuresDocument.parse((await ask('/failures', { token: tokenOf.viewer })).json())
  // A viewer sees not even the beginning of an e-mail, and no note.
  expect(viewers.failures).toMatchObject([{ answers: [{ text: 'LEAD-01: *** <***> já existe' }], record: {} }, {}])
  const { events, ...page } = failedEventsDocument.parse((await ask('/failures/CRM_REJECTED')).json())
  expect(page).toEqual({ code: 'CRM_REJECTED', total: 3, page: 1, pages: 1 })
  expect(events.map(({ key }) => key).toSorted()).toEqual(['key-0', 'key-1', 'key-2'])
  expect(events[0]).toMatchObject({ tenant: board().name, queue: 'totvs-crm', event: 'lead.registered' })
  const ofQueue = async (queue: string) =>
    failedEventsDocument.parse((await ask(`/failures/RD_REJECTED?queue=${queue}`)).json())
  expect((await ofQueue('rd-station')).events).toMatchObject([{ key: 'won', opportunityId }])
  expect((await ofQueue('totvs-crm')).total).toBe(0)
})

test('a manager gets the figures that the page of results and its file show, the same numbers, and no other figure', async () => {
  for (const token of tokens) {
    const { period, tenants } = resultsDocument.parse((await ask('/results?period=7d', { token })).json())
    expect([period, tenants.length, tenants[0]?.spans.length]).toEqual(['7d', 2, 7])
  }
  const at = Date.now()
  const figures = createFigureCounts()
  for (let times = 0; times < 5; times += 1) {
    figures.lead('created')
    figures.conversion({ identifier: 'webinar', source: 'Google' })
    figures.mark('loss', { reason: times === 0 ? 'Mudou de ideia' : 'Preço' })
  }
  figures.mark('sale', { cents: 120_050 })
  figures.defaultUser()
  const ends = createFigureCounts()
  ends.ended('lead.registered', 'failed', 'CRM_REJECTED')
  const event = { event: 'lead.registered', key: 'counted', jobId: 'counted', receivedAt: new Date(at).toISOString() }
  await board().timelines.record(
    { ...event, identities: [] },
    { kind: 'run', at, event: event.event, jobId: event.jobId, outcome: 'failed' },
    { figures: { counts: figures.counts, ends: ends.counts } },
  )
  const address = `results?tenant=${board().name}&period=7d`
  const [own] = resultsDocument.parse((await ask(`/${address}`, { token: tokenOf.manager })).json()).tenants
  const [all] = resultsDocument.parse((await ask(`/${address}`)).json()).tenants
  expect(own).toEqual({ tenant: board().name, total: expect.any(Object), spans: expect.any(Array) })
  expect(all?.total['failures']).toBe(1)
  expect(own?.total).toEqual({
    ...{ leadsCreated: 5, defaultUser: 1, opportunities: 0, opportunityRate: 0, sales: 1, saleRate: null },
    ...{ saleValue: 1200.5, averageValue: 1200.5, losses: 5 },
    conversionsBySource: [{ name: 'Google', count: 5 }],
    conversionsByIdentifier: [{ name: 'webinar', count: 5 }],
    lossesByReason: [{ name: null, count: 5 }],
  })
  const as = basicOf(manager)
  const rows: string[][] = parse((await visit(`/${address.replace('?', '.csv?')}`, { as })).body, { bom: true })
  const numbers = (row: object | undefined): readonly unknown[] =>
    Object.entries(row ?? {}).flatMap(([name, value]: [string, unknown]) =>
      name === 'start' || name === 'end' ? [] : Array.isArray(value) ? value.map(each => each.count) : (value ?? ''),
    )
  expect(await read(`/${address}`, { as })).toContain('1 lead was given to the default user')
  // The last row is today.
  expect(rows.at(-1)?.slice(2)).toEqual(numbers(own?.spans.at(-1)).map(String))
})

test('no answer names a person, to no role, but for the notes that operators wrote', async () => {
  const paths = ['/status', '/tenants', '/failures', '/failures/CRM_REJECTED', '/failures/RD_REJECTED', '/results']
  for (const token of tokens)
    for (const path of paths) {
      const { body } = await ask(path, { token })
      const shown = token === tokenOf.operator ? body.replace('Maria will call', '') : body
      expect([path, /souza|maria|floripa|9999/i.exec(shown)?.[0]]).toEqual([path, undefined])
    }
})

test('a tenant of which Redis says nothing is named, and the failures of the others are answered', async () => {
  const other = `${board().name}-b`
  const key = board().queues.of(other)['totvs-crm'].toKey('failed')
  await board().redis.set(key, 'no list')
  const { failures, unreadable } = failuresDocument.parse((await ask('/failures')).json())
  await board().redis.del(key)
  expect(unreadable).toEqual([other])
  expect(failures).toContainEqual(expect.objectContaining({ tenant: board().name, code: 'CRM_REJECTED', count: 3 }))
})
