import { MINUTE_MS } from '@ponte/contracts'
import {
  countOf,
  type Figures,
  type FiguresOfSpan,
  highestFirst,
  type KeptFigures,
  otherText,
  type Period,
  readDays,
  readFigures,
  type RedisClient,
  sumFigures,
} from '@ponte/state'
import type { SpanLength } from './format-figure.ts'
import { type BreakdownName, breakdowns, type MeasuredSpan } from './measures.ts'
import type { ComparedRanges, DayRange } from './results-period.ts'

/** The part of a tenant and its settings that a report needs. */
export interface ReportedTenant {
  readonly name: string
  readonly settings: { readonly rdStation: { readonly callsPerMinute: number } }
}

export interface ReportSpan extends FiguresOfSpan, MeasuredSpan {}

export interface TenantReport {
  readonly tenant: string
  readonly callsPerMinute: number
  /** Each hour or day of the period, oldest first. The last one has not ended. */
  readonly spans: readonly ReportSpan[]
  readonly total: MeasuredSpan
}

/** Who reads a report. Operators see each text that was counted. Anybody else sees only texts that name no single person. */
export type Readers = 'operators' | 'anybody'

export interface Report {
  /** What each span of a tenant is. */
  readonly span: SpanLength
  readonly readers: Readers
  readonly timeZone: string
  readonly tenants: readonly TenantReport[]
}

export const spanOf = (period: Period): SpanLength => (period === '24h' ? 'hour' : 'day')

export interface PeriodReport extends Report {
  readonly period: Period
}

export interface ReportRequest {
  readonly span: SpanLength
  /** Milliseconds since 1970. */
  readonly now: number
  readonly timeZone: string
  readonly readers: Readers
  /** What need not be read again. */
  readonly kept?: KeptFigures
}

/** What was counted for these tenants, and for no other. Rejects when Redis does not answer. */
export async function readReport(
  redis: RedisClient,
  tenants: readonly ReportedTenant[],
  request: Omit<ReportRequest, 'span'> & { readonly period: Period },
): Promise<PeriodReport> {
  const names = tenants.map(({ name }) => name)
  const { period } = request
  const read = await readFigures(redis, names, request)
  return { ...toReport(tenants, read, { ...request, span: spanOf(period) }), period }
}

export const toReport = (
  tenants: readonly ReportedTenant[],
  read: ReadonlyMap<string, readonly FiguresOfSpan[]>,
  { span: length, now, timeZone, readers }: ReportRequest,
): Report => ({
  span: length,
  timeZone,
  readers,
  tenants: tenants.map(({ name, settings: { rdStation } }) => {
    const all = read.get(name) ?? []
    const spans = (readers === 'operators' ? all : onlySharedNames(all)).map(span =>
      withQuota(span, rdStation.callsPerMinute, now),
    )
    return { tenant: name, callsPerMinute: rdStation.callsPerMinute, spans, total: sumSpans(spans) }
  }),
})

/** Several parts of time as one, also of several tenants. Their quotas are then added up. */
export const sumSpans = (spans: readonly MeasuredSpan[]): MeasuredSpan => ({
  figures: sumFigures(spans.map(({ figures }) => figures)),
  quotaCalls: spans.reduce((sum, { quotaCalls }) => sum + quotaCalls, 0),
})

/** For a part that has not ended, only the minutes until now count, and at least one. */
function withQuota(span: FiguresOfSpan, callsPerMinute: number, now: number): ReportSpan {
  const minutes = Math.max(1, (Math.min(now, span.end) - span.start) / MINUTE_MS)
  return { ...span, quotaCalls: minutes * callsPerMinute }
}

const freeTexts = ['sources', 'identifiers', 'lossReasons'] as const
type FreeText = (typeof freeTexts)[number]

/** A text that this many events share names no single person. */
const LEAST_SHARED = 5

