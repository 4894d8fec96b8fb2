import { MARKS_KEPT_MS } from '@ponte/state'

/** The CRM's clock and ours may differ by this much. */
const CLOCK_SKEW_MS = 60_000
/** TOTVS CRM is Brazilian: a time without an offset is read as a time of Brasília. */
const HOME_OFFSET = '-03:00'

interface Moment {
  /** When TOTVS CRM says that the opportunity was created. */
  readonly createdAt: string | undefined
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
 * time of creation counts as new.
 */
export function isBeforeOurTime({ createdAt, now, start, receivedAt, marksSince = -Infinity }: Moment): boolean {
  const created = readCreation(createdAt)
  if (created === undefined) return false
  if (created < marksSince || created < now - MARKS_KEPT_MS) return true
  // Received by a version that did not record the start yet: Ponte was running already, and nobody knows since when.
  return receivedAt >= start - CLOCK_SKEW_MS && created < start
}

function readCreation(createdAt: string | undefined): number | undefined {
  if (createdAt === undefined) return undefined
  const hasOffset = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(createdAt)
  const time = Date.parse(hasOffset || !/\d:\d/.test(createdAt) ? createdAt : `${createdAt}${HOME_OFFSET}`)
  return Number.isNaN(time) ? undefined : time
}

/** Ponte was opening it: the CRM's webhook can be faster than its answer to the job, and its clock can be behind ours. */
export function wasBeingOpened(
  { createdAt }: { readonly createdAt?: string | undefined },
  opening: { readonly at: number } | undefined,
): boolean {
  const created = readCreation(createdAt)
  return opening !== undefined && created !== undefined && created >= opening.at - CLOCK_SKEW_MS
}
