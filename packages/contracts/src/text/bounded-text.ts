/**
 * In UTF-16 units: the longest text of another system, or of a person, that Ponte looks at. Texts are cut to it when they are read from a
 * body, before any pattern or comparison sees them. It exceeds what either system keeps in a field. So code that shortens a text further,
 * and reports that, still sees that the text was longer.
 */
export const MAX_TEXT = 4096

/** The longest text that is compared as a word. Real words are shorter. */
export const MAX_WORD = 256

/** Unicode's normal forms sort combining marks in more than linear time: a text of a megabyte takes minutes, and this length 1 ms. */
const MAX_NORMALISED = 1024

/** At most `most` UTF-16 units of a text. Never cuts a surrogate pair in half. */
export function boundText(text: string, most = MAX_TEXT): string {
  if (text.length <= most) return text
  const isPairCut = isHighSurrogate(text.charCodeAt(most - 1))
  return text.slice(0, isPairCut ? most - 1 : most)
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff

/** The beginning of a text in one of Unicode's normal forms. */
export const normalForm = (text: string, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): string =>
  boundText(text, MAX_NORMALISED).normalize(form)

/** A word without case and accents, for comparisons. Only the beginning of a text that is longer than any word. */
export const foldWord = (word: string): string =>
  normalForm(boundText(word, MAX_WORD), 'NFD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()

/** A text without one or more of this character at its end, such as the `/` of an address. */
export function withoutEnd(text: string, character: string): string {
  let { length } = text
  while (length > 0 && text.charAt(length - 1) === character) length -= 1
  return text.slice(0, length)
}

/**
 * Characters of an id that Redis holds many of, in base64url: the beginning of a hash, or random. They are 120 bits, enough that no two are
 * ever the same.
 */
export const SHORT_ID_CHARACTERS = 20
