import type { JobData } from '@ponte/contracts'
import type { RecordedMarks } from '@ponte/state'

/** Why RD Station delivered a lead. `at`: milliseconds since 1970, never later than the delivery. */
export type Cause =
  | { readonly kind: 'conversion'; readonly at: number }
  /** The contact became an opportunity; `isOurs`: because Ponte marked it. */
  | { readonly kind: 'mark'; readonly at: number; readonly isOurs: boolean }

/**
 * RD Station also reports marks that integrations made, so Ponte's own marks come back. A flow does not say why it sends a lead:
 * the times of the last conversion and of the last mark show it, or what Ponte recorded of its own marks.
 * See docs/behaviour.md#echoes-of-marks.
 */
export function causeOf({ lead, receivedAt: received }: JobData<'lead.registered'>, recorded: RecordedMarks): Cause {
  const receivedAt = Date.parse(received)
  // A time ahead of the delivery itself is a wrong clock: it must not keep later conversions out.
  const timeOf = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : Math.min(Date.parse(text), receivedAt)
  const convertedAt = timeOf(lead.convertedAt)
  const markedAt = timeOf(lead.markedAt)
  const conversion: Cause = { kind: 'conversion', at: convertedAt ?? receivedAt }

  if (lead.trigger === undefined) return conversion
  if (markedAt !== undefined) {
    const isOurs = recorded.isOwn(markedAt)
    return isOurs || lead.trigger === 'marked-opportunity' ? { kind: 'mark', at: markedAt, isOurs } : conversion
  }
  const ownAt = recorded.latestIfOwn()
  if (lead.trigger === 'marked-opportunity') return { kind: 'mark', at: receivedAt, isOurs: ownAt !== undefined }
  const isOurs = ownAt !== undefined && (convertedAt === undefined || convertedAt < ownAt)
  return isOurs ? { kind: 'mark', at: receivedAt, isOurs } : conversion
}
