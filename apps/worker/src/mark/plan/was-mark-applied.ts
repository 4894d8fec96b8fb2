import type { RdContactEvent, RdFunnel } from '@ponte/contracts'
import { isClient } from '@ponte/mappers'
import type { SentMark } from '@ponte/state'

/** RD Station's clock and ours may differ by this much. */
const CLOCK_SKEW_MS = 60_000

export interface Evidence {
  /** Undefined when RD Station does not know the contact. */
  readonly funnel: Pick<RdFunnel, 'opportunity' | 'lifecycle_stage'> | undefined
  /** Events that made the contact an opportunity: RD Station lists no others. Undefined when they were not asked for. */
  readonly events: readonly Pick<RdContactEvent, 'event_timestamp'>[] | undefined
}

/**
 * Does RD Station show that a mark arrived whose answer was lost? Undefined where it cannot tell. The funnel has one state for all
 * opportunities of the contact, so it answers only where the mark would have changed that state. The events can rule out that an
 * opportunity mark arrived. They cannot confirm it, because they may come from an earlier opportunity that is over. See
 * docs/vendors/rd-station.md#funnel-of-a-contact.
 */
export function hasArrived(
  sent: Pick<SentMark, 'mark' | 'at' | 'wasShown' | 'wasSold'>,
  { funnel, events }: Evidence,
): boolean | undefined {
  if (funnel === undefined) return false
  switch (sent.mark) {
    case 'opportunity':
      return funnel.opportunity && isMarkedSince(sent.at - CLOCK_SKEW_MS, events)
    case 'loss':
      return sent.wasShown ? !funnel.opportunity : undefined
    case 'sale': {
      if (!isClient(funnel)) return false
      // The contact may have been a client before, which proves nothing. That it is not an opportunity any more does.
      if (sent.wasShown) return !funnel.opportunity
      return sent.wasSold ? undefined : true
    }
  }
}

/**
 * Does RD Station show that an answered mark reached the contact, whose address may have changed before? The mark may be old: one that
 * somebody made since has changed what the funnel shows.
 */
export function hasReached(
  sent: Pick<SentMark, 'mark' | 'at' | 'wasShown' | 'wasSold'>,
  evidence: Evidence,
): boolean | undefined {
  const { funnel, events } = evidence
  if (funnel === undefined) return undefined
  if (sent.mark === 'opportunity') return isMarkedSince(sent.at - CLOCK_SKEW_MS, events)
  if (sent.mark === 'sale' && !isClient(funnel)) return false
  if (isMarkedSince(sent.at + CLOCK_SKEW_MS, events)) return sent.mark === 'sale' && !sent.wasSold ? true : undefined
  return hasArrived(sent, evidence)
}

const isMarkedSince = (at: number, events: Evidence['events'] = []): boolean =>
  events.some(event => Date.parse(event.event_timestamp) >= at)
