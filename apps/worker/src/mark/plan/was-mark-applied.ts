import type { RdContactEvent, RdFunnel } from '@ponte/contracts'
import type { MarkHistory } from '@ponte/state'

/** RD Station's clock and ours may differ by this much. */
const CLOCK_SKEW_MS = 60_000

/** A mark that was sent and whose answer was lost. */
export type Sending = NonNullable<MarkHistory['sending']>

/**
 * The events of a contact list opportunities, so they can rule out that a first one arrived. They cannot confirm it: the event
 * may be that of an earlier opportunity, which is over. See docs/vendors/rd-station.md#events-of-a-contact.
 */
export const needsEvents = ({ mark }: Sending, { marked }: MarkHistory): boolean =>
  mark === 'opportunity' && marked === 'none'

export const hasEventSince = (events: readonly Pick<RdContactEvent, 'event_timestamp'>[], { at }: Sending): boolean =>
  events.some(event => Date.parse(event.event_timestamp) >= at - CLOCK_SKEW_MS)

export interface SentMark extends Pick<Sending, 'mark' | 'wasOpportunity'> {
  readonly marked: MarkHistory['marked']
  readonly wasSold: boolean
}

/**
 * Does the contact's funnel show that the mark arrived? It shows one state for all opportunities of the contact, so it answers
 * only where the mark would have changed that state. No where RD Station cannot tell. See docs/vendors/rd-station.md#funnel-of-a-contact.
 */
export function isShownBy(
  { opportunity, lifecycle_stage }: Pick<RdFunnel, 'opportunity' | 'lifecycle_stage'>,
  { mark, marked, wasSold, wasOpportunity = marked === 'open' }: SentMark,
): boolean {
  switch (mark) {
    case 'opportunity':
      return opportunity
    case 'loss':
      return wasOpportunity && !opportunity
    case 'sale': {
      if (!/^client/i.test(lifecycle_stage)) return false
      // A contact that was a client before says nothing by being one; that it is no opportunity any more does.
      return wasOpportunity ? !opportunity : !wasSold
    }
  }
}
