import { boundText, normalForm } from '../text/bounded-text.ts'

/** What TOTVS CRM takes in a text field: a longer phone is left out, since a part of it would be another one. */
const MAX_PHONE_LENGTH = 255
const MIN_PHONE_DIGITS = 8

/**
 * The digits by which two spellings of a phone are compared: without leading zeros and without Brazil's country code 55.
 * `+55 (34) 99000-0000` gives `34990000000`; a number of area code 55 keeps it: `(55) 99000-0000` gives `55990000000`.
 * Empty when there is no digit but zeros. Phones come in free format (docs/vendors/rd-station.md#phones).
 */
export function phoneDigits(text: string): string {
  const digits = allDigits(text).replace(/^0+/, '')
  if (!digits.startsWith('55')) return digits

  const national = digits.slice(2).replace(/^0+/, '')
  // With area code a Brazilian number has 10 or 11 digits, without it 8 or 9: only "+" then tells 55 from an area code.
  const shortest = hasPlus(text) ? MIN_PHONE_DIGITS : 10
  return national.length >= shortest && national.length <= 11 ? national : digits
}

/**
 * `phoneDigits` of a phone that tells one person from others, or nothing: it has at least 8 digits and they are not all the
 * same, as in what people type to get past an obligatory field: `(00) 00000-0000`, `+55 (00) 00000-0000`, `(11) 1111-1111`.
 */
export function usablePhoneDigits(text: string): string | undefined {
  if (text.length > MAX_PHONE_LENGTH) return undefined
  const digits = phoneDigits(text)
  if (digits.length < MIN_PHONE_DIGITS || isOneDigit(digits)) return undefined
  return isCountryCodeAlone(text, digits) ? undefined : digits
}

/** 55 with less than a phone behind it. Below 10 digits only "+" tells it from the beginning of a number without area code. */
function isCountryCodeAlone(text: string, digits: string): boolean {
  if (!digits.startsWith('55')) return false
  const national = digits.slice(2).replace(/^0+/, '')
  return hasPlus(text) ? national.length < MIN_PHONE_DIGITS : digits.length >= 10 && isOneDigit(national)
}

const hasPlus = (text: string): boolean => /^\D*\+/.test(text)

const isOneDigit = (digits: string): boolean => /^(\d?)\1*$/.test(digits)

/**
 * NFKC turns full-width digits, which some keyboards type, into plain ones. Only the beginning of a text that is too long for a phone
 * counts.
 */
export const allDigits = (text: string): string =>
  normalForm(boundText(text, MAX_PHONE_LENGTH), 'NFKC').replace(/\D+/g, '')
