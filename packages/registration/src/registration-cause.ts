import type { JobData } from '@ponte/contracts'
import type { RecordedMarks } from '@ponte/state'

/** RD Station's clock may be ahead of the ingress's by this much. */
export const MAX_AHEAD_MS = 300_000

/** The clocks of RD Station and of the package may differ by this much. */
const PACKAGE_SKEW_MS = 60_000
/** RD Station may deliver the echo of a mark this much later. */
const LATE_ECHO_MS = 10 * 60_000

/** When a lead was converted or marked. */
interface At {
  /** Milliseconds since 1970, at most `MAX_AHEAD_MS` after the delivery. It puts deliveries in order. */
  readonly at: number
  /** The delivery has no time, so `at` is when it was received. */
  readonly isReceived?: true
  /** It was imported without a time: earlier than everything that has one. It only fills what is empty. */
  readonly isUndated?: true
}

/** Why RD Station delivered a lead. */
export type Cause =
  /** `statedAt`: the time in the delivery where a wrong clock put it too far ahead for `at`. Each delivery of the conversion repeats it. */
  | ({ readonly kind: 'conversion'; readonly statedAt?: number } & At)
  /** The contact became an opportunity. `isOurs`: because Ponte marked it. */
  | ({ readonly kind: 'mark'; readonly isOurs: boolean } & At)

/**
 * Why RD Station delivered a lead. It also reports marks that integrations made, so Ponte's own marks come back. A flow does not say why it
 * sends a lead. The times of the last conversion and the last mark show that, or Ponte's record of its own marks. See
 * docs/behaviour/leads.md#echoes-of-marks. `packageUntil`: until then (milliseconds since 1970) the package made the marks, and their echoes are
 * like those of Ponte's own.
 */
export function causeOf(data: JobData<'lead.registered'>, recorded: RecordedMarks, packageUntil = -Infinity): Cause {
  const { lead, receivedAt: received } = data
  if (data.import?.isUndated === true) return { kind: 'conversion', at: 0, isUndated: true }
  const receivedAt = Date.parse(received)
  const ofReceipt: At = { at: receivedAt, isReceived: true }
  // A time far ahead of the delivery comes from a wrong clock. It must not keep later conversions out.
  const orderOf = (time: number): number => (time <= receivedAt + MAX_AHEAD_MS ? time : receivedAt)
  const statedAt = lead.convertedAt === undefined ? undefined : Date.parse(lead.convertedAt)
  const convertedAt = statedAt === undefined ? undefined : orderOf(statedAt)
  const markedAt = lead.markedAt === undefined ? undefined : orderOf(Date.parse(lead.markedAt))
  const conversion: Cause = {
    kind: 'conversion',
    ...(convertedAt === undefined ? ofReceipt : { at: convertedAt }),
    ...(statedAt !== convertedAt && statedAt !== undefined && { statedAt }),
  }

  if (lead.deliveredFor === undefined) return conversion
  if (markedAt !== undefined) {
    // A contact that the package marked long ago may convert again, and its body may not say which of both came last.
    const mayBeEcho = lead.deliveredFor === 'mark' || receivedAt - markedAt <= LATE_ECHO_MS
    const isOurs = recorded.isOwn(markedAt) || (mayBeEcho && markedAt <= packageUntil + PACKAGE_SKEW_MS)
    return isOurs || lead.deliveredFor === 'mark' ? { kind: 'mark', at: markedAt, isOurs } : conversion
  }
  const ownAt = recorded.latestIfOwn()
  if (lead.deliveredFor === 'mark') {
    const isOurs = ownAt !== undefined || receivedAt <= packageUntil + LATE_ECHO_MS
    return { kind: 'mark', ...ofReceipt, isOurs }
  }
  const isOurs = ownAt !== undefined && (convertedAt === undefined || convertedAt < ownAt)
  return isOurs ? { kind: 'mark', ...ofReceipt, isOurs } : conversion
}
