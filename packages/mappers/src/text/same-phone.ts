import { allDigits, numberAsTyped, phoneDigits } from '@ponte/contracts'
import { MAX_TEXT_LENGTH } from './clip-text.ts'

/** Whether two texts are the same phone. Texts without digits are not phones, so they are never the same one. */
export function samePhone(one: string, other: string): boolean {
  const digits = phoneDigits(one)
  return digits !== '' && digits === phoneDigits(other)
}

/** More spellings would cost calls and find little: leads that Ponte wrote are found by its own links, in any spelling. */
const MAX_SPELLINGS = 4

/**
 * The spellings of one phone that are worth a look-up by `{phones.number->eq->x}`: the most likely first, at most four, each once and in
 * printable ASCII. None when the text holds no phone. Compare what is found with `samePhone`.
 */
export function phoneSearchValues(text: string): string[] {
  const [digits, typed] = [phoneDigits(text), numberAsTyped(text)]
  if (digits === '' || typed === undefined || text.length > MAX_TEXT_LENGTH) return []

  const spellings = [typed.trim(), digits, ...brazilianSpellings(digits), allDigits(text)]
  return [...new Set(spellings)].filter(spelling => /^[ -~]+$/.test(spelling)).slice(0, MAX_SPELLINGS)
}

/** How a number with its area code is written in Brazil: by forms with a mask, and by programs. */
function brazilianSpellings(digits: string): string[] {
  if (digits.length !== 10 && digits.length !== 11) return []
  const [area, first, last] = [digits.slice(0, 2), digits.slice(2, -4), digits.slice(-4)]
  return [`(${area}) ${first}-${last}`, `+55${digits}`, `55${digits}`, `+55 (${area}) ${first}-${last}`]
}
