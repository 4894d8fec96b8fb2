import { PermanentFailure, readCrmTime } from '@ponte/contracts'
import { MARKS_KEPT_MS } from '@ponte/state'

/** The CRM's clock and ours may differ by this much. */
const CLOCK_SKEW_MS = 60_000

interface Moment {
  /** When TOTVS CRM says that the opportunity was created, as it came. */
  readonly createdAt: unknown
  /** Milliseconds since 1970, here and below. */
  readonly now: number
  /** When Ponte first ran for the tenant with this Redis. */
  readonly start: number
  /** When the delivery was received. */
  readonly receivedAt: number
  /** The tenant's `marksSince`. */
  readonly marksSince: number | undefined
}

/**
 * Is an opportunity that Ponte has no record of older than Ponte's work for the tenant, or than records are kept? One without a
 * time of creation counts as new; one whose time cannot be read is a failure, because its sale may have been told long ago.
 *
 * @throws PermanentFailure `CRM_CREATION_UNREADABLE`
 */
export function isBeforeOurTime({ createdAt, now, start, receivedAt, marksSince = -Infinity }: Moment): boolean {
  const time = readCrmTime(createdAt)
  if (time === undefined) return false
  if (time === 'unreadable') throw new PermanentFailure('CRM_CREATION_UNREADABLE')
  const created = time.at
  if (created < marksSince || created < now - MARKS_KEPT_MS) return true
  // Received by a version that did not record the start yet: Ponte was running already, and nobody knows since when.
  return receivedAt >= start - CLOCK_SKEW_MS && created < start
}

/** Ponte was opening it: the CRM's webhook can be faster than its answer to the job, and its clock can be behind ours. */
export function wasBeingOpened(
  { createdAt }: { readonly createdAt?: unknown },
  opening: { readonly at: number } | undefined,
): boolean {
  const created = readCrmTime(createdAt)
  return opening !== undefined && typeof created === 'object' && created.at >= opening.at - CLOCK_SKEW_MS
}
