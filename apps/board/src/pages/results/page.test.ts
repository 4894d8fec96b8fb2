import { createLiveTenants, createLogger, hashPassword, openQueues, parseTenants } from '@ponte/runtime'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { buildBoard } from '../../app.ts'
import { countResults, noon, times } from '../../testing/count-results.ts'
import { tenantsYaml } from '../../testing/documents.ts'
import { basicOf, credentials, type OpenBoard, openBoard, viewer } from '../../testing/open-board.ts'
import { textOf } from '../../testing/operate.ts'

const now = noon('2026-03-18')
const ana = { user: 'ana', password: 'ana sees one tenant' }
const boss = { user: 'rosa', password: 'rosa sees results only' }
let board: OpenBoard
let own: string
let app: Awaited<ReturnType<typeof buildBoard>>

/** The board of these tenants, over the Redis of the other one. */
async function openOver(tenants: OpenBoard['tenants']) {
  const log = createLogger({ level: 'silent', process: 'board-test' })
  const opened = await buildBoard({
    accounts: [
      { name: credentials.user, role: 'operator', secret: { password: credentials.password } },
      { name: viewer.user, role: 'viewer', secret: { password: viewer.password } },
      { name: ana.user, role: 'viewer', secret: { hash: await hashPassword(ana.password) }, tenants: [own] },
      { name: boss.user, role: 'manager', secret: { password: boss.password } },
    ],
    ...{ tenants: createLiveTenants(tenants), queues: openQueues(tenants, board.redis, log), redis: board.redis, log },
    ...{ fingerprint: board.fingerprint, now: () => now },
  })
  await opened.ready()
  return opened
}

/** What the board reads of figures while `work` runs: `moves`, or a day. */
async function figuresReadBy(work: () => Promise<unknown>): Promise<readonly string[]> {
  const sent: string[] = []
  const send = board.redis.sendCommand.bind(board.redis)
  board.redis.sendCommand = (command, stream) => {
    const [, figure] = /:figures:(?:day:)?(.*)$/.exec(String(command.args[0])) ?? []
    if (figure !== undefined) sent.push(figure)
    return send(command, stream)
  }
  await work()
  board.redis.sendCommand = send
  return sent
}

/** A board of two tenants, with results of both, a user for whom only one of them exists, and a manager. */
beforeAll(async () => {
  board = await openBoard()
  own = `own-${board.name}`
  app = await openOver([...board.tenants, ...parseTenants(tenantsYaml(own), {})])
  await countResults(board, board.name, noon('2026-02-03'), counts => {
    times(10, () => counts.lead('created'))
    times(5, counts.opportunity)
    times(2, () => counts.mark('sale', { cents: 1_500_000 }))
    counts.conversion({ identifier: 'campaign of the other', source: 'Google' })
    for (const reason of ['Preço', 'Reason <b>of the other</b>']) counts.mark('loss', { reason })
  })
  await countResults(board, board.name, noon('2026-01-20'), counts => {
    times(8, () => counts.lead('created'))
    times(2, counts.opportunity)
    counts.mark('sale', { cents: 2_000_050 })
  })
  await countResults(board, own, noon('2026-02-03'), counts => counts.lead('created'))
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
/** What a person reads, with plain spaces. */
const textAt = async (url: string, as = credentials, language = 'en'): Promise<string> =>
  textOf((await ask(url, as, language)).body).replaceAll('\u00A0', ' ')

test('how last month went against the month before is one click from the page', async () => {
  const { body } = await ask('/results')
  const [, href = ''] = /<a\s+href="([^"]*)"[^>]*>Last month<\/a/.exec(body) ?? []
  const text = await textAt(`${href.replaceAll('&amp;', '&')}&tenant=${board.name}`)
  expect(text).toContain('February 1 – 28, 2026, compared with January 1 – 28, 2026.'.replaceAll(' – ', ' – '))
  expect(text).toContain('Leads created 10 +25% before: 8')
  expect(text).toContain('Opportunities opened 5 +150% before: 2 Opportunities per lead: 50% (+25 points)')
  expect(text).toContain('Sales 2 +100% before: 1 Sales per opportunity: 40% (-10 points)')
  expect(text).toContain(
    'Value of the sales R$30,000 +50% before: R$20,000.50 Average value of a sale: R$15,000 (-25%)',
  )
  expect(text).toContain('Losses 2 before: 0')
  expect(await textAt('/results?period=last-month', credentials, 'pt-BR')).toContain('Leads criados 11 +38% antes: 8')
})

