import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { isQuiet } from '../support/jobs.ts'
import { sharedTimeZone } from '../support/shared/shared-tenants.ts'
import { openShell, type Shell } from '../support/commands/shell.ts'

let company: Company
let shell: Shell
beforeAll(async () => {
  company = await shareCompany('results')
  const secretKey = company.ponte.settings.PONTE_SECRET_KEY
  shell = await openShell(company, { secretKey, BOARD_TIME_ZONE: sharedTimeZone })
})
afterAll(async () => {
  await company.stop()
  await shell.close()
})

async function readBoard(path: string): Promise<string> {
  const { board } = company.ponte
  if (board === undefined) throw new Error('there is no board')
  const authorization = `Basic ${Buffer.from(`${board.user}:${board.password}`).toString('base64')}`
  const answer = await fetch(`${board.url}${path}`, { headers: { authorization, 'accept-language': 'pt-BR' } })
  expect(answer.status).toBe(200)
  return await answer.text()
}

const readCsv = (csv: string): string[][] => parse(csv, { bom: true, delimiter: ';' })
const sumOf = ([heads = [], ...rows]: readonly (readonly string[])[], head: string): number =>
  rows.reduce((sum, row) => sum + Number(row[heads.indexOf(head)]?.replace(',', '.')), 0)

test('what both systems show of three leads is what the board, its CSV and the command line say', async () => {
  const { name } = company.ponte.tenant
  const bring = async (identifier: string) => {
    const contact = await company.convert({ name: 'Maria', email: newEmail() }, { identifier })
    await company.deliver(contact)
    await expect.poll(async () => (await company.opportunitiesOf(contact)).length, patience).toBe(1)
    await company.untilMarks(contact, ['OPPORTUNITY'])
    const [opportunity] = await company.opportunitiesOf(contact)
    if (opportunity === undefined) throw new Error('the opportunity has gone')
    return { contact, opportunity }
  }
  const [won, lost] = [await bring('webinar'), await bring('=formulário')]
  await bring('webinar')
  await company.crm.win(won.opportunity.id, 1234.5)
  await company.crm.lose(lost.opportunity.id, 'Preço')
  await company.untilMarks(won.contact, ['OPPORTUNITY', 'SALE'])
  await company.untilMarks(lost.contact, ['OPPORTUNITY', 'OPPORTUNITY_LOST'])
  await expect
    .poll(async () => (await isQuiet(name, 'totvs-crm')) && (await isQuiet(name, 'rd-station')), patience)
    .toBe(true)

  const leads = await company.leads()
  expect(leads).toHaveLength(3)
  // What a run counts is written just after its job is done.
  const totalOf = async () =>
    JSON.parse((await shell.ponte(['report', '--since', '24h', '--json'])).stdout).tenants[0].total
  await expect.poll(totalOf, patience).toMatchObject({
    ...{ leadsCreated: 3, opportunities: 3, sales: 1, saleValue: 1234.5, losses: 1, failures: 0 },
    lossesByReason: [{ name: 'Preço', count: 1 }],
    conversionsByIdentifier: [
      { name: 'webinar', count: 2 },
      { name: '=formulário', count: 1 },
    ],
  })
  const total = await totalOf()
  expect(total.medianTime).toBeGreaterThan(0)
  expect(total.p95Time).toBeGreaterThanOrEqual(total.medianTime)

  const rows = readCsv(await readBoard(`/report.csv?tenant=${name}&period=24h`))
  expect(sumOf(rows, 'Leads criados')).toBe(total.leadsCreated)
  expect(sumOf(rows, 'Vendas')).toBe(total.sales)
  expect(sumOf(rows, 'Valor das vendas (R$)')).toBe(total.saleValue)
  expect(sumOf(rows, 'Perdas por motivo: Preço')).toBe(1)
  expect(sumOf(rows, 'Conversões por identificador: =formulário')).toBe(1)
  const printed = (await shell.ponte(['report', '--since', '24h', '--csv', '--lang', 'pt-BR'])).stdout
  expect(sumOf(readCsv(printed), 'Leads criados')).toBe(total.leadsCreated)

  const page = (await readBoard(`/results?tenant=${name}&period=7d`)).replaceAll('\u00A0', ' ')
  const shown = [...page.matchAll(/<dt>([^<]*)<\/dt>\s*<dd>\s*([^<]*?)\s*</g)].map(([, what, value]) => [what, value])
  expect(shown).toEqual(
    expect.arrayContaining([
      ['Leads criados', '3'],
      ['Oportunidades abertas', '3'],
      ['Vendas', '1'],
      ['Valor das vendas', 'R$ 1.234,50'],
      ['Perdas', '1'],
    ]),
  )
  for (const { contact } of [won, lost]) expect(page).not.toContain(contact.email)
})
