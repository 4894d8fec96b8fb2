import { allDigits, phoneDigits } from '@ponte/contracts'
import { MAX_TEXT_LENGTH } from './clip-text.ts'

/** Whether two texts are the same phone. Texts without digits are no phones, and so are never the same one. */
export function samePhone(one: string, other: string): boolean {
  const digits = phoneDigits(one)
  return digits !== '' && digits === phoneDigits(other)
}

/**
 * The spellings of one phone that are worth a look-up by `{phones.number->eq->x}`, most likely first, each once and in
 * printable ASCII. None when the text holds no phone. What is found has still to be compared with `samePhone`.
 */
export function phoneSearchValues(text: string): string[] {
  const digits = phoneDigits(text)
  if (digits === '' || text.length > MAX_TEXT_LENGTH) return []

  const spellings = [text.trim(), allDigits(text), digits, ...brazilianSpellings(digits)]
  return [...new Set(spellings)].filter(spelling => /^[ -~]+$/.test(spelling))
}

/** The ways in which people in Brazil write a number with its area code; the CRM compares texts, not digits. */
function brazilianSpellings(digits: string): string[] {
  if (digits.length !== 10 && digits.length !== 11) return []
  const [area, first, last] = [digits.slice(0, 2), digits.slice(2, -4), digits.slice(-4)]
  const national = [
    `(${area}) ${first}-${last}`,
    `${area} ${first}-${last}`,
    `(${area})${first}-${last}`,
    `${area} ${first}${last}`,
  ]
  const plain = [`55${digits}`, `+55${digits}`]
  return [...plain, ...national, ...national.flatMap(spelling => [`+55 ${spelling}`, `55 ${spelling}`])]
}