test.each(['this-week', '7d', '30d', 'this-month'])(
  'a period that goes on (%s) says that today counts until now and is compared with whole days, one that is over says nothing of it',
  async period => {
    const says = 'Today has not ended: it counts until now, the days before count whole.'
    expect(await textAt(`/results?period=${period}`)).toContain(says)
    expect(await textAt(`/results?period=${period}`, credentials, 'pt-BR')).toContain('O dia de hoje não terminou')
    expect(await textAt('/results?from=2026-03-18&to=2026-03-18')).toContain(says)
    for (const over of ['period=last-month', 'from=2026-03-16&to=2026-03-17'])
      expect(await textAt(`/results?${over}`)).not.toContain('Today has not ended')
  },
)

test('pictures, totals and the file by day have the same numbers', async () => {
  const query = `?tenant=${board.name}&period=last-month`
  const { body } = await ask(`/results${query}`)
  const [heads = [], ...days] = read((await ask(`/results.csv${query}`)).body)
  const column = (head: string): number[] => days.map(row => Number(row[heads.indexOf(head)]))
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0)
  expect(days.map(row => row[1])).toHaveLength(28)
  expect([heads[0], heads[1], days[0]?.[1], days.at(-1)?.[1]]).toEqual(['Tenant', 'Day', '2026-02-01', '2026-02-28'])
  expect([column('Leads created'), column('Value of the sales (R$)')].map(sum)).toEqual([10, 30_000])
  expect(column('Leads created')[2]).toBe(10)
  expect(sum(column('Losses by reason: Preço'))).toBe(1)
  expect(textOf(body)).toContain('All on Feb 03: 10.')
  expect(body).not.toContain('<b>of the other')
  const { headers } = await ask(`/results.csv${query}`, credentials, 'pt-BR')
  expect(headers['content-disposition']).toBe(`attachment; filename="ponte-${board.name}-2026-02-01-2026-02-28.csv"`)
})

/** What the form of a page sends as it stands. */
async function sentBy(url: string): Promise<Record<string, string>> {
  const [form = ''] = /<form class="dates"[^]*?<\/form>/.exec((await ask(url)).body) ?? []
  const inputs = [...form.matchAll(/<input[^>]* name="(\w+)" value="([^"]*)"/g)]
  const chosen = /<option value="([^"]*)" selected>/.exec(form)?.[1]
  return Object.fromEntries([...inputs.map(([, name = '', value = '']) => [name, value]), ['tenant', chosen ?? '']])
}

test('tenant and days are chosen in one form, which loses neither, nor the period', async () => {
  const at = (fields: Record<string, string>) => `/results?${new URLSearchParams(fields).toString()}`
  const sent = await sentBy(`/results?tenant=${own}&period=last-month`)
  expect(sent).toEqual({ tenant: own, period: 'last-month', from: '2026-02-01', to: '2026-02-28' })
  for (const tenant of [own, board.name])
    expect(await textAt(at({ ...sent, tenant }))).toBe(await textAt(`/results?tenant=${tenant}&period=last-month`))
  const changed = at({ ...sent, tenant: board.name, from: '2026-02-03' })
  expect(await textAt(changed)).toBe(await textAt(`/results?tenant=${board.name}&from=2026-02-03&to=2026-02-28`))
  expect(await sentBy(changed)).toEqual({ tenant: board.name, from: '2026-02-03', to: '2026-02-28' })
})

test('several tenants are a row each, which leads to their results of the same days', async () => {
  const { body } = await ask('/results?period=last-month')
  for (const tenant of [board.name, own])
    expect(body).toContain(`href="/results?tenant=${tenant}&amp;period=last-month"`)
  expect(await textAt('/results?from=2026-02-03&to=2026-02-03')).toContain('Leads created 11 before: 0')
  expect((await ask('/results?from=2026-02-03&to=2026-02-03')).body).toContain(
    `href="/results.csv?from=2026-02-03&amp;to=2026-02-03"`,
  )
})

test.each([
  ...['from=2026-02-05&to=2026-02-03', 'from=2026-02-05&to=2026-03-19', 'from=2025-02-11&to=2025-02-11'],
  ...['period=1y', 'tenant=nobody', 'from=x'],
])('what there is not (%s) is refused with a sentence, on the page without figures, and is no file', async query => {
  const { statusCode, body } = await ask(`/results?${query}`)
  expect([statusCode, /Leads created|class="periods".*?aria-current.*?<\/nav>/s.test(body)]).toEqual([400, false])
  expect(await textAt(`/results?${query}`)).toContain('What was asked for does not exist')
  expect(await textAt(`/results?${query}`, credentials, 'pt-BR')).toContain('O que foi pedido não existe: ')
  expect((await ask(`/results.csv?${query}`)).statusCode).toBe(400)
})

