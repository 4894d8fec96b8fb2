import { createLiveTenants, createLogger, hashPassword, openQueues, parseTenants } from '@ponte/runtime'
import { createCalendar, createFigureCounts, createTimelines } from '@ponte/state'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { buildBoard } from '../../app.ts'
import { basicOf, credentials, type OpenBoard, openBoard, tenantsYaml, viewer } from '../../testing/open-board.ts'
import { timeZone } from '../../ui/moment.ts'

const DAY_MS = 24 * 3_600_000
const ana = { user: 'ana', password: 'ana sees one tenant' }
let board: OpenBoard
let own: string
let app: Awaited<ReturnType<typeof buildBoard>>

type Counts = ReturnType<typeof createFigureCounts>

/** Counts what a worker would count of a tenant at that time. */
async function count(tenant: string, at: number, fill: (counts: Counts) => void) {
  const counts = createFigureCounts()
  fill(counts)
  await createTimelines(board.redis, tenant, board.fingerprint, createCalendar(timeZone())).record(
    {
      event: 'lead.registered',
      key: `key-${at}`,
      jobId: 'job-1',
      receivedAt: new Date(at).toISOString(),
      identities: [],
    },
    { kind: 'run', at, event: 'lead.registered', jobId: 'job-1', outcome: 'done' },
    { figures: { counts: counts.counts, ends: createFigureCounts().counts } },
  )
}

/** A board of two tenants, with figures of both, and a user for whom only one of them exists. */
beforeAll(async () => {
  board = await openBoard()
  own = `own-${board.name}`
  const tenants = [...board.tenants, ...parseTenants(tenantsYaml(own), {})]
  const log = createLogger({ level: 'silent', process: 'board-test' })
  app = await buildBoard({
    accounts: [
      { name: credentials.user, role: 'operator', secret: { password: credentials.password } },
      { name: viewer.user, role: 'viewer', secret: { password: viewer.password } },
      { name: ana.user, role: 'viewer', secret: { hash: await hashPassword(ana.password) }, tenants: [own] },
    ],
    tenants: createLiveTenants(tenants),
    queues: openQueues(tenants, board.redis, log),
    redis: board.redis,
    log,
    fingerprint: board.fingerprint,
  })
  await app.ready()
  const now = Date.now()
  await count(board.name, now, counts => {
    counts.lead('created')
    counts.lead('created')
    counts.defaultUser()
    counts.opportunity()
    counts.conversion({ identifier: 'campaign of the other', source: 'Google' })
    counts.mark('sale', { cents: 15_000_050 })
    counts.mark('loss', { reason: 'Reason <b>of the other</b>' })
    counts.call('contacts')
  })
  await count(board.name, now - 3 * DAY_MS, counts => {
    counts.lead('created')
    for (const reason of ['Preço', 'Prazo', 'Verba', 'Perfil', 'Contato', 'Retorno']) counts.mark('loss', { reason })
  })
  await count(own, now, counts => counts.lead('created'))
})
afterAll(async () => {
  const keys = await board.redis.keys(`{${own}}:*`)
  if (keys.length > 0) await board.redis.del(...keys)
  await app.close()
  await board.close()
})

const ask = (url: string, as = credentials, language = 'en') =>
  app.inject({ url, headers: { authorization: basicOf(as), 'accept-language': language, accept: 'text/html' } })
const read = (csv: string, delimiter = ','): string[][] => parse(csv, { bom: true, delimiter })

/** The cells of the table behind a picture, row by row. */
function numbersOf(page: string, title: string): string[][] {
  const figure = page.split('<figure').find(part => part.includes(`<strong>${title}</strong>`)) ?? ''
  return [...figure.matchAll(/<tr>\s*<th scope="row">(.*?)<\/tr>/gs)].map(([, row = '']) =>
    row
      .split('<td')
      .map(cell =>
        cell
          .replace(/^[^>]*>(?=.*<\/td>)/s, '')
          .replaceAll(/<[^>]*>/g, '')
          .trim(),
      )
      .map(text => text.replaceAll('\u00A0', ' ')),
  )
}

test('the pictures of a tenant have the same numbers as what was counted, and as its CSV', async () => {
  const { body } = await ask(`/?tenant=${board.name}&period=7d`)
  expect(numbersOf(body, 'Leads created').map(([, ...cells]) => cells)).toEqual([
    ['0', '0'],
    ['0', '0'],
    ['0', '0'],
    ['1', '0'],
    ['0', '0'],
    ['0', '0'],
    ['2', '1'],
  ])
  expect(numbersOf(body, 'Value of the sales').at(-1)?.slice(1)).toEqual(['1', 'R$150,000.50'])
  const losses = numbersOf(body, 'Losses by reason')
  expect(
    losses[3]
      ?.slice(1)
      .map(Number)
      .reduce((sum, each) => sum + each),
  ).toBe(6)
  expect(
    losses[6]
      ?.slice(1)
      .map(Number)
      .reduce((sum, each) => sum + each),
  ).toBe(1)
  expect(body).toContain('1 lead was given to the default user')
  expect(body).toContain('campaign of the other')
  expect(body).not.toContain('<b>of the other')

  const [heads = [], ...rows] = read((await ask(`/report.csv?tenant=${board.name}&period=7d`)).body)
  const valuesOf = (head: string) => rows.map(row => row[heads.indexOf(head)])
  expect(valuesOf('Leads created')).toEqual(['0', '0', '0', '1', '0', '0', '2'])
  expect(valuesOf('Value of the sales (R$)').at(-1)).toBe('150000.5')
  expect(valuesOf('Losses')).toEqual(['0', '0', '0', '6', '0', '0', '1'])
})

