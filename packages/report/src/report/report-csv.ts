import type { Readable } from 'node:stream'
import { type Language, textIn } from '@ponte/contracts'
import { highestFirst } from '@ponte/state'
import { csvOf, csvStream, type Row } from './csv.ts'
import { plainFigure, plainUnits } from './format-figure.ts'
import {
  type BreakdownName,
  breakdownNames,
  breakdowns,
  type MeasureName,
  measureNames,
  measures,
  nameIn,
} from './measures.ts'
import type { Report, ReportSpan } from './read-report.ts'
import { headings, plainStart, spanHeading } from './report-texts.ts'

/** What a CSV may be limited to. */
export const figureNames = [...measureNames, ...breakdownNames] as const
export type FigureName = MeasureName | BreakdownName

export interface CsvOptions {
  readonly language: Language
  /** Default: all. */
  readonly figures?: readonly FigureName[] | undefined
}

/**
 * A report as CSV. A row is one figure of one tenant in one hour or day, so that a spreadsheet can filter and sum by any column. There are
 * no totals, because such a sum would count them twice.
 */
export const reportCsv = (report: Report, options: CsvOptions): string =>
  csvOf(rowsOf(report, options), options.language)

/** The CSV as a stream, for a server: with many tenants it has several megabytes. */
export const reportCsvStream = (report: Report, options: CsvOptions): Readable =>
  csvStream(rowsOf(report, options), options.language)

function* rowsOf(report: Report, { language, figures = figureNames }: CsvOptions): Generator<Row> {
  const { tenant, figure, name, unit, value } = headings
  const others = [figure, name, unit, value].map(texts => textIn(texts, language))
  yield [textIn(tenant, language), spanHeading(report, language), ...others]
  for (const own of report.tenants)
    for (const span of own.spans) {
      const start = plainStart(span.start, report)
      for (const cells of cellsOf(span, { language, figures })) yield [own.tenant, start, ...cells]
    }
}

/**
 * Figure, name, unit and value of everything that was counted. A number that does not exist, such as a median of nothing, has an empty
 * cell.
 */
function cellsOf(
  span: ReportSpan,
  { language, figures }: Required<CsvOptions> & { figures: readonly FigureName[] },
): readonly Row[] {
  const numbers = measureNames
    .filter(name => figures.includes(name))
    .map(name => {
      const { unit, of } = measures[name]
      const value = of(span)
      return [textIn(measures[name], language), '', plainUnits[unit], value && plainFigure(value, unit)]
    })
  const byName = breakdownNames
    .filter(name => figures.includes(name))
    .flatMap(breakdown =>
      highestFirst(breakdowns[breakdown].of(span.figures)).map(([name, count]) => [
        textIn(breakdowns[breakdown], language),
        ...[nameIn(name, language), '', count],
      ]),
    )
  return [...numbers, ...byName]
}
