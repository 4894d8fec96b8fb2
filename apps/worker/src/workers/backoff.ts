import type { TenantSettings } from '@ponte/contracts'

/** Milliseconds before the next attempt: doubling from the first delay up to the longest, a fifth more or less by chance. */
export function backoffMs(
  attemptsMade: number,
  retry: TenantSettings['retry'],
  random: () => number = Math.random,
): number {
  const doubled = retry.firstDelaySeconds * 2 ** (attemptsMade - 1)
  const seconds = Math.min(doubled, retry.maxDelaySeconds)
  return Math.round(seconds * 1000 * (0.8 + 0.4 * random()))
}
