import type { MarkFingerprint } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'

/**
 * Version 0.1.0 recorded fingerprints without a key. Where one is of the opportunity as it is now, the keyed one replaces it. So
 * an upgrade does not look like a change by a person: no round starts again, and writes are not counted from zero.
 */
export function rekeyFingerprints(history: MarkHistory, { fingerprint, unkeyed }: MarkFingerprint): MarkHistory {
  const { failing, statusRd } = history
  return {
    ...history,
    ...(failing?.fingerprint === unkeyed && { failing: { ...failing, fingerprint } }),
    ...(statusRd?.fingerprint === unkeyed && { statusRd: { ...statusRd, fingerprint } }),
  }
}
