/** Without case and accents: how words that people typed are compared. */
export const foldText = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/**
 * A key as it is compared: without case, accents, spaces and punctuation, and without the prefix `cf_` that custom
 * fields have in API 2.0 and labels in API 1.x do not (reference rd-station.md §9, points 6 and 8).
 */
export function foldKey(key: string): string {
  const name = key.replace(/^cf_/i, '')
  return foldText(name).replace(/[^\p{L}\p{N}]/gu, '') || name
}
