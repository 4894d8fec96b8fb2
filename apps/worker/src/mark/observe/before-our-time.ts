import { PermanentFailure, readCrmTime } from '@ponte/contracts'
import { MARKS_KEEP_S, readTenantStart } from '@ponte/state'
import type { MarkContext } from '../../run/job-context.ts'

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
  if (created < marksSince || created < now - MARKS_KEEP_S * 1000) return true
  // Received by a version that did not record the start yet: Ponte was running already, and nobody knows since when.
  return receivedAt >= start - CLOCK_SKEW_MS && created < start
}

/** The same by what is configured and recorded. `receivedAt`: ISO 8601. `start`: the tenant's, where it has been read already. */
export async function isFromBefore(
  {
    createdAt,
    receivedAt,
    start,
  }: { readonly createdAt?: unknown; readonly receivedAt: string; readonly start: number | undefined },
  { tenant, redis }: Pick<MarkContext, 'tenant' | 'redis'>,
): Promise<boolean> {
  const { marksSince } = tenant.settings
  return isBeforeOurTime({
    ...{ createdAt, receivedAt: Date.parse(receivedAt), now: Date.now() },
    start: start ?? (await readTenantStart(redis, tenant.name)),
    marksSince: marksSince === undefined ? undefined : Date.parse(marksSince),
  })
}

/** Ponte was opening it: the CRM's webhook can be faster than its answer to the job, and its clock can be behind ours. */
export function wasBeingOpened(
  { createdAt }: { readonly createdAt?: unknown },
  opening: { readonly at: number } | undefined,
): boolean {
  const created = readCrmTime(createdAt)
  return opening !== undefined && typeof created === 'object' && created.at >= opening.at - CLOCK_SKEW_MS
}
