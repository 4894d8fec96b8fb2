import {
  type BreakdownName,
  breakdownNames,
  breakdowns,
  formatFigure,
  formatStart,
  type MeasuredSpan,
  type MeasureName,
  measureNames,
  measures,
  nameIn,
  periodTexts,
  readReport,
  type PeriodReport,
  reportCsv,
  reportData,
  type ReportSpan,
  shownFigure,
  spanHeading,
  sumSpans,
  type TenantReport,
} from '@ponte/report'
import { countOf, highestFirst, type Period } from '@ponte/state'
import { exitCodes } from '../exit-codes.ts'
import { withRedis } from '../redis/with-redis.ts'
import type { Command, Session } from '../session.ts'
import { chooseTenants, readSettings } from '../settings/read-settings.ts'
import { textIn } from '@ponte/contracts'

export interface ReportOptions {
  readonly tenant?: string
  readonly since: Period
  readonly csv?: boolean
}

/** Says what became of the events of a period: leads, opportunities, sales, losses, failures, times and quotas. Reads only. */
export const report: Command<ReportOptions> = async ({ tenant, since: period, csv = false }, session) => {
  const settings = await readSettings(session)
  const tenants = chooseTenants(settings.tenants, tenant, session)
  const read = await withRedis({ target: settings.REDIS, session }, redis =>
    readReport(redis, tenants, {
      period,
      now: Date.now(),
      timeZone: settings.BOARD_TIME_ZONE,
      readers: 'operators',
    }),
  )
  return {
    exitCode: exitCodes.ok,
    data: { ok: true, ...reportData(read) },
    lines: describeReport(read, session),
    ...(csv && { file: reportCsv(read, { language: session.language }) }),
  }
}

type Words = Pick<Session, 'texts' | 'language' | 'paint'>

/** Names of a breakdown that are printed. A CSV holds all of them. */
const MOST_NAMES = 10

const quotas: ReadonlySet<MeasureName> = new Set(['contactsQuota', 'eventsQuota'])

/** What the table of hours or days shows. */
const columns = ['leadsCreated', 'opportunities', 'sales', 'saleValue', 'losses', 'failures'] as const

/** A report as lines for a terminal. */
function describeReport(report: PeriodReport, words: Words): readonly string[] {
  const { texts, language, paint } = words
  const title = (name: string): string =>
    `${paint('heading', name)}: ${textIn(periodTexts[report.period], language)} (${report.timeZone})`
  const all = sumSpans(report.tenants.map(({ total }) => total))
  const together =
    report.tenants.length > 1 ? [title(texts.report.allTenants), '', ...totalLines(all, [], report, words), ''] : []
  const each = report.tenants.flatMap(tenant => [title(tenant.tenant), '', ...tenantLines(tenant, report, words), ''])
  return [...together, ...each].slice(0, -1)
}

function tenantLines(tenant: TenantReport, report: PeriodReport, words: Words): readonly string[] {
  const counted = tenant.spans.filter(span => isAnythingIn(span))
  if (counted.length === 0) return [`  ${words.texts.report.nothing}`]
  return [
    ...totalLines(tenant.total, tenant.spans, report, words),
    '',
    ...tableLines(counted, report, words),
    ...breakdownNames.flatMap(name => breakdownLines(name, tenant, report, words)),
  ]
}

const isAnythingIn = (span: MeasuredSpan): boolean => measureNames.some(name => (measures[name].of(span) ?? 0) > 0)

function totalLines(
  total: MeasuredSpan,
  spans: readonly ReportSpan[],
  report: PeriodReport,
  words: Words,
): readonly string[] {
  const { language } = words
  const rows = measureNames.map(name => [
    textIn(measures[name], language),
    shownFigure(name, total, language),
    quotas.has(name) ? busiest(name, spans, report, words) : '',
  ])
  return alignColumns(rows, ['left', 'right', 'left'])
}

/** When most of a quota was used: an average hides the hour in which events had to wait for it. */
function busiest(name: MeasureName, spans: readonly ReportSpan[], report: PeriodReport, words: Words): string {
  const shareOf = (span: ReportSpan): number => measures[name].of(span) ?? 0
  const [most] = spans.toSorted((one, other) => shareOf(other) - shareOf(one))
  if (most === undefined || shareOf(most) === 0) return ''
  return words.texts.report.busiest(
    formatStart(most.start, report, words.language),
    shownFigure(name, most, words.language),
  )
}

function tableLines(spans: readonly ReportSpan[], report: PeriodReport, words: Words): readonly string[] {
  const { texts, language } = words
  const heads = [spanHeading(report, language), ...columns.map(name => texts.report.columns[name])]
  const rows = spans.map(span => [
    formatStart(span.start, report, language),
    ...columns.map(name => shownFigure(name, span, language)),
  ])
  return alignColumns([heads, ...rows], ['left', ...columns.map(() => 'right' as const)])
}

function breakdownLines(
  name: BreakdownName,
  tenant: TenantReport,
  report: PeriodReport,
  words: Words,
): readonly string[] {
  const { texts, language, paint } = words
  const { of } = breakdowns[name]
  const names = highestFirst(of(tenant.total.figures))
  if (names.length === 0) return []
  const daysOf = (text: string): string =>
    tenant.spans
      .flatMap(({ start, figures }) => {
        const count = countOf(of(figures), text)
        return count === 0 ? [] : [`${formatStart(start, report, language)}: ${count}`]
      })
      .join(', ')
  const rows = names
    .slice(0, MOST_NAMES)
    .map(([text, count]) => [
      nameIn(text, language),
      formatFigure(count, 'count', language),
      ...(name === 'lossesByReason' ? [daysOf(text)] : []),
    ])
  const more = names.slice(MOST_NAMES)
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
