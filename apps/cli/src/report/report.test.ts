import { DAY_MS } from '@ponte/contracts'
import { createCalendar, createFigureCounts, createTimelines } from '@ponte/state'
import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { type SetUpTenant, useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()
type FigureCounts = ReturnType<typeof createFigureCounts>
const timeZone = 'America/Sao_Paulo'
const now = Date.now()

/** Counts what a worker would count at that time. */
async function count({ redis, name }: SetUpTenant, at: number, fill: (counts: FigureCounts) => void): Promise<void> {
  const counts = createFigureCounts()
  fill(counts)
  await createTimelines(redis, name, cli.fingerprint, createCalendar(timeZone)).record(
    {
      ...{ event: 'lead.registered', key: `key-${at}`, jobId: 'job-1' },
      receivedAt: new Date(at).toISOString(),
      identities: [],
    },
    { kind: 'run', at, event: 'lead.registered', jobId: 'job-1', outcome: 'done' },
    { figures: { counts: counts.counts, ends: createFigureCounts().counts } },
  )
}

async function openCounted(): Promise<SetUpTenant> {
  const tenant = await cli.newTenant()
  await count(tenant, now - 3 * DAY_MS, counts => {
    counts.lead('created')
    counts.defaultUser()
    counts.conversion({ source: 'Google Ads', identifier: 'webinar; "CRM"' })
    counts.mark('sale', { cents: 15_000_050 })
    counts.mark('loss', { reason: 'Preço' })
    counts.ended('lead.registered', 'failed', 'CRM_REJECTED')
    counts.took(2400)
  })
  await count(tenant, now - DAY_MS, counts => {
    counts.lead('created')
    counts.mark('loss', { reason: 'Preço' })
    counts.mark('loss', { reason: '=Prazo' })
    // As the name of a member that every object of JavaScript has.
    counts.mark('loss', { reason: 'constructor' })
    counts.call('contacts')
  })
  await count(tenant, now - 20 * DAY_MS, counts => counts.lead('created'))
  return tenant
}

const dayOf = (at: number): string => new Intl.DateTimeFormat('sv-SE', { timeZone }).format(at)
const plain = (text: string): string => text.replaceAll('\u00A0', ' ')

test('report prints the totals, the days on which something was counted and what the losses came from; exit code 0', async () => {
  const tenant = await openCounted()
  const { code, stdout } = await tenant.run(['report', '--since', '7d', '--lang', 'pt-BR'])
  const text = plain(stdout)
  expect(code).toBe(0)
  expect(text).toContain(`${tenant.name}: últimos 7 dias (${timeZone})`)
  expect(text).toMatch(/Leads criados +2\n/)
  expect(text).toMatch(/Leads que ficaram com o usuário padrão +1\n/)
  expect(text).toMatch(/Valor das vendas +R\$ 150\.000,50\n/)
  expect(text).toMatch(/Tempo até chegar ao destino, mediana +2,\d s\n/)
  const [threeDaysAgo = '', yesterday = ''] = [now - 3 * DAY_MS, now - DAY_MS].map(at => {
    const [, month, day] = dayOf(at).split('-')
    return `${day}/${month}`
  })
  expect(text).toMatch(new RegExp(`${threeDaysAgo} +1 +0 +1 +R\\$ 150\\.000,50 +1 +1\\n`))
  expect(text).toMatch(new RegExp(`Preço +2 +${threeDaysAgo}: 1, ${yesterday}: 1\\n`))
  expect(text).toMatch(new RegExp(`constructor +1 +${yesterday}: 1\\n`))
  expect(text).toMatch(/CRM_REJECTED +1\n/)
  expect(text.match(/^ +\d\d\/\d\d /gm)).toHaveLength(2)

  const english = plain((await tenant.run(['report'])).stdout)
  expect(english).toContain(': last 30 days')
  expect(english).toMatch(/Leads created +3\n/)
  expect(english).toMatch(/Value of the sales +R\$150,000\.50\n/)
})

test('report --csv is a file for a spreadsheet in the form of the language, and --json has the same numbers', async () => {
  const { run } = await openCounted()
  for (const [language, delimiter, head, value] of [
    ['pt-BR', ';', 'Valor das vendas (R$)', '150000,5'],
    ['en', ',', 'Value of the sales (R$)', '150000.5'],
  ] as const) {
    const { code, stdout } = await run(['report', '--csv', '--lang', language])
    const [heads = [], ...rows]: string[][] = parse(stdout, { bom: true, delimiter })
    const day = rows.find(row => row[1] === dayOf(now - 3 * DAY_MS))
    expect([code, day?.[heads.indexOf(head)]]).toEqual([0, value])
  }
  const [{ total }] = (await run(['report', '--json'])).data().tenants
  expect(total).toMatchObject({ leadsCreated: 3, losses: 4, saleValue: 150_000.5, failures: 1, defaultUser: 1 })
})

test('report prints a day on which nothing but conversions of known leads came, and says when nothing was counted', async () => {
  const tenant = await cli.newTenant()
  const argv = ['report', '--since', '7d']
  expect(await tenant.run(argv)).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing was counted.') })
  await count(tenant, now - DAY_MS, counts => counts.conversion({ source: 'Google Ads', identifier: 'webinar' }))
  expect((await tenant.run(argv)).stdout).toContain('webinar')
})

test.each([
  { what: 'an unknown period', argv: ['--since', '1y'], code: 2 },
  { what: 'an unknown tenant', argv: ['--tenant', 'nobody'], code: 2 },
  { what: 'CSV and JSON at once', argv: ['--csv', '--json'], code: 2 },
  { what: 'a Redis that does not answer', argv: [], env: { REDIS_URL: 'redis://127.0.0.1:9' }, code: 3 },
])('report ends with $code for $what', async ({ argv, env, code }) => {
  const tenant = await cli.newTenant()
  expect((await tenant.run(['report', ...argv], { env: { ...env } })).code).toBe(code)
})
