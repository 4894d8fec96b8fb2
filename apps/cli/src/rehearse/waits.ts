import { setTimeout as sleep } from 'node:timers/promises'
import type { TenantSettings } from '@ponte/contracts'

/** How long a rehearsal waits, in milliseconds. What waits for a contact to grow old takes longer where the tenant says so. */
export interface Patience {
  /** Between two looks. */
  readonly pollMs: number
  /** For RD Station's webhook. */
  readonly webhookMs: number
  /** For a mark: its webhook, and until the contact is old enough. */
  readonly markMs: number
  /** For the webhook of a mark, which an account need not have. */
  readonly echoMs: number
  /** Until a record shows what was written. */
  readonly recordMs: number
  /** For a person at TOTVS CRM's screen. */
  readonly byHandMs: number
}

export function patienceOf({ rdStation }: Pick<TenantSettings, 'rdStation'>): Patience {
  const ageMs = rdStation.minContactAgeSeconds * 1000
  return {
    pollMs: 250,
    webhookMs: 60_000 + ageMs,
    markMs: 60_000 + 2 * ageMs,
    echoMs: 15_000 + ageMs / 5,
    recordMs: 30_000,
    byHandMs: 3_600_000,
  }
}

/** The person pressed Ctrl-C. */
export class InterruptedError extends Error {
  constructor() {
    super('interrupted')
    this.name = 'InterruptedError'
  }
}

/**
 * Looks again and again until there is something. Undefined when there was nothing for so long. Throws InterruptedError as soon as the signal
 * is aborted.
 */
export async function waitFor<Found>(
  look: () => Promise<Found | undefined>,
  { forMs, pollMs, signal }: { forMs: number; pollMs: number; signal: AbortSignal },
): Promise<Found | undefined> {
  const until = performance.now() + forMs
  for (;;) {
    throwIfInterrupted(signal)
    const found = await look()
    if (found !== undefined || performance.now() >= until) return found
    await sleep(pollMs, undefined, { signal }).catch(() => undefined)
  }
}

export function throwIfInterrupted({ aborted }: AbortSignal): void {
  if (aborted) throw new InterruptedError()
}
