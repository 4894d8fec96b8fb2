import type { TenantSettings } from '@ponte/contracts'
import { Refusal } from '../http/problem.ts'

type IntakeSettings = Pick<TenantSettings['intake'], 'perMinute' | 'burst' | 'mebibytesPerMinute' | 'mebibytesBurst'>

/** The limits of one source of one tenant. */
export type IntakeLimit = ReturnType<typeof createIntakeLimit>

/** What a delivery brought. */
export interface Brought {
  readonly events: number
  readonly bytes: number
}

const MIB = 1024 * 1024
/** What is refused further on has cost more than a refusal here: one try a second is enough to find out about new room. */
const PAUSE_MS = 1000

/** A clock that is never set back: nobody may have to wait for it. */
const monotonicMs = (): number => performance.now()

/**
 * Two token buckets: events and bytes. They are made by hand, because libraries count requests. Here a delivery is charged for its events
 * and bytes once they are known. The buckets are in this process, so that a delivery costs no round trip to Redis. With several ingress
 * processes, the limits hold for each of them.
 */
export function createIntakeLimit(settings: IntakeSettings, now: () => number = monotonicMs) {
  const startedAt = now()
  const bucket = (perMinute: number, burst: number) => ({
    ...{ perMs: perMinute / 60_000, burst },
    ...{ tokens: burst, filledAt: startedAt },
  })
  const events = bucket(settings.perMinute, settings.burst)
  const bytes = bucket(settings.mebibytesPerMinute * MIB, settings.mebibytesBurst * MIB)
  let pausedUntil = -Infinity
  const fill = (each: typeof events): void => {
    const at = now()
    each.tokens = Math.min(each.burst, each.tokens + (at - each.filledAt) * each.perMs)
    each.filledAt = at
  }
  /** How long until the bucket holds one token. */
  const waitMs = (each: typeof events): number => {
    fill(each)
    return Math.max(0, (1 - each.tokens) / each.perMs)
  }
  return {
    /** Seconds that the sender has to wait; undefined when a delivery may come now. */
    waitSeconds(): number | undefined {
      const ms = Math.max(waitMs(events), waitMs(bytes), pausedUntil - now())
      return ms <= 0 ? undefined : Math.max(1, Math.ceil(ms / 1000))
    },
    /** Charges what a delivery brought. A bucket may go below zero, so that one with a small burst takes a large delivery, too. */
    charge(brought: Brought): void {
      fill(events)
      fill(bytes)
      events.tokens -= Math.max(1, brought.events)
      bytes.tokens -= brought.bytes
    },
    /** Gives back what a delivery was charged that found no room further on. */
    giveBack(brought: Brought): void {
      events.tokens += Math.max(1, brought.events)
      bytes.tokens += brought.bytes
    },
    /** Nothing more may come for a second. */
    pause(): void {
      pausedUntil = now() + PAUSE_MS
    },
  }
}

/** Throws Refusal INTAKE_LIMITED while the limit is reached. Charges nothing. */
export function requireRoom(limit: IntakeLimit): void {
  const seconds = limit.waitSeconds()
  if (seconds !== undefined) throw new Refusal('INTAKE_LIMITED', { 'retry-after': String(seconds) })
}

/**
 * Charges a delivery for all that it brought, or throws Refusal INTAKE_LIMITED and charges nothing. Several deliveries may have been
 * admitted while there was room for one, so the limit is asked again.
 */
export function takeRoom(limit: IntakeLimit, brought: Brought): void {
  requireRoom(limit)
  limit.charge(brought)
}
