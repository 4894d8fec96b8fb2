import { setTimeout as sleep } from 'node:timers/promises'
import type { TenantSettings } from '@ponte/contracts'
import { StoppedError } from './stops.ts'

/** How long a rehearsal waits, in milliseconds. What waits for a contact to grow old takes longer where the tenant says so. */
export interface Patience {
  /** Between two looks at what Ponte has recorded. */
  readonly ownPause: Pause
  /** Between two questions to one of the systems. */
  readonly systemPause: Pause
  /** Between two questions to TOTVS CRM while a person works there. */
  readonly byHandPause: Pause
  /** For RD Station's webhook. */
  readonly webhookMs: number
  /** For the same conversion in the other format. */
  readonly otherFormatMs: number
  /** For a mark: its webhook, and until the contact is old enough. */
  readonly markMs: number
  /** For the webhook of a mark, which an account need not have. */
  readonly echoMs: number
  /** Until a record shows what was written, and until Ponte has carried out what it received. */
  readonly recordMs: number
  /** For a person at TOTVS CRM's screen. */
  readonly byHandMs: number
}

/** How long to wait before the next look, in milliseconds: it grows from look to look. */
export interface Pause {
  readonly firstMs: number
  readonly mostMs: number
}

const SHORT_MS = 250
/** A tenant whose contacts are marked sooner than this is asked as often as Ponte itself: real accounts need longer. */
const SLOW_AGE_MS = 10_000
const GROWTH = 1.25

/** `times`: everything but pauses and the wait for a person takes so many times longer, where accounts or machines are slow. */
export function patienceOf(
  { rdStation }: { rdStation: Pick<TenantSettings['rdStation'], 'minContactAgeSeconds'> },
  times = 1,
): Patience {
  const ageMs = rdStation.minContactAgeSeconds * 1000
  const isSlow = ageMs >= SLOW_AGE_MS
  const mostMs = isSlow ? 5000 : SHORT_MS
  return {
    ownPause: { firstMs: SHORT_MS, mostMs: SHORT_MS },
    systemPause: { firstMs: isSlow ? 1000 : SHORT_MS, mostMs },
    byHandPause: { firstMs: mostMs, mostMs },
    webhookMs: times * 60_000 + ageMs,
    otherFormatMs: times * 5000,
    markMs: times * 60_000 + 2 * ageMs,
    echoMs: times * 15_000 + ageMs / 5,
    recordMs: times * 30_000,
    byHandMs: 3_600_000,
  }
}

/**
 * Looks again and again until there is something, the last time when the time is up. Undefined when there was nothing for so long. Throws
 * StoppedError as soon as the signal is aborted.
 */
export async function waitFor<Found>(
  look: () => Promise<Found | undefined>,
  { forMs, pause, signal }: { forMs: number; pause: Pause; signal: AbortSignal },
): Promise<Found | undefined> {
  const until = performance.now() + forMs
  for (let pauseMs = pause.firstMs; ; pauseMs = Math.min(pauseMs * GROWTH, pause.mostMs)) {
    throwIfInterrupted(signal)
    const found = await look()
    const leftMs = until - performance.now()
    if (found !== undefined || leftMs <= 0) return found
    await sleep(Math.min(pauseMs, Math.ceil(leftMs) + 1), undefined, { signal }).catch(() => undefined)
  }
}

export function throwIfInterrupted({ aborted }: AbortSignal): void {
  if (aborted) throw new StoppedError({ kind: 'interrupted' })
}
