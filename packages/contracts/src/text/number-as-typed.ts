import { normalForm } from './bounded-text.ts'

/** No phone and no other number that people have is longer. */
const LONGEST_NUMBER = 255

/** By an apostrophe or a formula a spreadsheet keeps a number as text. */
const apostrophe = /^'(?=[=+(\d])/
const formula = /^=\s*"([^"]*)"$/
/** A form that was decoded twice has a space for the plus. */
const exponent = /^[+-]?\d+(?:[.,]\d+)?e[+-]?\s?\d{1,3}$/i
/** An amount without cents, with or without separators of thousands. */
const wholeAmount = /^([+-]?(?:\d+(?=[.,])|\d{1,3}(?:\.\d{3})+(?=,)|\d{1,3}(?:,\d{3})+(?=\.)))[.,]0{1,2}$/

/**
 * A number that stands for something (a phone, a CNPJ, a postal code) as it was before a spreadsheet saved it: `="5511987654321"`,
 * `'5511987654321`, `5511987654321.0` and `5511987654321,00` are all `5511987654321`. Any other text is returned as it is. Undefined when
 * the number has an exponent, because its digits are lost: the phones of many people are saved as `5,51199E+12`.
 */
export function numberAsTyped(text: string): string | undefined {
  if (text.length > LONGEST_NUMBER) return text
  const saved = text.trim().replace(apostrophe, '')
  const typed = formula.exec(saved)?.[1]?.trim().replace(apostrophe, '') ?? saved
  const number = normalForm(typed, 'NFKC')
  if (exponent.test(number)) return undefined
  return wholeAmount.exec(number)?.[1]?.replaceAll(/[.,]/g, '') ?? (typed === text.trim() ? text : typed)
}
