import { type Results, sumSpans, toReport } from '@ponte/operations'
import { type Figures, noFigures } from '@ponte/state'
import { parse } from 'csv-parse/sync'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { buildBoard } from '../../app.ts'
import { createLiveTenants, createLogger, openQueues } from '@ponte/runtime'
import { readResultsFilters } from '../../filters/filters.ts'
import { countResults, noon, times } from '../../testing/count-results.ts'
import { tenantNamed, textOf } from '../../testing/documents.ts'
import { basicOf, credentials, manager, partner, viewer } from '../../testing/open-board.ts'
import { renderPage, type ViewChange, viewOf } from '../../testing/render-page.ts'
import { useBoard } from '../../testing/use-board.ts'
import { timeZone } from '../../ui/moment.ts'
import { resultsPage } from './page.ts'

const now = noon('2026-03-18')
const DAY_MS = 24 * 3_600_000
const tenants = [tenantNamed('acme'), tenantNamed('nova')]

interface Counted {
  readonly acme?: Partial<Figures>
  readonly nova?: Partial<Figures>
  readonly before?: Partial<Figures>
  readonly readers?: 'operators' | 'anybody'
}

/** What the page shows of an address: all that was counted, was counted on the first of its days. */
function show(query: string, counted: Counted | 'too much' | 'no answer' = {}, change: ViewChange<unknown> = {}) {
  const filters = readResultsFilters(Object.fromEntries(new URLSearchParams(query)), tenants, now)
  const view = { now, deps: { ...viewOf(undefined).deps, tenants }, ...change }
  if (counted === 'no answer') return renderPage(resultsPage, undefined, filters, view)
  if (counted === 'too much') return renderPage(resultsPage, counted, filters, view)
  const { range, before } = filters
  const reportOf = (figures: readonly (Partial<Figures> | undefined)[]) => {
    const from = noon(range.from) - DAY_MS / 2
    const days = Math.round((noon(range.to) - noon(range.from)) / DAY_MS) + 1
    const spansOf = (own: Partial<Figures> = {}) =>
      Array.from({ length: days }, (_, day) => ({
        ...{ start: from + day * DAY_MS, end: from + (day + 1) * DAY_MS },
        figures: { ...noFigures, ...(day === 0 && own) },
      }))
    const read = new Map(tenants.map(({ name }, index) => [name, spansOf(figures[index])]))
    const request = { span: 'day', now, timeZone: timeZone(), readers: counted.readers ?? 'operators' } as const
    return toReport(tenants, read, request)
  }
  const totalOf = ({ tenants: own }: ReturnType<typeof reportOf>) => sumSpans(own.map(({ total }) => total))
  const report = reportOf([counted.acme, counted.nova])
  const former = before === undefined ? sumSpans([]) : totalOf(reportOf([counted.before]))
  const results: Results = { ...report, range, before, total: totalOf(report), formerTotal: former }
  return renderPage(resultsPage, results, filters, view)
}
const plain = (text: string): string => text.replaceAll('\u00A0', ' ').replaceAll('\u2009', ' ')
const leads = (created: number) => ({ leads: { created, updated: 0 } })
const acme = {
  ...{ ...leads(10), opportunities: 5, saleCents: 3_000_000, marks: { opportunity: 0, sale: 2, loss: 2 } },
  lossReasons: { Preço: 1, 'Reason <b>of a person</b>': 1 },
}
const before = { ...leads(8), opportunities: 2, saleCents: 2_000_050, marks: { opportunity: 0, sale: 1, loss: 0 } }

test('the days are shown beside the days before, from the lead to the sale, in each language', () => {
  const { text, markup } = show('period=last-month', { acme, before })
  for (const says of [
    'February 1 – 28, 2026, compared with January 1 – 28, 2026.',
    'Leads created 10 +25% before: 8',
    'Opportunities opened 5 +150% before: 2 Opportunities per lead: 50% (+25 points)',
    'Sales 2 +100% before: 1 Sales per opportunity: 40% (-10 points)',
    'Value of the sales R$30,000 +50% before: R$20,000.50 Average value of a sale: R$15,000 (-25%)',
    ...['Losses 2 before: 0', 'All on Feb 01: 10.'],
  ])
    expect(plain(text)).toContain(plain(says))
  expect(markup).not.toContain('<b>of a person')
  expect(show('period=last-month', { acme, before }, { language: 'pt-BR' }).text).toContain(
    'Leads criados 10 +25% antes: 8',
  )
})

test.each(['this-week', '7d', '30d', 'this-month'])(
  'a period that goes on (%s) says that today counts until now and is compared with whole days, one that is over says nothing of it',
  period => {
    const says = 'Today has not ended: it counts until now, the days before count whole.'
    expect(show(`period=${period}`).text).toContain(says)
    expect(show(`period=${period}`, {}, { language: 'pt-BR' }).text).toContain('O dia de hoje não terminou')
    for (const over of ['period=last-month', 'from=2026-03-16&to=2026-03-17'])
      expect(show(over).text).not.toContain('Today has not ended')
  },
)

