import { CLOCK_SKEW_MS } from '@ponte/contracts'
import type { RdMarkTimes } from '@ponte/clients'
import type { MarkName, RdFunnel } from '@ponte/contracts'
import { isClient } from '@ponte/mappers'
import type { ContactRecord, OpenedContact, SentMark } from '@ponte/state'

export interface Evidence {
  /** Undefined when RD Station does not know the contact. */
  readonly funnel: Pick<RdFunnel, 'opportunity' | 'lifecycle_stage'> | undefined
  /** When the contact was marked as an opportunity: RD Station lists no other marks. Undefined when it was not asked for them. */
  readonly opened: RdMarkTimes | undefined
}

type Sent = Pick<SentMark, 'mark' | 'at' | 'wasShown' | 'wasSold' | 'newestBefore'>

/** The latest opportunity mark, if its event is so young that it could be taken for that of one which is sent now (`newestBefore`). */
export const openedJustNow = ({ opened }: ContactRecord, now: number): OpenedContact | undefined =>
  opened !== undefined && now - opened.at < 2 * CLOCK_SKEW_MS ? opened : undefined

/**
 * Up to which time, by RD Station's clock, an event belongs to the latest opportunity mark or to an earlier one. Where RD Station does not
 * list the event of that mark yet, it may still come, and no event of about its time counts for the next one.
 */
export function newestOf(latest: OpenedContact, listed: RdMarkTimes): number {
  const isListed = isOpenedBy(latest, listed)
  return Math.max(...listed.times, isListed ? 0 : latest.at + listed.aheadMs + CLOCK_SKEW_MS)
}

/**
 * Does RD Station show that a mark arrived whose answer was lost? Undefined where it cannot tell. The funnel has one state for all
 * opportunities of the contact, so it answers only where the mark would have changed that state. The events can rule out that an
 * opportunity mark arrived. They cannot confirm it, because they may come from an earlier opportunity that is over. See
 * docs/vendors/rd-station.md#funnel-of-a-contact.
 */
export function hasArrived(sent: Sent, { funnel, opened }: Evidence): boolean | undefined {
  if (funnel === undefined) return false
  switch (sent.mark) {
    case 'opportunity':
      return funnel.opportunity && isOpenedBy(sent, opened)
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
export function hasReached(sent: Sent, evidence: Evidence): boolean | undefined {
  const { funnel, opened } = evidence
  if (funnel === undefined) return undefined
  if (sent.mark === 'opportunity') return isOpenedBy(sent, opened)
  if (sent.mark === 'sale' && !isClient(funnel)) return false
  if (isOpenedSince(sent.at + CLOCK_SKEW_MS, opened)) return sent.mark === 'sale' && !sent.wasSold ? true : undefined
  return hasArrived(sent, evidence)
}

/**
 * Which of the marks that are due, in their order, RD Station shows as made by somebody else since `since`? `shown`, `sold`: what the
 * contact has been reported as before.
 */
export function marksShown(
  due: readonly MarkName[],
  { since, shown, sold }: { readonly since: number; readonly shown: boolean; readonly sold: boolean },
  evidence: Evidence,
): readonly MarkName[] {
  const isOpened = due.includes('opportunity') && isOpenedSince(since - CLOCK_SKEW_MS, evidence.opened)
  const end = due.find(mark => mark !== 'opportunity')
  const sent = { at: since, wasShown: shown || isOpened, wasSold: sold }
  if (end !== undefined && hasArrived({ ...sent, mark: end }, evidence) === true) return due
  const isShown = isOpened && hasArrived({ ...sent, mark: 'opportunity' }, evidence) === true
  return isShown ? ['opportunity'] : []
}

/** An event of before the mark was sent says nothing. With `newestBefore` only RD Station's clock is asked. */
const isOpenedBy = ({ at, newestBefore }: OpenedContact, opened: Evidence['opened']): boolean =>
  newestBefore === undefined
    ? isOpenedSince(at - CLOCK_SKEW_MS, opened)
    : opened?.times.some(time => time > newestBefore) === true

const isOpenedSince = (at: number, opened: Evidence['opened']): boolean =>
  opened?.times.some(time => time - opened.aheadMs >= at) === true
