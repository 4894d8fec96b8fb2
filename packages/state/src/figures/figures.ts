import { isEventName } from '@ponte/contracts'

/**
 * How events ended, each under its last outcome. `event` may also be `delivery` (a quarantined one), `status-rd.changed` (a write of
 * Ponte's own) or `unknown`.
 */
export interface EndedJobs {
  readonly event: string
  readonly outcome: FinalOutcome
  /** The failure code, only for `failed`. */
  readonly code?: string
  readonly count: number
}

/** `removed`: it had failed, and a person removed it. */
export type FinalOutcome = 'done' | 'skipped' | 'failed' | 'removed'
const finalOutcomes: readonly FinalOutcome[] = ['done', 'skipped', 'failed', 'removed']

export type Counts = Readonly<Record<string, number>>

/** What is counted for one tenant in an hour, a day, or several of them. See docs/behaviour/figures.md. */
export interface Figures {
  /** Events that were delivered, by event name. Repeated deliveries are not counted. */
  readonly received: Counts
  readonly ended: readonly EndedJobs[]
  /** Events that were done or skipped at their first attempt. */
  readonly firstTry: number
  /** From the delivery of an event until it was done. */
  readonly times: Histogram
  /** Leads that Ponte created or changed in TOTVS CRM. */
  readonly leads: { readonly created: number; readonly updated: number }
  /** Conversions that were carried out, by their source and by their identifier, as RD Station names them. `otherText`: all others. */
  readonly sources: Counts
  readonly identifiers: Counts
  /** Leads that were created with the default user, because no other could be responsible. */
  readonly defaultUser: number
  /** Opportunities that Ponte opened in TOTVS CRM. */
  readonly opportunities: number
  /** Marks that Ponte made in RD Station. A mark that was repeated because another opportunity had ended is not counted again. */
  readonly marks: { readonly opportunity: number; readonly sale: number; readonly loss: number }
  /** The value of all sales that were marked. */
  readonly saleCents: number
  /** The reasons of the losses that were marked. `otherText`: all others. */
  readonly lossReasons: Counts
  /** Calls by quota of RD Station, and all calls to TOTVS CRM. */
  readonly calls: { readonly contacts: number; readonly events: number; readonly crm: number }
}

/** The kinds of figures whose names come from outside: a source, a conversion's identifier, the reason of a loss. */
export const openKinds = ['source', 'identifier', 'reason'] as const
export type OpenKind = (typeof openKinds)[number]

/** The name of a figure in the hashes of its hour and its day: its kind, then what it counts. */
export const figureName = {
  received: (event: string): string => `received:${event}`,
  ended: (event: string, outcome: string, code: string): string => `ended:${event}:${outcome}:${code}`,
  firstTry: 'first-try:',
  time: (bucket: number): string => `time:${bucket}`,
  lead: (what: keyof Figures['leads']): string => `lead:${what}`,
  defaultUser: 'default-user:',
  opportunity: 'opportunity:',
  mark: (mark: keyof Figures['marks']): string => `mark:${mark}`,
  saleCents: 'sale-cents:',
  call: (kind: keyof Figures['calls']): string => `call:${kind}`,
  open: (kind: OpenKind, text: string): string => `${kind}:${text}`,
} as const

/** Names and counts of one hash, of several hashes, or of what is to be added to one. */
export type NamedCounts = ReadonlyMap<string, number>

/** The figures that stand in hashes. Names of other versions are passed over. */
export function toFigures(counts: NamedCounts): Figures {
  const of = (name: string): number => counts.get(name) ?? 0
  const kinds = Map.groupBy(
    [...counts].map(([name, count]) => ({ kind: kindOf(name), rest: name.slice(kindOf(name).length + 1), count })),
    ({ kind }) => kind,
  )
  const each = (kind: string): readonly (readonly [string, number])[] =>
    (kinds.get(kind) ?? []).map(({ rest, count }) => [rest, count])
  return {
    received: Object.fromEntries(each('received')),
    ended: each('ended').flatMap(([rest, count]) => toEnded(rest, count)),
    firstTry: of(figureName.firstTry),
    times: new Map(each('time').map(([bucket, count]) => [Number(bucket), count])),
    leads: { created: of(figureName.lead('created')), updated: of(figureName.lead('updated')) },
    sources: Object.fromEntries(each('source')),
    identifiers: Object.fromEntries(each('identifier')),
    defaultUser: of(figureName.defaultUser),
    opportunities: of(figureName.opportunity),
    marks: {
      opportunity: of(figureName.mark('opportunity')),
      sale: of(figureName.mark('sale')),
      loss: of(figureName.mark('loss')),
    },
    saleCents: of(figureName.saleCents),
    lossReasons: Object.fromEntries(each('reason')),
    calls: {
      contacts: of(figureName.call('contacts')),
      events: of(figureName.call('events')),
      crm: of(figureName.call('crm')),
    },
  }
}

const kindOf = (name: string): string => name.slice(0, Math.max(0, name.indexOf(':')))

/** Nothing was counted. */
export const noFigures = toFigures(new Map())

function toEnded(rest: string, count: number): Figures['ended'] {
  const [event = '', outcomeText, code = ''] = rest.split(':')
  const outcome = finalOutcomes.find(each => each === outcomeText)
  if (outcome === undefined) return []
  return [{ event, outcome, ...(code !== '' && { code }), count }]
}

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

/** How many times fell into each bucket. A bucket without any is absent. */
export type Histogram = ReadonlyMap<number, number>

/** The upper edge of bucket 0, and the factor from each bucket's upper edge to the next. A quantile is right to within 10 %. */
const FIRST_MS = 10
const GROWTH = 1.2
/** Its upper edge is about a month. Longer times are counted in it, too. */
const LAST_BUCKET = 107

/** The bucket of a time. A negative time, because a clock was set back, is in the first. */
export function bucketOf(ms: number): number {
  if (!(ms > FIRST_MS)) return 0
  return Math.min(LAST_BUCKET, Math.ceil(Math.log(ms / FIRST_MS) / Math.log(GROWTH)))
}

const upperEdgeMs = (bucket: number): number => FIRST_MS * GROWTH ** bucket

/**
 * The time, in milliseconds, that the share `quantile` (0 to 1) of all times do not exceed: 0.5 is the median. Undefined when there are
 * none.
 */
export function quantileMs(histogram: Histogram, quantile: number): number | undefined {
  const buckets = [...histogram].toSorted(([one], [other]) => one - other)
  const all = buckets.reduce((sum, [, count]) => sum + count, 0)
  if (all === 0) return undefined
  const wanted = Math.max(0, Math.min(1, quantile)) * all
  let before = 0
  for (const [bucket, count] of buckets) {
    if (before + count >= wanted) return within(bucket, (wanted - before) / count)
    before += count
  }
  return upperEdgeMs(buckets.at(-1)?.[0] ?? 0)
}

/** Assumes that the times in a bucket are spread evenly on a logarithmic scale. */
const within = (bucket: number, share: number): number => upperEdgeMs(bucket - 1 + share)
