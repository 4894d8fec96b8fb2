import { textIn } from '@ponte/contracts'
import {
  type BreakdownName,
  breakdownNames,
  breakdowns,
  countOf,
  countsIn,
  documentCsv,
  figureIn,
  formatFigure,
  formatStart,
  highestFirst,
  type MeasureName,
  measureNames,
  measures,
  nameIn,
  type Period,
  periodTexts,
  type ResultsDocument,
  resultsDocument,
  shownValue,
  type SpanData,
  spanHeading,
  spanOf,
  startIn,
} from '@ponte/operations'
import { openOperations } from '../operations.ts'
import { type Command, outcomeOf, type Words } from '../session.ts'

/** Says what became of the events of a period: leads, opportunities, sales, losses, failures, times and quotas. Reads only. */
export const report: Command<{
  readonly tenant?: string
  /** The address of a board, in place of Redis. */
  readonly api?: string
  readonly since: Period
  readonly csv?: boolean
}> = async ({ since: period, csv = false, ...options }, session) => {
  const operations = await openOperations(options, session)
  const read = await operations.readResults(period)
  return {
    ...outcomeOf(true, resultsDocument.encode(read), describeReport(read, session)),
    ...(csv && { file: documentCsv(read, { language: session.language }) }),
  }
}

type TenantReport = ResultsDocument['tenants'][number]
type Clock = Parameters<typeof formatStart>[1]

/** Names of a breakdown that are printed. A CSV holds all of them. */
const MAX_NAMES = 10

const quotas: ReadonlySet<MeasureName> = new Set(['contactsQuota', 'eventsQuota'])

/** What the table of hours or days shows. */
const columns = ['leadsCreated', 'opportunities', 'sales', 'saleValue', 'losses', 'failures'] as const

/** A report as lines for a terminal. */
function describeReport(report: ResultsDocument, words: Words): readonly string[] {
  const { texts, language, paint } = words
  const clock = { span: spanOf(report.period), timeZone: report.timeZone }
  const title = (name: string): string =>
    `${paint('heading', name)}: ${textIn(periodTexts[report.period], language)} (${report.timeZone})`
  const together =
    report.tenants.length > 1
      ? [title(texts.report.allTenants), '', ...totalLines(report.total, [], clock, words), '']
      : []
  const each = report.tenants.flatMap(tenant => [title(tenant.tenant), '', ...tenantLines(tenant, clock, words), ''])
  return [...together, ...each].slice(0, -1)
}

function tenantLines(tenant: TenantReport, clock: Clock, words: Words): readonly string[] {
  const counted = tenant.spans.filter(span => isAnythingIn(span))
  if (counted.length === 0) return [`  ${words.texts.report.nothing}`]
  return [
    ...totalLines(tenant.total, tenant.spans, clock, words),
    '',
    ...tableLines(counted, clock, words),
    ...breakdownNames.flatMap(name => breakdownLines(name, tenant, clock, words)),
  ]
}

const isAnythingIn = (span: SpanData): boolean =>
  measureNames.some(name => (figureIn(name, span) ?? 0) > 0) ||
  breakdownNames.some(name => Object.keys(countsIn(name, span)).length > 0)

const shown = (name: MeasureName, span: SpanData, { language }: Words): string =>
  shownValue(name, figureIn(name, span), language)

/** A manager's token gets some of the figures. */
const isIn =
  (data: SpanData) =>
  (name: MeasureName): boolean =>
    data[name] !== undefined

function totalLines(total: SpanData, spans: readonly SpanData[], clock: Clock, words: Words): readonly string[] {
  const rows = measureNames
    .filter(isIn(total))
    .map(name => [
      textIn(measures[name], words.language),
      shown(name, total, words),
      quotas.has(name) ? busiest(name, spans, clock, words) : '',
    ])
  return alignColumns(rows, ['left', 'right', 'left'])
}

/** When most of a quota was used: an average hides the hour in which events had to wait for it. */
function busiest(name: MeasureName, spans: readonly SpanData[], clock: Clock, words: Words): string {
  const shareOf = (span: SpanData): number => figureIn(name, span) ?? 0
  const [most] = spans.toSorted((one, other) => shareOf(other) - shareOf(one))
  if (most === undefined || shareOf(most) === 0) return ''
  return words.texts.report.busiest(formatStart(startIn(most), clock, words.language), shown(name, most, words))
}

function tableLines(spans: readonly SpanData[], clock: Clock, words: Words): readonly string[] {
  const { texts, language } = words
  const own = columns.filter(name => spans.every(span => isIn(span)(name)))
  const heads = [spanHeading(clock, language), ...own.map(name => texts.report.columns[name])]
  const rows = spans.map(span => [
    formatStart(startIn(span), clock, language),
    ...own.map(name => shown(name, span, words)),
  ])
  return alignColumns([heads, ...rows], ['left', ...own.map(() => 'right' as const)])
}

function breakdownLines(name: BreakdownName, tenant: TenantReport, clock: Clock, words: Words): readonly string[] {
  const { texts, language, paint } = words
  const names = highestFirst(countsIn(name, tenant.total))
  if (names.length === 0) return []
  const daysOf = (text: string): string =>
    tenant.spans
      .flatMap(span => {
        const count = countOf(countsIn(name, span), text)
        return count === 0 ? [] : [`${formatStart(startIn(span), clock, language)}: ${count}`]
      })
      .join(', ')
  const rows = names
    .slice(0, MAX_NAMES)
    .map(([text, count]) => [
      nameIn(text, language),
      formatFigure(count, 'count', language),
      ...(name === 'lossesByReason' ? [daysOf(text)] : []),
    ])
  const more = names.slice(MAX_NAMES)
  return [
    ...['', `  ${paint('heading', textIn(breakdowns[name], language))}`],
    ...alignColumns(rows, ['left', 'right', 'left']).map(line => `  ${line}`),
    ...(more.length === 0 ? [] : [`    ${texts.report.more(more.length)}`]),
  ]
}

type Side = 'left' | 'right'

/** Rows of texts as lines whose columns stand below each other, two spaces apart and two from the edge. */
function alignColumns(rows: readonly (readonly string[])[], sides: readonly Side[]): readonly string[] {
  const widths = sides.map((_, column) => Math.max(0, ...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row =>
    `  ${row.map((text, column) => pad(text, widths[column] ?? 0, sides[column])).join('  ')}`.trimEnd(),
  )
}

const pad = (text: string, width: number, side: Side = 'left'): string =>
  side === 'left' ? text.padEnd(width) : text.padStart(width)
