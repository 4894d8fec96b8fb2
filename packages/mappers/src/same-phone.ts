import { MAX_TEXT_LENGTH } from './clip-text.ts'

/**
 * The digits by which two spellings of a phone are compared: without leading zeros and without Brazil's country code 55.
 * `+55 (34) 99000-0000` gives `34990000000`; a number of area code 55 keeps it: `(55) 99000-0000` gives `55990000000`.
 * Empty when there is no digit but zeros. Phones come in free format (reference rd-station.md §1.1).
 */
export function phoneDigits(text: string): string {
  const digits = allDigits(text).replace(/^0+/, '')
  if (!digits.startsWith('55')) return digits

  const national = digits.slice(2).replace(/^0+/, '')
  // With area code a Brazilian number has 10 or 11 digits, without it 8 or 9: only "+" then tells 55 from an area code.
  const shortest = /^\D*\+/.test(text) ? 8 : 10
  return national.length >= shortest && national.length <= 11 ? national : digits
}

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

/** NFKC turns full-width digits, which some keyboards type, into plain ones. */
const allDigits = (text: string): string => text.normalize('NFKC').replace(/\D/g, '')
