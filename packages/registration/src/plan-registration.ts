import { isSameTime, message, type Message, SAME_TIME_MS, type SkipReason } from '@ponte/contracts'
import { type LeadHistory, type Conversion, isSameConversion } from '@ponte/state'
import { type Cause, MAX_AHEAD_MS } from './registration-cause.ts'

/** What is known once the lead is found or created, under its lock. */
export interface ObservedLead extends CausedEvent {
  readonly leadId: string
  readonly history: LeadHistory
  /** When the conversion happened for which an earlier run began to create the lead, if it was not recorded as applied. */
  readonly createdFromConversionAt: number | undefined
  /** The lead was imported without opportunities. */
  readonly opensNone: boolean
}

export type RegistrationPlan =
  | { readonly kind: 'skip'; readonly summary: SkipReason }
  | {
      readonly kind: 'apply'
      /** Recorded before anything is written, so that no older conversion is applied if the job dies in between. */
      readonly current: LeadHistory
      /** Recorded again if the lead was not written after all. */
      readonly before: LeadHistory
      /** For a lead that existed before. `fill`: only what is empty is written. `keep`: newer values have been written to it already. */
      readonly write: 'keep' | 'fill' | 'update'
      /** The key of the event that came for the same conversion before and decided it. This one counts as nothing more than an event. */
      readonly repeats: string | undefined
      readonly opensOpportunity: boolean
      /** The message when no opportunity is opened. */
      readonly whyNone: Message
    }

/** The history of a lead that this event has just created. `pendingOpening`: its opportunity is about to be opened. */
export function beginHistory(event: CausedEvent, pendingOpening: LeadHistory['pendingOpening']): LeadHistory {
  const history = appliedBy(event.cause)
  return pendingOpening === undefined ? history : decide({ ...history, pendingOpening }, event)
}

/** Whether this is a mark of Ponte's own that comes back. */
export const isEcho = (cause: Cause): boolean => cause.kind === 'mark' && cause.isOurs

/**
 * What a delivery does to its lead. A delivery that is older than what was applied is skipped. One whose conversion another event has
 * decided only fills what is empty, also after a newer conversion.
 */
export function planRegistration(observed: ObservedLead): RegistrationPlan {
  const { leadId, key, cause, history, createdFromConversionAt, opensNone } = observed
  const decidedBy = decidingEvent(history, observed)
  if (decidedBy !== undefined && decidedBy !== key)
    return {
      ...{ kind: 'apply', current: history, before: history, write: 'fill', repeats: decidedBy },
      ...{ opensOpportunity: false, whyNone: message('conversion-decided-before') },
    }
  const isMark = cause.kind === 'mark'
  const convertedAt = history.convertedAt ?? createdFromConversionAt
  const shownAt = history.shownAt ?? -Infinity
  const latest = Math.max(convertedAt ?? -Infinity, isMark ? shownAt : -Infinity)
  // A delivery without a time counts as later than everything that was received before it, even if a clock that is ahead dated that later.
  // What was imported without a time is applied too, and leaves the newest time as it is.
  const isAfter =
    (cause.isReceived === true && cause.at >= latest - MAX_AHEAD_MS) || (cause.isUndated === true && !isMark)
  const at = isAfter ? Math.max(cause.at, latest) : cause.at
  const isOlder = at < latest
  // Times that are so close do not say which conversion was the later one.
  if (isOlder && (isMark || !isSameTime(at, latest))) {
    return {
      kind: 'skip',
      summary: message(isMark ? 'lead-newer-delivery' : 'lead-newer-conversion', { lead: leadId }),
    }
  }
  // This event itself opened, or was opening, the opportunity that Ponte then marked.
  const isOwn = history.pendingOpening?.key === key || history.lastOpened?.key === key
  // RD Station keeps sending the time of the contact's last mark, long after the opportunity that held up that mark was closed.
  const isDecided = isMark ? at <= (history.decidedAt ?? -Infinity) + SAME_TIME_MS : decidedBy === key
  return {
    kind: 'apply',
    current: { ...history, ...appliedBy({ kind: cause.kind, at: Math.max(at, isMark ? at : latest) }) },
    before: { ...history, ...(convertedAt !== undefined && { convertedAt }) },
    write: at < shownAt && cause.isUndated !== true ? 'keep' : isOlder ? 'fill' : 'update',
    repeats: undefined,
    opensOpportunity: !opensNone && (isOwn || !(isEcho(cause) || isDecided)),
    whyNone: message(opensNone ? 'import-opens-none' : whyNoneOf[isEcho(cause) ? 'echo' : cause.kind]),
  }
}

const whyNoneOf = {
  echo: 'own-mark',
  mark: 'mark-decided-before',
  conversion: 'conversion-decided-before',
} as const

const appliedBy = ({ kind, at }: Pick<Cause, 'kind' | 'at'>): LeadHistory =>
  kind === 'mark' ? { shownAt: at } : { convertedAt: at }

/** Events that are remembered as decided, of one lead. */
const MAX_DECIDED = 20

/** An event, and what it came for. */
export interface CausedEvent {
  readonly key: string
  readonly cause: Cause
  /** Undefined for a mark, and for an imported row without a time: nothing can be the same as that. */
  readonly conversion: Conversion | undefined
}

/** `conversionAt`: the delivery's conversion, if it was at this time. */
export const toCausedEvent = (
  key: string,
  cause: Cause,
  conversionAt: (at: number) => Conversion | undefined,
): CausedEvent => ({
  ...{ key, cause },
  conversion:
    cause.kind === 'conversion' && cause.isUndated !== true ? conversionAt(cause.statedAt ?? cause.at) : undefined,
})

/** The event that decided a conversion: this one in an earlier run, or another event of the same conversion. */
const decidingEvent = (
  { decided = [] }: LeadHistory,
  { key, conversion }: Pick<CausedEvent, 'key' | 'conversion'>,
): string | undefined =>
  conversion &&
  (decided.find(each => each.key === key) ?? decided.find(each => isSameConversion(each, conversion)))?.key

/**
 * The history once the event has opened an opportunity, is opening one, or was held up by an open one. Other deliveries of the same
 * conversion open none then, and neither do later deliveries that repeat the time of a mark by marketing.
 */
export function decide(history: LeadHistory, { key, cause, conversion }: CausedEvent): LeadHistory {
  if (cause.kind === 'mark') return { ...history, decidedAt: cause.at }
  if (conversion === undefined) return history
  const others = (history.decided ?? []).filter(each => each.key !== key)
  return { ...history, decided: [...others, { key, ...conversion }].slice(-MAX_DECIDED) }
}

/** The history when the opportunity that the event was opening was certainly not opened. */
export function undecide({ decided = [], ...history }: LeadHistory, key: string): LeadHistory {
  const others = decided.filter(each => each.key !== key)
  return others.length === 0 ? history : { ...history, decided: others }
}
