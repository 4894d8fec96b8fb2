import { boundText, MAX_TEXT, foldWord, MAX_WORD } from '@ponte/contracts'

/** No form has more check boxes. Further items of a list are left out. */
export const MAX_CHOICES = 1000

/**
 * A text of a body, unchanged except that it is cut to a bound. The parsers read every text by the functions of this file, so that none
 * meets a longer one (test/architecture checks this).
 */
export const readString = (value: unknown, most = MAX_TEXT): string | undefined =>
  typeof value === 'string' ? boundText(value, most) : undefined

/**
 * A value where a text is expected: cut to a bound, trimmed, well-formed Unicode, without control characters, never empty. Numbers and
 * booleans become text. Lists of these are joined by ", " (check boxes). Anything else is absent.
 */
export function readText(value: unknown): string | undefined {
  if (!Array.isArray(value)) return readScalar(value)
  const texts = value.slice(0, MAX_CHOICES).flatMap(item => readScalar(item) ?? [])
  return texts.length === 0 ? undefined : boundText(texts.join(', ')).trimEnd()
}

/** The values that are texts. */
export function readTexts(values: readonly unknown[]): string[] {
  const texts: string[] = []
  for (const value of values) {
    const text = readText(value)
    if (text !== undefined) texts.push(text)
  }
  return texts
}

function readScalar(value: unknown): string | undefined {
  const text = readString(value)
  if (text !== undefined) return clean(text)
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value)
  return undefined
}

/** Line breaks and tabs separate words, so they become spaces. */
function clean(text: string): string | undefined {
  // Checked first, because nearly no text has control characters.
  const plain = /\p{Cc}/u.test(text) ? text.replace(/[\t-\r\u0085]+/g, ' ').replace(/\p{Cc}+/gu, '') : text
  return plain.toWellFormed().trim() || undefined
}

/** An id that can be part of a key, or undefined. Words that templates print for "none" are not ids: many people would share them. */
export function readId(value: unknown): string | undefined {
  const text = (Number.isSafeInteger(value) ? String(value) : readString(value))?.trim() ?? ''
  return /^[A-Za-z0-9_-]{1,64}$/.test(text) && !/^(?:null|nil|none|undefined|[0-]+)$/i.test(text) ? text : undefined
}

/**
 * A date with its offset, as ISO 8601 in UTC. A date without an offset is absent, because nobody knows which moment it means. So is
 * anything that is not a date.
 */
export function readInstant(value: unknown): string | undefined {
  const text = readString(value)?.trim()
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}[T ].*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})$/i.test(text)) return undefined
  const milliseconds = Date.parse(text)
  if (Number.isNaN(milliseconds)) return undefined
  const instant = new Date(milliseconds).toISOString()
  // Years outside of 0000 to 9999 are written with a sign, which other parsers refuse.
  return /^\d{4}-/.test(instant) ? instant : undefined
}

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