test('days of somebody’s own choice that there are not are refused with which days there are', async () => {
  expect(await textAt('/results?from=2026-02-05&to=2026-02-03')).toContain('both are among the last 400')
  expect(await textAt('/results?from=2026-02-05', credentials, 'pt-BR')).toContain('estão entre os últimos 400')
})

test('the file of the overview refuses an unknown period, too', async () => {
  const { statusCode, body } = await ask('/report.csv?period=1y')
  expect([statusCode, textOf(body)]).toEqual([400, expect.stringContaining('does not exist: Period.')])
})

test('who may see one tenant finds nothing of the other: on no page and in no file', async () => {
  for (const url of [
    '/results?period=last-month',
    '/results.csv?period=last-month',
    `/results?tenant=${board.name}`,
    '/report.csv',
  ]) {
    const { body } = await ask(url, ana)
    expect(body.replaceAll(url, '').replaceAll(own, ''), url).not.toContain(board.name)
    expect(body, url).not.toContain('of the other')
  }
  expect((await ask(`/results.csv?tenant=${board.name}`, ana)).statusCode).toBe(400)
  expect((await ask(`/report.csv?tenant=${board.name}`, ana)).statusCode).toBe(400)
})

test('a manager comes to the results first, and finds no link to anything of an event', async () => {
  const first = await ask('/', boss)
  expect([first.statusCode, first.headers.location]).toEqual([303, '/results'])
  const { body } = await ask('/results?period=last-month', boss)
  const links = [...body.matchAll(/(?:href|action)="(\/[^"?]*)/g)].map(([, path]) => path)
  expect(new Set(links.filter(path => !path?.startsWith('/assets/')))).toEqual(
    new Set(['/', '/results', '/results.csv', '/help', '/logout', '/language']),
  )
  expect(textOf(body)).toContain('rosa · sales manager')
  expect(read((await ask('/results.csv?period=last-month', boss)).body)[0]?.join(' ')).not.toMatch(
    /fail|quarantine|event/i,
  )
})

test('of texts that may name a person only operators see those that fewer than five events of the period share', async () => {
  const free = await openBoard({ now: () => now })
  onTestFinished(() => free.close())
  const rare = ['orçamento da Zeferina Quitéria', 'indicada por Zeferina', 'a Zeferina comprou de outro'] as const
  const shared = ['webinar-crm', 'Google', 'Sem verba'] as const
  for (const [day, number] of [
    ['2026-03-16', 2],
    ['2026-03-18', 3],
  ] as const)
    await countResults(free, free.name, noon(day), counts => {
      for (const [often, [identifier, source, reason]] of [
        [1, rare],
        [number, shared],
      ] as const)
        times(often, () => {
          counts.conversion({ identifier, source })
          counts.mark('loss', { reason })
        })
    })
  const askFree = async (url: string, as: typeof viewer) =>
    (await free.app.inject({ url, headers: { authorization: basicOf(as), 'accept-language': 'en' } })).body
  for (const url of ['/results?period=7d', '/results.csv?period=7d', '/report.csv?period=30d']) {
    const [seen, whole] = [await askFree(url, viewer), await askFree(url, credentials)]
    expect(seen, url).not.toMatch(/zeferina/i)
    if (url.startsWith('/results')) {
      expect([seen.includes('webinar-crm'), seen.includes('Sem verba'), seen.includes('(others)')], url).toEqual([
        true,
        true,
        true,
      ])
      expect(whole, url).toContain('orçamento da Zeferina Quitéria')
    }
  }
  // Within one day fewer than five share it.
  expect(await askFree('/results?from=2026-03-18&to=2026-03-18', viewer)).not.toContain('webinar-crm')
})

test('a viewer reads of former days “fewer than 5”, and never 0, where a name was counted among the others', async () => {
  const free = await openBoard({ now: () => now })
  onTestFinished(() => free.close())
  for (const [day, number] of [
    ['2026-03-10', 4],
    ['2026-03-16', 6],
  ] as const)
    await countResults(free, free.name, noon(day), counts =>
      times(number, () => counts.conversion({ identifier: 'webinar', ...(number > 4 && { source: 'Google' }) })),
    )
  const textFor = async (as: typeof viewer, language: string) => {
    const headers = { authorization: basicOf(as), 'accept-language': language }
    return textOf((await free.app.inject({ url: '/results?period=7d', headers })).body)
  }
  expect(await textFor(viewer, 'en')).toContain('webinar 6 before: fewer than 5')
  expect(await textFor(viewer, 'pt-BR')).toContain('webinar 6 antes: menos de 5')
  // Of this source nothing was counted before, by no name at all.
  expect(await textFor(viewer, 'en')).toContain('Google 6 before: 0')
  expect(await textFor(credentials, 'en')).toContain('webinar 6 before: 4')
})