/**
 * The figures without texts that may name a person. Anybody may write the identifier of a conversion, its source and the reason of a loss.
 * Only texts that at least five events share, over all these parts of time, stay. The others are counted together.
 */
function onlySharedNames<Span extends { readonly figures: Figures }>(spans: readonly Span[]): readonly Span[] {
  const total = sumFigures(spans.map(({ figures }) => figures))
  const folded = (figures: Figures, kind: FreeText): Figures[FreeText] => {
    const entries = Object.entries(figures[kind])
    const shared = entries.filter(([name]) => name !== otherText && countOf(total[kind], name) >= LEAST_SHARED)
    const others = sumOf(entries) - sumOf(shared)
    return Object.fromEntries(others > 0 ? [...shared, [otherText, others]] : shared)
  }
  return spans.map(span => ({
    ...span,
    figures: {
      ...span.figures,
      ...Object.fromEntries(freeTexts.map(kind => [kind, folded(span.figures, kind)])),
    },
  }))
}

const sumOf = (entries: readonly (readonly [string, number])[]): number =>
  entries.reduce((sum, [, count]) => sum + count, 0)

/** What was counted in some days, beside what was counted in the days before. */
export interface Results extends Report, ComparedRanges {
  readonly total: MeasuredSpan
  /** Of the same tenants in the days before. Nothing when there are none to compare with. */
  readonly formerTotal: MeasuredSpan
}

export interface ResultsRequest extends Omit<ReportRequest, 'span'>, ComparedRanges {}

/** The results of these tenants, and of no other. Rejects when Redis does not answer. */
export async function readResults(
  redis: RedisClient,
  tenants: readonly ReportedTenant[],
  { range, before, ...request }: ResultsRequest,
): Promise<Results> {
  const names = tenants.map(({ name }) => name)
  const reportOf = async (days: DayRange): Promise<Report> =>
    toReport(tenants, await readDays(redis, names, { ...request, ...days }), { ...request, span: 'day' })
  const [report, former] = await Promise.all([reportOf(range), before && reportOf(before)])
  return { ...{ ...report, range, before }, total: totalOf(report), formerTotal: totalOf(former) }
}

const totalOf = (report: Report | undefined): MeasuredSpan =>
  sumSpans((report?.tenants ?? []).map(({ total }) => total))

/** A name that was counted, such as the identifier of a conversion. */
export interface CountedName {
  /** As `nameIn` takes it. */
  readonly name: string
  readonly count: number
  /** In the days before. Undefined when the reader may not know whether it was rare before, or was not there. */
  readonly before: number | undefined
}

/** The names of a breakdown, the most frequent first. */
export function namesOf(
  breakdown: BreakdownName,
  { total, formerTotal, readers }: Pick<Results, 'total' | 'formerTotal' | 'readers'>,
): readonly CountedName[] {
  const { of } = breakdowns[breakdown]
  const before = of(formerTotal.figures)
  const hidesRare = readers !== 'operators' && countOf(before, otherText) > 0
  return highestFirst(of(total.figures))
    .filter(([, count]) => count > 0)
    .map(([name, count]) => ({
      ...{ name, count },
      before: hidesRare && !Object.hasOwn(before, name) ? undefined : countOf(before, name),
    }))
}

/** The losses of each day: those of the most frequent reasons by themselves, all others and losses without a reason together. */
export function lossesByDay(days: readonly MeasuredSpan[], mostReasons: number) {
  const named = highestFirst(sumSpans(days).figures.lossReasons)
    .filter(([name]) => name !== otherText)
    .slice(0, mostReasons)
    .map(([name]) => ({ name, counts: days.map(({ figures }) => countOf(figures.lossReasons, name)) }))
  const others = days.map(({ figures }, day) =>
    named.reduce((left, { counts }) => left - (counts[day] ?? 0), figures.marks.loss),
  )
  return { named, others: others.map(count => Math.max(0, count)) }
}
