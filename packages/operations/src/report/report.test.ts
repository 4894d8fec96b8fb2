import { DAY_MS } from '@ponte/contracts'
import { type Figures, noFigures } from '@ponte/state'
import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { resultsDocument } from '../documents.ts'
import { formatFigure, formatStart, fromPlain, plainFigure } from './format-figure.ts'
import { type MeasureName, measures } from './measures.ts'
import { type Readers, type Report, sumSpans, toReport } from './read-report.ts'
import { buffer } from 'node:stream/consumers'
import { type CsvOptions, documentCsv, reportCsvStream } from './report-csv.ts'
import { reportData } from './report-data.ts'

const timeZone = 'America/Sao_Paulo'
/** The beginning of 25 November in São Paulo. */
const start = Date.parse('2026-11-25T03:00:00Z')
const now = start + DAY_MS + DAY_MS / 2

const tuesday: Figures = {
  ...noFigures,
  leads: { created: 3, updated: 1 },
  defaultUser: 1,
  identifiers: { 'webinar; "CRM"': 3, '=cmd': 1, '': 2 },
  marks: { opportunity: 2, sale: 2, loss: 3 },
  saleCents: 123_450,
  lossReasons: { Preço: 2, Prazo: 1 },
  ended: [
    { event: 'lead.registered', outcome: 'failed', code: 'CRM_REJECTED', count: 4 },
    { event: 'lead.registered', outcome: 'done', count: 9 },
  ],
  times: new Map([[30, 100]]),
  calls: { contacts: 17_280, events: 0, crm: 12 },
}
const wednesday: Figures = { ...noFigures, leads: { created: 2, updated: 0 }, lossReasons: { Preço: 1 } }

/** A report of these days. */
function reportOf(figures: readonly Figures[], readers: Readers = 'operators'): Report {
  const days = figures.map((each, day) => ({
    ...{ start: start + day * DAY_MS, end: start + (day + 1) * DAY_MS, figures: each },
  }))
  const tenants = [{ name: 'acme', settings: { rdStation: { callsPerMinute: 120 } } }]
  return toReport(tenants, new Map([['acme', days]]), { span: 'day', now, timeZone, readers })
}
const report = reportOf([tuesday, wednesday])

/** As a server writes it, which is what a program makes of the document. */
async function reportCsv(of: Report, options: CsvOptions): Promise<string> {
  const period = of.span === 'hour' ? '24h' : '7d'
  const csv = (await buffer(reportCsvStream(of, options))).toString()
  expect(documentCsv(reportData({ ...of, period }), options)).toBe(csv)
  return csv
}

const rowsOf = (csv: string, delimiter: string): string[][] => parse(csv, { bom: true, delimiter })

describe('a CSV', async () => {
  const [heads = [], ...rows] = rowsOf(await reportCsv(report, { language: 'pt-BR' }), ';')
  const find = (day: string, head: string): string | undefined =>
    rows.find(row => row[1] === day)?.[heads.indexOf(head)]

  test('has a row for each day and a column for each figure, with its unit', () => {
    expect(rows.map(row => row.slice(0, 2))).toEqual([
      ['acme', '2026-11-25'],
      ['acme', '2026-11-26'],
    ])
    expect(heads.slice(0, 3)).toEqual(['Empresa', 'Dia', 'Leads criados'])
    expect([find('2026-11-25', 'Leads criados'), find('2026-11-26', 'Leads criados')]).toEqual(['3', '2'])
    expect(find('2026-11-25', 'Valor das vendas (R$)')).toBe('1234,5')
    expect([find('2026-11-25', 'Perdas por motivo: Preço'), find('2026-11-26', 'Perdas por motivo: Preço')]).toEqual([
      '2',
      '1',
    ])
    expect(find('2026-11-25', 'Falhas por causa: CRM_REJECTED')).toBe('4')
    expect(rows.every(row => row.length === heads.length)).toBe(true)
  })

  test('counts names that every object of JavaScript has like all others', async () => {
    const odd = ['constructor', '__proto__', 'toString']
    const figures = { ...noFigures, lossReasons: Object.fromEntries(odd.map(name => [name, 5])) }
    for (const readers of ['operators', 'anybody'] as const) {
      const csv = await reportCsv(reportOf([tuesday, figures], readers), {
        language: 'en',
        figures: ['lossesByReason'],
      })
      const [names = [], first, second] = rowsOf(csv, ',')
      for (const name of odd) {
        const column = names.indexOf(`Losses by reason: ${name}`)
        expect([first?.[column], second?.[column]], `${name} for ${readers}`).toEqual(['0', '5'])
      }
    }
  })

  test('keeps the texts of others as they are, and none of them is run as a formula', () => {
    expect(find('2026-11-25', 'Conversões por identificador: webinar; "CRM"')).toBe('3')
    expect(find('2026-11-25', 'Conversões por identificador: =cmd')).toBe('1')
    expect(find('2026-11-25', 'Conversões por identificador: (outros)')).toBe('2')
  })

  test('leaves a cell empty where there is no number', () => {
    expect(find('2026-11-26', 'Tempo até chegar ao destino, mediana (s)')).toBe('')
    expect(find('2026-11-26', 'Vendas')).toBe('0')
  })

  test('has only the figures that were asked for', async () => {
    const some = rowsOf(await reportCsv(report, { language: 'en', figures: ['losses', 'lossesByReason'] }), ',')
    expect(some).toEqual([
      ['Tenant', 'Day', 'Losses', 'Losses by reason: Preço', 'Losses by reason: Prazo'],
      ['acme', '2026-11-25', '3', '2', '1'],
      ['acme', '2026-11-26', '0', '1', '0'],
    ])
  })

  test('puts names beyond forty into one column', async () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`form ${index}`, 100 - index]))
    const wide = reportOf([{ ...noFigures, identifiers: many }])
    const [all = [], [, , ...values] = []] = rowsOf(
      await reportCsv(wide, { language: 'en', figures: ['conversionsByIdentifier'] }),
      ',',
    )
    expect([all.length, all.at(-1)]).toEqual([43, 'Conversions by identifier: (others)'])
    expect(values.map(Number).reduce((sum, each) => sum + each)).toBe(
      Object.values(many).reduce((sum, each) => sum + each),
    )
  })

  test('of hours names the hour', async () => {
    const csv = await reportCsv({ ...report, span: 'hour' }, { language: 'pt-BR', figures: ['sales'] })
    expect(rowsOf(csv, ';').map(([, hour]) => hour)).toEqual(['Hora', '2026-11-25 00:00', '2026-11-26 00:00'])
  })
})

