import { isEventName } from '@ponte/contracts'
import type { Counts, EndedJobs, Figures, FinalOutcome } from './figures.ts'
import type { Histogram } from './histogram.ts'

/** The figures of several hours, days or tenants together. */
export function sumFigures(all: readonly Figures[]): Figures {
  const sum = (of: (figures: Figures) => number): number => all.reduce((before, figures) => before + of(figures), 0)
  return {
    received: sumCounts(all.map(({ received }) => received)),
    quarantined: sumCounts(all.map(({ quarantined }) => quarantined)),
    ended: sumEnded(all.flatMap(({ ended }) => ended)),
    firstTry: sum(({ firstTry }) => firstTry),
    times: sumTimes(all.map(({ times }) => times)),
    leads: { created: sum(({ leads }) => leads.created), updated: sum(({ leads }) => leads.updated) },
    sources: sumCounts(all.map(({ sources }) => sources)),
    identifiers: sumCounts(all.map(({ identifiers }) => identifiers)),
    defaultUser: sum(({ defaultUser }) => defaultUser),
    opportunities: sum(({ opportunities }) => opportunities),
    marks: {
      opportunity: sum(({ marks }) => marks.opportunity),
      sale: sum(({ marks }) => marks.sale),
      loss: sum(({ marks }) => marks.loss),
    },
    saleCents: sum(({ saleCents }) => saleCents),
    lossReasons: sumCounts(all.map(({ lossReasons }) => lossReasons)),
    calls: {
      contacts: sum(({ calls }) => calls.contacts),
      events: sum(({ calls }) => calls.events),
      crm: sum(({ calls }) => calls.crm),
    },
  }
}

/** How many events had this outcome. Ponte's own jobs (`status-rd.changed`) and quarantined deliveries are not counted. */
export const countEvents = ({ ended }: Pick<Figures, 'ended'>, outcome: FinalOutcome): number =>
  ended.filter(each => each.outcome === outcome && isEventName(each.event)).reduce((sum, { count }) => sum + count, 0)

/** How many events failed, by code. Counts the same events as `countEvents`. A delivery that cannot be read is counted in `quarantined`. */
export const failuresByCode = ({ ended }: Pick<Figures, 'ended'>): Counts =>
  sumCounts(
    ended
      .filter(({ event, outcome }) => outcome === 'failed' && isEventName(event))
      .map(({ code = '', count }) => ({ [code]: count })),
  )

/** The names with the highest counts first. Names with equal counts are in alphabetical order. */
export const highestFirst = (counts: Counts): readonly (readonly [name: string, count: number])[] =>
  Object.entries(counts).toSorted(([one, many], [other, few]) => few - many || (one < other ? -1 : 1))

const sumCounts = (all: readonly Counts[]): Counts => Object.fromEntries(sumEntries(all.flatMap(Object.entries)))

const sumTimes = (all: readonly Histogram[]): Histogram => sumEntries(all.flatMap(times => [...times]))

function sumEntries<Name>(entries: readonly (readonly [Name, number])[]): Map<Name, number> {
  const sums = new Map<Name, number>()
  for (const [name, count] of entries) sums.set(name, (sums.get(name) ?? 0) + count)
  return sums
}

function sumEnded(all: readonly EndedJobs[]): readonly EndedJobs[] {
  const sums = new Map<string, EndedJobs>()
  for (const each of all) {
    const key = `${each.event}:${each.outcome}:${each.code ?? ''}`
    sums.set(key, { ...each, count: each.count + (sums.get(key)?.count ?? 0) })
  }
  return [...sums.values()]
}
