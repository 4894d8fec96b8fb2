import type { RdContactEvent, RdFunnel } from '@ponte/contracts'
import type { MarkHistory } from '@ponte/state'

/** RD Station's clock and ours may differ by this much. */
const CLOCK_SKEW_MS = 60_000

/** A mark that was sent and is not answered. */
export type Sending = NonNullable<MarkHistory['sending']>

/** What was sent to RD Station of an opportunity and is not answered: a mark of its own, or the contact's mark made again. */
export const unansweredOf = ({ sending, restoreSent }: MarkHistory): Sending | undefined =>
  sending ?? (restoreSent && { ...restoreSent, mark: 'opportunity' })

/**
 * The events of a contact list opportunities, so they can rule out that one arrived. They cannot confirm it: the event may be that of
 * an earlier opportunity, which is over. See docs/vendors/rd-station.md#events-of-a-contact.
 */
export const hasEventSince = (events: readonly Pick<RdContactEvent, 'event_timestamp'>[], { at }: Sending): boolean =>
  events.some(event => Date.parse(event.event_timestamp) >= at - CLOCK_SKEW_MS)

export interface SentMark extends Pick<Sending, 'mark'> {
  /** RD Station showed the contact as an opportunity before, as far as Ponte knows. */
  readonly wasShown: boolean
  readonly wasSold: boolean
}

/**
 * Does the contact's funnel show that the mark arrived? It shows one state for all opportunities of the contact, so it answers
 * only where the mark would have changed that state. No where RD Station cannot tell. See docs/vendors/rd-station.md#funnel-of-a-contact.
 */
export function isShownBy(
  { opportunity, lifecycle_stage }: Pick<RdFunnel, 'opportunity' | 'lifecycle_stage'>,
  { mark, wasShown, wasSold }: SentMark,
): boolean {
  switch (mark) {
    case 'opportunity':
      return opportunity
    case 'loss':
      return wasShown && !opportunity
    case 'sale': {
      if (!/^client/i.test(lifecycle_stage)) return false
      // A contact that was a client before says nothing by being one; that it is no opportunity any more does.
      return wasShown ? !opportunity : !wasSold
    }
  }
}
