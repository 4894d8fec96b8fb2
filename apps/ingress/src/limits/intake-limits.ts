import type { TenantSettings } from '@ponte/contracts'

type Pace = Pick<TenantSettings['intake'], 'perMinute' | 'burst' | 'mebibytesPerMinute' | 'mebibytesBurst'>

interface Bucket {
  readonly perMs: number
  readonly burst: number
  tokens: number
  filledAt: number
}

/** A delivery that may come is charged for what it brought when that is known: until then the bucket may go below zero. */
export interface IntakeLimit {
  /** How many seconds the sender has to wait; nothing when the delivery may come. */
  waitSeconds(): number | undefined
  charge(brought: { readonly events: number; readonly bytes: number }): void
}

const MIB = 1024 * 1024

/**
 * The token buckets of one source of one tenant: events and bytes. They are this process's own, since asking Redis would cost each
 * delivery a round trip: with several ingress processes the limits hold for each.
 */
export function createIntakeLimit(settings: Pace, now: () => number = Date.now): IntakeLimit {
  const startedAt = now()
  const bucket = (perMinute: number, burst: number): Bucket => ({
    perMs: perMinute / 60_000,
    burst,
    tokens: burst,
    filledAt: startedAt,
  })
  const events = bucket(settings.perMinute, settings.burst)
  const bytes = bucket(settings.mebibytesPerMinute * MIB, settings.mebibytesBurst * MIB)
  const fill = (each: Bucket): void => {
    const at = now()
    each.tokens = Math.min(each.burst, each.tokens + Math.max(0, at - each.filledAt) * each.perMs)
    each.filledAt = at
  }
  /** Until there is one token. */
  const waitMs = (each: Bucket): number => {
    fill(each)
    return Math.max(0, (1 - each.tokens) / each.perMs)
  }
  return {
    waitSeconds() {
      const ms = Math.max(waitMs(events), waitMs(bytes))
      return ms === 0 ? undefined : Math.max(1, Math.ceil(ms / 1000))
    },
    charge(brought) {
      fill(events)
      fill(bytes)
      events.tokens -= Math.max(1, brought.events)
      bytes.tokens -= brought.bytes
    },
  }
}
