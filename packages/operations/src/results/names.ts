import { countOf, highestFirst, otherText } from '@ponte/state'
import { type BreakdownName, breakdowns, type MeasuredSpan } from '../report/measures.ts'
import { sumSpans } from '../report/read-report.ts'
import type { Results } from './read-results.ts'

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