test('several tenants are a row each, which leads to their results of the same days; a single one has none', () => {
  const { markup, text } = show('period=last-month', { acme, nova: leads(1) })
  for (const tenant of ['acme', 'nova'])
    expect(markup).toContain(`href="/results?tenant=${tenant}&amp;period=last-month"`)
  expect(text).toContain('Leads created 11')
  expect(show('from=2026-02-03&to=2026-02-03').markup).toContain(
    'href="/results.csv?from=2026-02-03&amp;to=2026-02-03"',
  )
})

test('names stand with their number before; where rare ones are not told, it is “fewer than 5” and never 0', () => {
  const counted = { acme: { identifiers: { webinar: 6 } }, before: { identifiers: { webinar: 4 } } }
  expect(show('period=7d', counted).text).toContain('webinar 6 before: 4')
  const viewers = show('period=7d', { ...counted, readers: 'anybody' })
  expect(viewers.text).toContain('webinar 6 before: fewer than 5')
  const rare = { acme: { identifiers: { 'indicada por Zeferina': 4, webinar: 5 } }, readers: 'anybody' } as const
  expect(show('period=7d', rare).text).toMatch(/webinar 5 (?!.*Zeferina)/)
})

test('days whose former days are no longer kept are shown without a comparison', () => {
  const { text } = show('from=2025-08-01&to=2026-03-18', { acme })
  expect(plain(text)).toContain(
    'August 1, 2025 – March 18, 2026. There is no comparison: the days before are no longer kept.',
  )
  expect(text).not.toContain('before:')
})

test('without any result the page says what to do; without Redis, or when it is too much to read, it says so', () => {
  const { text } = show('from=2025-06-01&to=2025-06-30')
  expect(text).toContain('Nothing was counted in this period or before it. Choose a longer one, or send a test lead')
  expect(text).not.toContain('No lead was created')
  expect(show('from=2025-06-01&to=2025-06-30', { readers: 'anybody' }).text).toContain('Choose a longer one. ')
  expect(show('period=7d', 'no answer').text).toContain('Redis does not answer')
  expect(show('period=7d', 'too much').text).toContain('These are too many tenants and days to be read at once.')
  expect(show('period=7d', { acme: { defaultUser: 1, ...leads(1) } }).text).toContain(
    '1 lead was given to the default user',
  )
})

const { board, visit, read } = useBoard({ isShared: true, others: ['-b'], now: () => now })
const other = (): string => `${board().name}-b`
beforeAll(async () => {
  await countResults(board(), board().name, noon('2026-02-03'), counts => {
    times(10, () => counts.lead('created'))
    times(2, () => counts.mark('sale', { cents: 1_500_000 }))
    counts.conversion({ identifier: 'campaign of the first', source: 'Google' })
    for (const reason of ['Preço', 'Reason <b>of the first</b>']) counts.mark('loss', { reason })
  })
  await countResults(board(), other(), noon('2026-02-03'), counts => counts.lead('created'))
})
const rowsOf = (csv: string, delimiter = ','): string[][] => parse(csv, { bom: true, delimiter })

