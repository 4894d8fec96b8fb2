import { foldWord, MAX_WORD } from '@ponte/contracts'

/**
 * A text without case and accents, to compare words that people typed. Outside of ASCII, a text that is longer than any word stays as it
 * is.
 */
export function foldForeignText(text: string): string {
  if (!/\P{ASCII}/u.test(text)) return text.toLowerCase()
  return text.length > MAX_WORD ? text : foldWord(text)
}

/**
 * Deliveries bring the same keys again and again, so folded keys are remembered. A sender may invent keys without end, so the memory is
 * emptied when it is full.
 */
const MAX_REMEMBERED = 2000
const foldedKeys = new Map<string, string>()

/**
 * A key in the form in which it is compared: without case, accents, spaces and punctuation. Also without the prefix `cf_`, which custom
 * fields have in API 2.0 and labels in API 1.x do not (docs/vendors/rd-station.md#names-of-fields).
 */
export function foldKey(key: string): string {
  if (key.length > MAX_WORD) return key
  const before = foldedKeys.get(key)
  if (before !== undefined) return before
  const name = key.replace(/^cf_/i, '')
  const folded = foldForeignText(name).replace(/[^\p{L}\p{N}]+/gu, '') || name
  if (foldedKeys.size >= MAX_REMEMBERED) foldedKeys.clear()
  foldedKeys.set(key, folded)
  return folded
}
