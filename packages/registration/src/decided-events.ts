import { type Conversion, isSameConversion, type LeadHistory } from '@ponte/state'
import type { Cause } from './registration-cause.ts'

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
export const decidingEvent = (
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