test('page and file by day have the same numbers; tenant and days are chosen in one form, which loses neither, nor the period', async () => {
  const query = `tenant=${board().name}&period=last-month`
  const [heads = [], ...days] = rowsOf((await visit(`/results.csv?${query}`)).body)
  const sumOf = (head: string): number => days.reduce((sum, row) => sum + Number(row[heads.indexOf(head)]), 0)
  expect([heads[0], heads[1], days.length, days[0]?.[1], days.at(-1)?.[1]]).toEqual([
    ...['Tenant', 'Day', 28, '2026-02-01', '2026-02-28'],
  ])
  const columns = ['Leads created', 'Value of the sales (R$)', 'Losses by reason: Preço']
  expect(columns.map(sumOf)).toEqual([10, 30_000, 1])
  expect(await read(`/results?${query}`)).toContain('All on Feb 03: 10.')
  const { headers } = await visit(`/results.csv?${query}`, { language: 'pt-BR' })
  expect(headers['content-disposition']).toBe(`attachment; filename="ponte-${board().name}-2026-02-01-2026-02-28.csv"`)

  const sentBy = async (url: string): Promise<Record<string, string>> => {
    const [form = ''] = /<form class="dates"[^]*?<\/form>/.exec((await visit(url)).body) ?? []
    const inputs = [...form.matchAll(/<input[^>]* name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ])
    return Object.fromEntries([...inputs, ['tenant', /<option value="([^"]*)" selected>/.exec(form)?.[1] ?? '']])
  }
  const at = (fields: Record<string, string>) => `/results?${new URLSearchParams(fields).toString()}`
  const sent = await sentBy(`/results?tenant=${other()}&period=last-month`)
  expect(sent).toEqual({ tenant: other(), period: 'last-month', from: '2026-02-01', to: '2026-02-28' })
  for (const tenant of [other(), board().name])
    expect(await read(at({ ...sent, tenant }))).toBe(await read(`/results?tenant=${tenant}&period=last-month`))
  const changed = at({ ...sent, from: '2026-02-03' })
  expect(await sentBy(changed)).toEqual({ tenant: other(), from: '2026-02-03', to: '2026-02-28' })
})

test.each([
  ...['from=2026-02-05&to=2026-02-03', 'from=2026-02-05&to=2026-03-19', 'from=2025-02-11&to=2025-02-11', 'from=x'],
])('days that there are not (%s) are refused with which days there are, and are no file', async query => {
  const { statusCode, body } = await visit(`/results?${query}`, { accept: 'text/html' })
  expect([statusCode, body.includes('Leads created')]).toEqual([400, false])
  expect(textOf(body)).toMatch(/What was asked for does not exist: Days .*both are among the last 400/)
  expect((await visit(`/results.csv?${query}`)).statusCode).toBe(400)
})

test('who may see one tenant finds nothing of the other: on no page and in no file', async () => {
  const as = basicOf(partner)
  for (const url of ['/results?period=last-month', '/results.csv?period=last-month', '/report.csv']) {
    const { statusCode, body } = await visit(url, { as })
    expect(statusCode).toBe(200)
    expect(body.replaceAll(other(), ''), url).not.toMatch(new RegExp(`${board().name}|of the first`))
  }
  for (const file of ['/results.csv', '/report.csv'])
    expect((await visit(`${file}?tenant=${board().name}`, { as })).statusCode).toBe(400)
  expect((await visit('/report.csv?period=1y')).statusCode).toBe(400)
})

test('a manager comes to the results first, and finds no link to anything of an event', async () => {
  const as = basicOf(manager)
  const first = await visit('/', { as })
  expect([first.statusCode, first.headers.location]).toEqual([303, '/results'])
  const { body } = await visit('/results?period=last-month', { as })
  const links = [...body.matchAll(/(?:href|action)="(\/[^"?]*)/g)].map(([, path]) => path)
  expect(new Set(links.filter(path => !path?.startsWith('/assets/')))).toEqual(
    new Set(['/', '/results', '/results.csv', '/help', '/logout', '/language']),
  )
  expect(textOf(body)).toContain('gestora · sales manager')
  const file = await visit('/results.csv?period=last-month', { as })
  expect(rowsOf(file.body)[0]?.join(' ')).not.toMatch(/fail|quarantine|event/i)
})

test('of texts that may name a person only operators see those that fewer than five events share, on the page and in both files', async () => {
  for (const url of ['/results?period=last-month', '/results.csv?period=last-month', '/report.csv?period=30d'])
    expect((await visit(url, { as: basicOf(viewer) })).body, url).not.toMatch(/of the first|Preço/)
  expect((await visit('/results.csv?period=last-month')).body).toContain('campaign of the first')
})

/** What the board reads of figures while `work` runs: `moves`, or a day. */
async function figuresReadBy(work: () => Promise<unknown>): Promise<readonly string[]> {
  const sent: string[] = []
  const { redis } = board()
  const send = redis.sendCommand.bind(redis)
  redis.sendCommand = (command, stream) => {
    const [, figure] = /:figures:(?:day:)?(.*)$/.exec(String(command.args[0])) ?? []
    if (figure !== undefined) sent.push(figure)
    return send(command, stream)
  }
  await work()
  redis.sendCommand = send
  return sent
}

test('of too many tenants and days nothing is read: a tenant or fewer days have to be chosen', async () => {
  const many = Array.from({ length: 76 }, (_, index) => tenantNamed(`${board().name}-${index}`))
  const log = createLogger({ level: 'silent', process: 'board-test' })
  const { redis, fingerprint } = board()
  const crowded = await buildBoard({
    accounts: [{ name: credentials.user, role: 'operator', secret: { password: credentials.password } }],
    ...{
      tenants: createLiveTenants(many),
      queues: openQueues(many, redis, log),
      redis,
      log,
      fingerprint,
      now: () => now,
    },
  })
  onTestFinished(() => crowded.close())
  const at = (url: string) => crowded.inject({ url, headers: { authorization: basicOf(credentials) } })
  const days = 'from=2025-08-31&to=2026-03-18'
  const sent = await figuresReadBy(async () => {
    expect([(await at(`/results?${days}`)).statusCode, (await at(`/results.csv?${days}`)).statusCode]).toEqual([
      200, 422,
    ])
  })
  expect(sent).toEqual([])
  for (const url of [`/results?${days}&tenant=${board().name}-0`, '/results?period=7d', '/results.csv?period=7d'])
    expect(await figuresReadBy(() => at(url))).not.toEqual([])
})

test('results are read for one request after the other', async () => {
  const sent = await figuresReadBy(async () => {
    const days = ['from=2025-10-02&to=2025-10-02', 'from=2025-11-02&to=2025-11-02']
    await Promise.all(days.map(range => visit(`/results?${range}&tenant=${other()}`)))
  })
  const months = sent.map(figure => figure.slice(0, '2025-10'.length))
  const [first = '', second = ''] = new Set(months.filter(month => month !== 'moves'))
  expect([first, second].toSorted()).toEqual(['2025-10', '2025-11'])
  expect(months).toEqual([first, second].flatMap(month => ['moves', 'moves', month, month]))
})