test('names that every object of JavaScript has are counted like all others', async () => {
  const odd = await openBoard({ now: () => now })
  onTestFinished(() => odd.close())
  const names = ['constructor', '__proto__']
  for (const [day, given] of [
    ['2026-03-16', names],
    ['2026-03-17', ['Google']],
  ] as const)
    await countResults(odd, odd.name, noon(day), counts => {
      for (const name of given) {
        counts.conversion({ identifier: name, source: name })
        counts.mark('loss', { reason: name })
      }
    })
  const askOdd = async (url: string) =>
    (await odd.app.inject({ url, headers: { authorization: basicOf(credentials), 'accept-language': 'en' } })).body
  const page = textOf(await askOdd('/results?period=7d'))
  expect(page).not.toContain('NaN')
  for (const name of names) expect(page).toContain(`${name} 1 before: 0`)
  const [heads = [], ...days] = read(await askOdd('/results.csv?period=7d'))
  for (const name of names)
    expect(days.map(row => row[heads.indexOf(`Losses by reason: ${name}`)]).join('')).toBe('0000100')
})

test('days whose former days are no longer kept are shown without a comparison', async () => {
  const query = `/results?tenant=${board.name}&from=2025-08-01&to=2026-03-18`
  const text = await textAt(query)
  expect(text).toContain('August 1, 2025 – March 18, 2026. There is no comparison: the days before are no longer kept.')
  expect(text).toMatch(/Leads created 18 Opportunities opened 7/)
  expect(text).not.toContain('before:')
  expect(await textAt(query, credentials, 'pt-BR')).toContain(
    'Sem comparação: os dias anteriores já não são guardados.',
  )
  expect((await ask(query.replace('?', '.csv?'))).statusCode).toBe(200)
})

test('of too many tenants and days nothing is read: a tenant or fewer days have to be chosen', async () => {
  const [tenant] = board.tenants
  if (tenant === undefined) throw new Error('the board has a tenant')
  const many = Array.from({ length: 76 }, (_, index) => ({ ...tenant, name: `${board.name}-${index}` }))
  const crowded = await openOver(many)
  onTestFinished(() => crowded.close())
  const at = async (url: string, language = 'en') =>
    await crowded.inject({ url, headers: { authorization: basicOf(credentials), 'accept-language': language } })
  const days = 'from=2025-08-31&to=2026-03-18'
  const refused = 'These are too many tenants and days to be read at once. Choose a tenant, or fewer days.'
  const read = await figuresReadBy(async () => {
    expect(textOf((await at(`/results?${days}`)).body)).toContain(refused)
    const file = await at(`/results.csv?${days}`)
    expect([file.statusCode, textOf(file.body).includes(refused)]).toEqual([422, true])
  })
  expect(read).toEqual([])
  expect(textOf((await at(`/results?${days}`, 'pt-BR')).body)).toContain('Escolha uma empresa, ou menos dias.')
  for (const url of [`/results?${days}&tenant=${board.name}-0`, '/results?period=7d', `/results.csv?period=7d`]) {
    const answer = await at(url)
    expect([answer.statusCode, answer.body.includes(refused)], url).toEqual([200, false])
  }
})

test('results are read for one request after the other', async () => {
  const read = await figuresReadBy(async () => {
    const days = ['from=2025-10-02&to=2025-10-02', 'from=2025-11-02&to=2025-11-02']
    await Promise.all(days.map(range => ask(`/results?${range}&tenant=${own}`)))
  })
  const months = read.map(figure => figure.slice(0, '2025-10'.length))
  const [first = '', second = ''] = new Set(months.filter(month => month !== 'moves'))
  expect([first, second].toSorted()).toEqual(['2025-10', '2025-11'])
  expect(months).toEqual([first, second].flatMap(month => ['moves', 'moves', month, month]))
})

test('without any result the page says what to do', async () => {
  const empty = await textAt('/results?from=2025-06-01&to=2025-06-30')
  expect(empty).toContain('Nothing was counted in this period or before it. Choose a longer one, or send a test lead')
  expect(empty).not.toContain('No lead was created')
  const managers = await textAt('/results?from=2025-06-01&to=2025-06-30', boss)
  expect(managers).toContain('Choose a longer one. ')
  expect(await textAt('/results?from=2025-06-01&to=2025-06-30', credentials, 'pt-BR')).toContain(
    'Nada foi contado no período',
  )
})
