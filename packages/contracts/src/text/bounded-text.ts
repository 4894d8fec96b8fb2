/**
 * In UTF-16 units: the longest text of another system, or of a person, that Ponte looks at. Texts are cut to it where they are read
 * out of a body, before any pattern or comparison sees them. It is longer than what either system keeps in a field, so that what
 * shortens a text further (and says so) still sees that it was longer.
 */
export const LONGEST_TEXT = 4096

/** The longest text that is compared as a word. No word that is compared is as long. */
export const LONGEST_WORD = 256

/** Unicode's normal forms sort combining marks, which takes more than linear time: a text of a megabyte takes minutes, this one 1 ms. */
const LONGEST_NORMALISED = 1024

/** At most so many UTF-16 units of a text, never half of a surrogate pair. */
export function boundText(text: string, most = LONGEST_TEXT): string {
  if (text.length <= most) return text
  const isPairCut = isHighSurrogate(text.charCodeAt(most - 1))
  return text.slice(0, isPairCut ? most - 1 : most)
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff

/** The beginning of a text in one of Unicode's normal forms. */
export const normalForm = (text: string, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): string =>
  boundText(text, LONGEST_NORMALISED).normalize(form)

/** A word without case and accents: how words are compared. Of a text that is longer than any word, its beginning. */
export const foldWord = (word: string): string =>
  normalForm(boundText(word, LONGEST_WORD), 'NFD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()

/** A text without the characters that stand at its end once or several times, as `/` does in an address. */
export function withoutEnd(text: string, character: string): string {
  let { length } = text
  while (length > 0 && text.charAt(length - 1) === character) length -= 1
  return text.slice(0, length)
}
