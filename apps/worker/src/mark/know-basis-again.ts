import type { MarkBasis } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'

/**
 * Version 0.1.0 kept bases without a key. One of the same opportunity as it is now becomes the keyed one, so that an upgrade is
 * no change by a person: no round begins anew, and no write is counted anew.
 */
export function knowBasisAgain(history: MarkHistory, { basis, former }: MarkBasis): MarkHistory {
  const { failing, statusRd } = history
  return {
    ...history,
    ...(failing?.basis === former && { failing: { ...failing, basis } }),
    ...(statusRd?.basis === former && { statusRd: { ...statusRd, basis } }),
  }
}
