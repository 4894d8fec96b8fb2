import { type Language, textIn } from '@ponte/contracts'
import {
  lossesByDay,
  type MeasuredSpan,
  type MeasureName,
  measures,
  nameIn,
  shownFigure,
  type Unit,
} from '@ponte/operations'
import { type ChartPart, plainTones, type TableColumn } from '../../charts/stacked-bars.ts'
import { resultsTexts } from './texts.ts'

/** One picture of results by day. */
export interface ResultsChart {
  readonly title: string
  /** What is said instead when there is nothing to show. */
  readonly none: string
  readonly unit: Unit
  readonly parts: readonly ChartPart[]
  /** The columns of its table. Default: the parts. */
  readonly columns?: readonly TableColumn[]
}

/** The pictures of some days in the order in which they are shown. */
export function resultsCharts(days: readonly MeasuredSpan[], language: Language): readonly ResultsChart[] {
  const words = resultsTexts[language]
  const nameOf = (name: MeasureName): string => textIn(measures[name], language)
  const valuesOf = (name: MeasureName): readonly number[] => days.map(day => measures[name].of(day) ?? 0)
  const column = (name: MeasureName) => ({
    name: nameOf(name),
    texts: days.map(day => shownFigure(name, day, language)),
  })
  return [
    {
      title: nameOf('leadsCreated'),
      none: words.none.leads,
      unit: 'count',
      parts: [{ name: nameOf('leadsCreated'), tone: 'first', values: valuesOf('leadsCreated') }],
      columns: [column('leadsCreated'), column('defaultUser')],
    },
    {
      title: nameOf('opportunities'),
      none: words.none.opportunities,
      unit: 'count',
      parts: [{ name: nameOf('opportunities'), tone: 'first', values: valuesOf('opportunities') }],
    },
    {
      title: nameOf('saleValue'),
      none: words.none.sales,
      unit: 'money',
      parts: [{ name: nameOf('saleValue'), tone: 'good', values: valuesOf('saleValue') }],
      columns: [column('sales'), column('saleValue')],
    },
    { title: nameOf('losses'), none: words.none.losses, unit: 'count', parts: lossParts(days, language) },
  ]
}

function lossParts(days: readonly MeasuredSpan[], language: Language): readonly ChartPart[] {
  const { named, others } = lossesByDay(days, plainTones.length - 1)
  const parts = named.flatMap(({ name, counts: values }, index) => {
    const tone = plainTones[index]
    return tone === undefined ? [] : [{ name: nameIn(name, language), tone, values }]
  })
  const hasOthers = others.some(count => count > 0) || named.length === 0
  return hasOthers ? [...parts, { name: resultsTexts[language].otherReasons, tone: 'soft', values: others }] : parts
}