test('each picture leads to a CSV of its own figures, which opens in the language of the page', async () => {
  const { body } = await ask(`/?tenant=${board.name}&period=7d`, credentials, 'pt-BR')
  const links = [...body.matchAll(/href="(\/report\.csv[^"]*)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'))
  expect(links.length).toBeGreaterThanOrEqual(5)
  for (const link of links) {
    const answer = await ask(link, credentials, 'pt-BR')
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(answer.headers['content-disposition']).toBe(`attachment; filename="ponte-${board.name}-7d.csv"`)
    const [heads, ...rows] = read(answer.body, ';')
    expect(heads?.slice(0, 2)).toEqual(['Empresa', 'Dia'])
    expect(rows.length).toBeGreaterThan(0)
  }
  const sales = links.find(link => link.includes('saleValue')) ?? ''
  const [heads] = read((await ask(sales)).body)
  expect(heads?.slice(2)).toEqual(['Sales', 'Value of the sales (R$)'])
})

test('several tenants are a row each, with a link to their pictures', async () => {
  const { body } = await ask('/?period=7d')
  expect(body).toContain(`href="/?tenant=${board.name}&amp;period=7d"`)
  expect(body).toContain(`href="/?tenant=${own}&amp;period=7d"`)
  expect(
    new Set(
      read((await ask('/report.csv?period=7d')).body)
        .slice(1)
        .map(([tenant]) => tenant),
    ),
  ).toEqual(new Set([board.name, own]))
})

test('who may see one tenant finds nothing of the other: on no page and in no file', async () => {
  for (const url of [
    '/',
    '/?period=30d',
    '/report.csv',
    `/?tenant=${board.name}`,
    `/report.csv?tenant=${board.name}`,
  ]) {
    const { body } = await ask(url, ana)
    // The page leads back to the address that was asked for.
    expect(body.replaceAll(url, '').replaceAll(own, ''), url).not.toContain(board.name)
    expect(body, url).not.toContain('of the other')
  }
  expect((await ask(`/report.csv?tenant=${board.name}`, ana)).statusCode).toBe(404)
  expect(read((await ask('/report.csv', ana)).body).at(1)?.[0]).toBe(own)
})

test('of texts that may name a person a viewer sees those that five events of the period share, on the page and in the file', async () => {
  const free = await openBoard()
  onTestFinished(() => free.close())
  const texts =
    (times: number, [identifier, source, reason]: readonly [string, string, string]) =>
    (counts: Counts) => {
      for (let time = 0; time < times; time += 1) {
        counts.conversion({ identifier, source })
        counts.mark('loss', { reason })
      }
    }
  const rare = ['orçamento da Zeferina Quitéria', 'indicada por Zeferina', 'a Zeferina comprou de outro'] as const
  const shared = ['webinar-crm', 'Google', 'Sem verba'] as const
  for (const at of [Date.now() - 2 * DAY_MS, Date.now()])
    await count(free.name, at, counts => {
      texts(2, rare)(counts)
      texts(3, shared)(counts)
    })
  const askFree = async (url: string, as: typeof viewer) =>
    (await free.app.inject({ url, headers: { authorization: basicOf(as), 'accept-language': 'en' } })).body
  for (const url of ['/?period=7d', '/report.csv?period=7d']) {
    const [seen, whole] = [await askFree(url, viewer), await askFree(url, credentials)]
    expect(seen, url).not.toMatch(/zeferina/i)
    expect([seen.includes('webinar-crm'), seen.includes('Sem verba')], url).toEqual([true, true])
    expect(whole, url).toContain('orçamento da Zeferina Quitéria')
  }
  // Values without a name of their own are still counted.
  const [heads, ...days] = read(await askFree('/report.csv?period=7d&figure=conversionsByIdentifier', viewer))
  const byIdentifier = 'Conversions by identifier'
  expect(heads?.slice(2)).toEqual([`${byIdentifier}: webinar-crm`, `${byIdentifier}: (others)`])
  expect(days.map(row => row.slice(2)).filter(row => row[0] !== '0')).toEqual([
    ['3', '2'],
    ['3', '2'],
  ])
  // Within one day fewer than five share it.
  expect(await askFree('/?period=24h', viewer)).not.toContain('webinar-crm')
})

test('a viewer sees the figures and may have the file', async () => {
  expect((await ask(`/?tenant=${board.name}`, viewer)).body).toContain('R$150,000.50')
  expect((await ask(`/report.csv?tenant=${board.name}`, viewer)).statusCode).toBe(200)
})

test('a tenant of which nothing was counted is told what to do', async () => {
  const keys = await board.redis.keys(`{${own}}:ponte:figures:*`)
  await board.redis.del(...keys)
  expect((await ask('/', ana)).body).toContain('Nothing was counted in this period.')
  expect((await ask('/', ana, 'pt-BR')).body).toContain('Nada foi contado no período.')
})
