import type { MarkFingerprint } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'

/**
 * Version 0.1.0 kept bases without a key. One of the same opportunity as it is now becomes the keyed one, so that an upgrade is
 * no change by a person: no round begins anew, and no write is counted anew.
 */
export function rekeyFingerprints(history: MarkHistory, { basis, former }: MarkFingerprint): MarkHistory {
  const { failing, statusRd } = history
  return {
    ...history,
    ...(failing?.fingerprint === former && { failing: { ...failing, fingerprint: basis } }),
    ...(statusRd?.fingerprint === former && { statusRd: { ...statusRd, fingerprint: basis } }),
  }
}
