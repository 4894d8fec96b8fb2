import { boundText, normalForm } from '../text/bounded-text.ts'
import { numberAsTyped } from '../text/number-as-typed.ts'

/** The longest text that TOTVS CRM accepts. A longer phone is left out, because a part of it would be another phone. */
const MAX_PHONE_LENGTH = 255
const MIN_PHONE_DIGITS = 8

/**
 * The digits by which two spellings of a phone are compared: without leading zeros and without Brazil's country code 55.
 * `+55 (34) 99000-0000` gives `34990000000`; a number of area code 55 keeps it: `(55) 99000-0000` gives `55990000000`.
 * Empty when there is no digit but zeros, or when a spreadsheet has rounded the number. Phones come in free format (docs/vendors/rd-station.md#phones).
 */
export function phoneDigits(text: string): string {
  const digits = allDigits(text).replace(/^0+/, '')
  if (!digits.startsWith('55')) return digits

  const national = digits.slice(2).replace(/^0+/, '')
  // A Brazilian number has 10 or 11 digits with its area code, and 8 or 9 without. For the short ones, only "+" tells 55 from an area code.
  const shortest = hasPlus(text) ? MIN_PHONE_DIGITS : 10
  return national.length >= shortest && national.length <= 11 ? national : digits
}

/**
 * `phoneDigits` of a phone that can identify a person, else undefined. It has at least 8 digits that are not all the same. People type such
 * digits to get past an obligatory field: `(00) 00000-0000`, `+55 (00) 00000-0000`, `(11) 1111-1111`.
 */
export function usablePhoneDigits(text: string): string | undefined {
  if (text.length > MAX_PHONE_LENGTH) return undefined
  const digits = phoneDigits(text)
  if (digits.length < MIN_PHONE_DIGITS || isOneDigit(digits)) return undefined
  return isCountryCodeAlone(text, digits) ? undefined : digits
}

/** 55 without a whole phone behind it. Below 10 digits, only "+" tells it from a number without area code. */
function isCountryCodeAlone(text: string, digits: string): boolean {
  if (!digits.startsWith('55')) return false
  const national = digits.slice(2).replace(/^0+/, '')
  return hasPlus(text) ? national.length < MIN_PHONE_DIGITS : digits.length >= 10 && isOneDigit(national)
}

const hasPlus = (text: string): boolean => /^\D*\+/.test(text)

const isOneDigit = (digits: string): boolean => /^(\d?)\1*$/.test(digits)

/**
 * The digits of a text, none when a spreadsheet has rounded it (`numberAsTyped`). NFKC turns full-width digits, which some keyboards type,
 * into plain ones. Of a text that is too long for a phone, only the beginning counts.
 */
export const allDigits = (text: string): string =>
  normalForm(numberAsTyped(boundText(text, MAX_PHONE_LENGTH)) ?? '', 'NFKC').replace(/\D+/g, '')
