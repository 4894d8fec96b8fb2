import type { TenantSettings } from '@ponte/contracts'

/** Milliseconds before the next attempt: doubles from the first delay to the maximum, then varies randomly by up to 20 %. */
export function backoffMs(
  attemptsMade: number,
  retry: TenantSettings['retry'],
  random: () => number = Math.random,
): number {
  const doubled = retry.firstDelaySeconds * 2 ** (attemptsMade - 1)
  const seconds = Math.min(doubled, retry.maxDelaySeconds)
  return Math.round(seconds * 1000 * (0.8 + 0.4 * random()))
}
