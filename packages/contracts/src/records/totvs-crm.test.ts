import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAmount } from './totvs-crm.ts'

test.each([
  [15000, 15000],
  [0, 0],
  ['15000.00', 15000],
  ['15000', 15000],
  ['15.000,00', 15000],
  ['1.234.567,89', 1_234_567.89],
  ['1.234.567', 1_234_567],
  ['15000,5', 15000.5],
  ['R$ 15.000,00', 15000],
  ['R$\u00a015.000,00', 15000],
  [' 99999999.00 ', 99_999_999],
  ['1.5E7', 15_000_000],
  ['0.500', 0.5],
  ['-15,00', -15],
  ['-R$ 15,00', -15],
])('%j is %d', (value, amount) => {
  expect(readAmount(value)).toBe(amount)
})

test.each([null, undefined, '', '   ', 'R$'])('%j is no amount', value => {
  expect(readAmount(value)).toBeUndefined()
})

test.each([
  '15.000',
  '15,000',
  'quinze mil',
  '1,234.00',
  '1.23.456,00',
  '12e',
  '0x10',
  'Infinity',
  'NaN',
  true,
  {},
  [15],
])('%j cannot be read, and is not guessed', value => {
  expect(readAmount(value)).toBeNaN()
})

test('every amount is read as Brazil and as machines write it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_999_999_900 }), cents => {
      const amount = cents / 100
      const brazilian = amount.toLocaleString('pt-BR', { style: 'currency', currency: 'BRL' })
      expect(readAmount(brazilian)).toBe(amount)
      expect(readAmount(amount.toFixed(2))).toBe(amount)
    }),
  )
})
