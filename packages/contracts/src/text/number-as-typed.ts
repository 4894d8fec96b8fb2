import { normalForm } from './bounded-text.ts'

/** No phone and no other number that people have is longer. */
const MAX_NUMBER = 255

/** By an apostrophe or a formula a spreadsheet keeps a number as text. */
const apostrophe = /^'(?=[=+(\d])/
const formula = /^=\s*"([^"]*)"$/
/** A form that was decoded twice has a space for the plus. */
const numberWithExponent = /^[+-]?\d+(?:[.,]\d+)?e[+-]?\s?\d{1,3}$/i
/** Beside other text. `11.98765.4321 e 11.3222.0000` has none: a spreadsheet writes one digit before the separator. */
const exponent = /\d\s?e\+\s?\d|\d[.,]\d+e[+-]?\s?\d|(?<![\d.,])\d[.,]\d+\s?e\s?\d{1,3}(?!\d)/i
/** An amount without cents, with or without separators of thousands. */
const wholeAmount = /^([+-]?(?:\d+(?=[.,])|\d{1,3}(?:\.\d{3})+(?=,)|\d{1,3}(?:,\d{3})+(?=\.)))[.,]0{1,2}$/
/** The same beside other text, where only a long number is surely one. */
const decimals = /(?<![\d.,]|\d-)(\d{8,})[.,]0{1,2}(?!\d|[.,-]\d)/g
/** Pages and programs leave them beside a number that is copied. */
const invisible = /\p{Cf}+/gu

/**
 * A number that stands for something (a phone, a CNPJ, a postal code) as it was before a spreadsheet saved it: `="5511987654321"`,
 * `'5511987654321`, `5511987654321.0` and `5511987654321,00` are all `5511987654321`, also beside other text. Any other text is returned as it
 * is, without invisible characters. Undefined when it has an exponent, because its digits are lost: the phones of many people are saved as
 * `5,51199E+12`.
 */
export function numberAsTyped(text: string): string | undefined {
  if (text.length > MAX_NUMBER) return text
  const visible = text.replaceAll(invisible, '')
  const saved = visible.trim().replace(apostrophe, '')
  const typed = formula.exec(saved)?.[1]?.trim().replace(apostrophe, '') ?? saved
  const number = normalForm(typed, 'NFKC')
  if (numberWithExponent.test(number) || exponent.test(number)) return undefined
  const whole = wholeAmount.exec(number)?.[1]?.replaceAll(/[.,]/g, '')
  if (whole !== undefined) return whole
  const withoutDecimals = number.replaceAll(decimals, '$1')
  if (withoutDecimals !== number) return numberAsTyped(withoutDecimals)
  return typed === visible.trim() ? visible : typed
}

/**
 * A number of a body as text. JSON may write it with an exponent, which nobody sees once it is read. So one that is as long as a phone and ends in
 * five zeros is written with it again, and has lost its digits (`numberAsTyped`).
 */
export const textOfNumber = (number: number): string =>
  Math.abs(number) >= 1e10 && number % 1e5 === 0 ? number.toExponential() : String(number)