test('the whole period is the sum of its days, and its quota counts the minutes until now', () => {
  const [acme] = report.tenants
  const total = acme?.total
  if (total === undefined) throw new Error('the tenant is missing')
  const valueOf = (name: MeasureName): number | undefined => measures[name].of(total)
  expect(valueOf('leadsCreated')).toBe(5)
  expect(valueOf('saleValue')).toBe(123_450)
  expect(valueOf('contactsQuota')).toBeCloseTo(17_280 / (120 * 60 * 36), 10)
  expect(acme?.spans.map(span => measures.contactsQuota.of(span))).toEqual([0.1, 0])
  expect(measures.leadsCreated.of(sumSpans([total, total]))).toBe(10)
})

test.each([
  ['share', 6e-7, '< 0.1%'],
  ['share', 0.0666, '6.7%'],
  ['time', 832.4, '832 ms'],
  ['money', 1_234_550, 'R$12,345.50'],
] as const)('a %s of %d that went through a document is still %s', (unit, value, shown) => {
  expect(formatFigure(fromPlain(plainFigure(value, unit), unit), unit, 'en')).toBe(shown)
})

test('a program gets reais, seconds and per cent, and null where there is no number or no name', () => {
  const data = JSON.parse(JSON.stringify(resultsDocument.encode(reportData({ ...report, period: '7d' }))))
  expect(data).toMatchObject({ period: '7d', timeZone, tenants: [{ tenant: 'acme', callsPerMinute: 120 }] })
  const [{ total, spans }] = data.tenants
  expect(total).toMatchObject({
    leadsCreated: 5,
    sales: 2,
    saleValue: 1234.5,
    failures: 4,
    contactsQuota: 6.6667,
    lossesByReason: [
      { name: 'Preço', count: 3 },
      { name: 'Prazo', count: 1 },
    ],
  })
  expect(total.conversionsByIdentifier).toContainEqual({ name: null, count: 2 })
  expect(spans[1]).toMatchObject({ start: '2026-11-26T03:00:00.000Z', medianTime: null, leadsCreated: 2 })
})

test.each([
  [1234, 'count', '1.234', '1,234'],
  [123_450, 'money', 'R$ 1.234,50', 'R$1,234.50'],
  [15_000_000, 'money', 'R$ 150.000', 'R$150,000'],
  [0, 'share', '0%', '0%'],
  [0.0001, 'share', '< 0,1%', '< 0.1%'],
  [0.0123, 'share', '1,2%', '1.2%'],
  [0.5, 'share', '50%', '50%'],
  [0, 'time', '0 ms', '0 ms'],
  [2449, 'time', '2,4 s', '2.4 s'],
  [35_400, 'time', '35 s', '35 s'],
  [270_000, 'time', '4,5 min', '4.5 min'],
  [3 * 3_600_000, 'time', '3 h', '3 h'],
] as const)('%d as %s is read as %s in Portuguese and as %s in English', (value, unit, portuguese, english) => {
  const read = (language: 'pt-BR' | 'en'): string => formatFigure(value, unit, language).replaceAll(/\s/g, ' ')
  expect([read('pt-BR'), read('en')]).toEqual([portuguese, english])
})

test('a day is called as in the time zone of the report, in the language of the reader', () => {
  expect([formatStart(start, report, 'pt-BR'), formatStart(start, report, 'en')]).toEqual(['25/11', 'Nov 25'])
  expect(formatStart(start, { ...report, timeZone: 'UTC', span: 'hour' }, 'pt-BR')).toBe('03:00')
})
