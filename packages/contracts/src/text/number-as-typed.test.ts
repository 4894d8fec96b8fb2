import fc from 'fast-check'
import { expect, test } from 'vitest'
import { numberAsTyped } from './number-as-typed.ts'

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

test('what was read is read as itself, and no digit is invented', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[ ='"]{0,3}[\d.,eE+]{0,12}['"]?$/)),
      text => {
        const typed = numberAsTyped(text)
        if (typed === undefined) return
        expect(numberAsTyped(typed)).toBe(typed)
        expect(text.normalize('NFKC').replaceAll(/\D/g, '')).toContain(typed.normalize('NFKC').replaceAll(/\D/g, ''))
      },
    ),
    { numRuns: 1000 },
  )
})
