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

/** NFKC turns full-width digits, which some keyboards type, into plain ones. */
export const allDigits = (text: string): string => text.normalize('NFKC').replace(/\D/g, '')
