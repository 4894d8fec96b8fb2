import { type Language, textIn } from '@ponte/contracts'
import {
  type MeasuredSpan,
  type MeasureName,
  measures,
  nameIn,
  shownFigure,
  sumSpans,
  type Unit,
} from '@ponte/operations'
import { countOf, highestFirst, otherText } from '@ponte/state'
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

/** Losses of each day: the most frequent reasons of the period by themselves, all others and losses without a reason as one. */
function lossParts(days: readonly MeasuredSpan[], language: Language): readonly ChartPart[] {
  const reasons = highestFirst(sumSpans(days).figures.lossReasons)
    .map(([reason]) => reason)
    .filter(reason => reason !== otherText)
    .slice(0, plainTones.length - 1)
  const named = reasons.flatMap((reason, index) => {
    const tone = plainTones[index]
    if (tone === undefined) return []
    return {
      name: nameIn(reason, language),
      tone,
      values: days.map(({ figures }) => countOf(figures.lossReasons, reason)),
    }
  })
  const others = days.map(({ figures }) =>
    reasons.reduce((left, reason) => left - countOf(figures.lossReasons, reason), figures.marks.loss),
  )
  const hasOthers = others.some(count => count > 0) || reasons.length === 0
  return hasOthers
    ? [
        ...named,
        { name: resultsTexts[language].otherReasons, tone: 'soft', values: others.map(count => Math.max(0, count)) },
      ]
    : named
}
