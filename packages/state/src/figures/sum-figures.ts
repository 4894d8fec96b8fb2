import { isEventName } from '@ponte/contracts'
import type { Counts, EndedJobs, Figures, FinalOutcome } from './figures.ts'
import type { Histogram } from './histogram.ts'

/** The figures of several hours, days or tenants together. */
export function sumFigures(all: readonly Figures[]): Figures {
  const sum = (of: (figures: Figures) => number): number => all.reduce((before, figures) => before + of(figures), 0)
  return {
    received: sumCounts(all.map(({ received }) => received)),
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
  sumOf(ended.filter(each => each.outcome === outcome && isEventName(each.event)))

/** Events that came to their end without a failure: what they asked for was done, or was there already. */
export const countDelivered = (figures: Pick<Figures, 'ended'>): number =>
  countEvents(figures, 'done') + countEvents(figures, 'skipped')

/** What has failed and is still to be repaired: events, writes of `statusRD`, and deliveries in quarantine. */
export const countFailed = ({ ended }: Pick<Figures, 'ended'>): number => sumOf(ended.filter(isFailed))

/** What had failed, and was removed by a person. */
export const countRemoved = ({ ended }: Pick<Figures, 'ended'>): number =>
  sumOf(ended.filter(({ outcome }) => outcome === 'removed'))

/** Everything that ended. Rates are shares of it. */
export const countEnded = (figures: Pick<Figures, 'ended'>): number =>
  countDelivered(figures) + countFailed(figures) + countRemoved(figures)

/** What has failed, by code, without deliveries in quarantine. */
export const failuresByCode = ({ ended }: Pick<Figures, 'ended'>): Counts =>
  byCode(ended.filter(each => isFailed(each) && !isDelivery(each)))

/** The deliveries in quarantine, by code. */
export const quarantinedByCode = ({ ended }: Pick<Figures, 'ended'>): Counts =>
  byCode(ended.filter(each => isFailed(each) && isDelivery(each)))

const isFailed = ({ outcome }: EndedJobs): boolean => outcome === 'failed'
const isDelivery = ({ event }: EndedJobs): boolean => event === 'delivery'
const sumOf = (ended: readonly EndedJobs[]): number => ended.reduce((sum, { count }) => sum + count, 0)
const byCode = (ended: readonly EndedJobs[]): Counts =>
  sumCounts(ended.filter(({ count }) => count > 0).map(({ code = '', count }) => ({ [code]: count })))

/** The count of a name. A person may have written `constructor`, which every object seems to have. */
export const countOf = (counts: Counts, name: string): number => (Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0)

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
