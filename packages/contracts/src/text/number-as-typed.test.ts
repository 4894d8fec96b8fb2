import fc from 'fast-check'
import { expect, test } from 'vitest'
import { numberAsTyped, textOfNumber } from './number-as-typed.ts'

test.each([
  ['5511987654321.0', '5511987654321'],
  ['5511987654321,00', '5511987654321'],
  ['5.511.987.654.321,00', '5511987654321'],
  ['5,511,987,654,321.0', '5511987654321'],
  ['="5511987654321"', '5511987654321'],
  ['="+55 (11) 98765-4321"', '+55 (11) 98765-4321'],
  ['= " 01310-100 "', '01310-100'],
  ["'01310100", '01310100'],
  ["'+5511987654321", '+5511987654321'],
  ['="5511987654321.0"', '5511987654321'],
  ['5511987654321.0 ramal 2', '5511987654321 ramal 2'],
  ['tel: 5511987654321,00; 1133334444.0', 'tel: 5511987654321; 1133334444'],
  ['\u200B5511987654321.0\uFEFF', '5511987654321'],
  ['55 11 98765-4321\u200B', '55 11 98765-4321'],
])('%s is %s', (saved, typed) => {
  expect(numberAsTyped(saved)).toBe(typed)
})

test.each([
  '5,51199E+12',
  '5.51199E+12',
  '5,51199e12',
  '6E+12',
  '-1.5E-7',
  // Where a form was decoded twice, the plus has become a space.
  '5,51199E 12',
  ' 5,51199E+12 ',
  '="5,51199E+12"',
  "'5,51199E+12",
  '５,５E+12',
  'tel:5,51199E+12',
  'Tel: 5,51199E+12',
  '5,51199 E+12',
  '5,51199 E 12',
  '5,51199E+12\u200B',
  '5,51199\u00ADE+12',
  '5,51199E+12; 5,51199E+12',
  '5,51199E+125,51199E+12',
  '(11) 3333-4444 / 5.51199E+12 (celular)',
  'tel 55119.9E8',
])('the digits of %s are lost', saved => {
  expect(numberAsTyped(saved)).toBeUndefined()
})

test.each([
  '',
  'não tem',
  '+55 (11) 98765-4321',
  '11.98765.4321',
  '9876.0000',
  '1.500,50',
  '15.000',
  '11.222.333/0001-81',
  '98765-4321 e 3222-0000',
  '11.98765.4321 e 11.3222.0000',
  '98765-4321, ramais 5 e 6',
  '11222333.0001',
  'E5',
  '5E',
  '=',
  '=""',
  "'s-Hertogenbosch",
  '0'.repeat(10_000),
])('%j is left as it is', text => {
  expect([text, '']).toContain(numberAsTyped(text))
  if (text !== '=""') expect(numberAsTyped(text)).toBe(text)
})

const digitsOf = (text = '') => text.normalize('NFKC').replaceAll(/\D/g, '')

/** Whether all that is left was there, in the same order. */
function isMadeOf(left: string, all: string): boolean {
  let at = -1
  return Array.from(left).every(digit => (at = all.indexOf(digit, at + 1)) !== -1)
}

const digits = fc.stringMatching(/^[1-9]\d{7,14}$/)
const save = fc.constantFrom(
  (typed: string) => `${typed}.0`,
  (typed: string) => `${typed},0`,
  (typed: string) => `${typed}.00`,
  (typed: string) => `${Number(typed).toLocaleString('pt-BR')},00`,
  (typed: string) => `${Number(typed).toLocaleString('en-US')}.0`,
  (typed: string) => `="${typed}"`,
  (typed: string) => `'${typed}`,
)

test('a number that a spreadsheet saved with all its digits is that number, and one with an exponent is none', () => {
  fc.assert(
    fc.property(digits, save, fc.integer({ min: 0, max: 12 }), (typed, saveAs, places) => {
      expect(numberAsTyped(saveAs(typed))).toBe(typed)
      const rounded = Number(typed).toExponential(places)
      for (const written of [rounded, rounded.replace('.', ','), rounded.toUpperCase(), `="${rounded}"`])
        expect(numberAsTyped(written)).toBeUndefined()
    }),
  )
})

const around = fc.constantFrom(
  '',
  ' ',
  '\u200B',
  'tel:',
  'Tel: ',
  '; ',
  ' / ',
  ' (celular)',
  ' ramal 2',
  '+55 (11) 3333-4444; ',
)

test('whatever stands around it, a rounded number is none, and of a whole one the decimals are no digits', () => {
  fc.assert(
    fc.property(digits, fc.integer({ min: 0, max: 12 }), around, around, (typed, places, before, after) => {
      const rounded = Number(typed).toExponential(places)
      for (const written of [rounded, rounded.replace('.', ',').toUpperCase(), rounded.replace('e', ' E')])
        expect(numberAsTyped(`${before}${written}${after}`)).toBeUndefined()
      expect(digitsOf(numberAsTyped(`${before}${typed}.0${after}`))).toBe(digitsOf(before + typed + after))
    }),
  )
})

test.each([5.511_99e12, 5.5e12, -1.133_3e10, 1e21])('a number that came as %f has lost its digits', number => {
  expect(numberAsTyped(textOfNumber(number))).toBeUndefined()
})

test.each([5_511_987_654_321, 11_987_650_000, 33_330_000, 900_000, 1.5, 0])(
  'a number that came as %f is that number',
  number => {
    expect(numberAsTyped(textOfNumber(number))).toBe(String(number))
  },
)

/** `fc.string({ unit: 'binary' })` takes seconds to begin. */
const anyText = fc.array(fc.nat({ max: 0x10_ffff })).map(points => String.fromCodePoint(...points))
const character = fc.constantFrom(...Array.from('00123456789.,,eE+ ;=\'"\u200B'))

test('what was read is read as itself, and no digit is invented', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, fc.string({ unit: character, maxLength: 20 })), text => {
      const typed = numberAsTyped(text)
      if (typed === undefined) return
      expect(numberAsTyped(typed)).toBe(typed)
      expect(isMadeOf(digitsOf(typed), digitsOf(text))).toBe(true)
    }),
    { numRuns: 1000 },
  )
})
