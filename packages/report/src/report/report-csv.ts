import { type Language, textIn } from '@ponte/contracts'
import { highestFirst } from '@ponte/state'
import { type Cell, csvOf } from './csv.ts'
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
import { headings, plainStart } from './report-texts.ts'

/** What a CSV may be limited to. */
export const figureNames = [...measureNames, ...breakdownNames] as const
export type FigureName = MeasureName | BreakdownName

export interface CsvOptions {
  readonly language: Language
  /** Default: all. */
  readonly figures?: readonly FigureName[] | undefined
}

/**
 * A report as CSV. A row is one figure of one tenant in one hour or day, so that a spreadsheet can filter and sum by any column. No
 * totals are in it, which such a sum would count twice.
 */
export function reportCsv(report: Report, { language, figures = figureNames }: CsvOptions): string {
  const { tenant, hour, day, figure, name, unit, value } = headings
  const heads = [tenant, report.period === '24h' ? hour : day, figure, name, unit, value]
  const rows = report.tenants.flatMap(own =>
    own.spans.flatMap(span => {
      const start = plainStart(span.start, report)
      return cellsOf(span, { language, figures }).map(cells => [own.tenant, start, ...cells])
    }),
  )
  return csvOf([heads.map(texts => textIn(texts, language)), ...rows], language)
}

/** Figure, name, unit and value of all that was counted. A number that there is none of, such as a median, has an empty cell. */
function cellsOf(
  span: ReportSpan,
  { language, figures }: Required<CsvOptions> & { figures: readonly FigureName[] },
): readonly (readonly Cell[])[] {
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
