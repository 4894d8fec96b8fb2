import { phoneDigits } from '@ponte/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { phoneSearchValues, samePhone } from './same-phone.ts'

test('two texts without a phone are never the same phone', () => {
  expect(samePhone('não tem', 'não tem')).toBe(false)
  expect(samePhone('00', '0')).toBe(false)
})

test('another area code is another phone', () => {
  expect(samePhone('(34) 99000-0000', '(35) 99000-0000')).toBe(false)
})

const area = fc.integer({ min: 11, max: 99 })
const local = fc.integer({ min: 20_000_000, max: 999_999_999 })
const spell = fc.constantFrom(
  (ddd: number, number: number) => `+55 (${ddd}) ${number}`,
  (ddd: number, number: number) => `55${ddd}${number}`,
  (ddd: number, number: number) => `0${ddd} ${number}`,
  (ddd: number, number: number) => `+55 0${ddd} ${number}`,
  (ddd: number, number: number) => `(${ddd}) ${String(number).replace(/(\d{4})$/, '-$1')}`,
  (ddd: number, number: number) => `0055.${ddd}.${number}`,
)

test('every spelling of a Brazilian phone is the same phone, and a search for one can find the plain others', () => {
  fc.assert(
    fc.property(area, local, spell, spell, (ddd, number, one, other) => {
      expect(phoneDigits(one(ddd, number))).toBe(`${ddd}${number}`)
      expect(samePhone(one(ddd, number), other(ddd, number))).toBe(true)
      expect(phoneSearchValues(one(ddd, number))).toEqual(expect.arrayContaining([`${ddd}${number}`, one(ddd, number)]))
    }),
  )
})

test('the digits of digits are the same digits', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\+?[05]{0,6}\d{0,14}$/)), text => {
      expect(phoneDigits(phoneDigits(text))).toBe(phoneDigits(text))
    }),
  )
})

test.each([
  [' +55 (34) 99000-0000 ', ['+55 (34) 99000-0000', '34990000000', '(34) 99000-0000', '+5534990000000']],
  ['(34) 3222-0000', ['(34) 3222-0000', '3432220000', '+553432220000', '553432220000']],
  ['34990000000', ['34990000000', '(34) 99000-0000', '+5534990000000', '5534990000000']],
])('a search for %j tries four spellings, as given first, then the likeliest others', (text, spellings) => {
  expect(phoneSearchValues(text)).toEqual(spellings)
})

test.each([
  ['(11) 95555-4446', '+5511955554446'],
  ['(11) 95555-5447', '11 95555-5447'],
  ['+5511955556447', '11955556447'],
  ['11955557447', '55 11 95555-7447'],
  ['(48) 3025-2598', '4830252598'],
])('a phone that somebody typed into the CRM as %s is found by a lead that has %s', (stored, incoming) => {
  expect(phoneSearchValues(incoming)).toContain(stored)
})

test('a foreign phone is not searched for in Brazil', () => {
  expect(phoneSearchValues('+351 912 000 000')).toEqual(['+351 912 000 000', '351912000000'])
})

test('a search is made for phones only, in at most four spellings of printable ASCII, and means the same phone', () => {
  expect(phoneSearchValues('não tem')).toEqual([])
  expect(phoneSearchValues('9'.repeat(300))).toEqual([])
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[+() \d\u00a0-]{1,20}$/)), text => {
      const values = phoneSearchValues(text)
      expect(values.length).toBeLessThanOrEqual(4)
      expect(new Set(values).size).toBe(values.length)
      for (const value of values) {
        expect(value).toMatch(/^[\x20-\x7e]+$/)
        expect(samePhone(value, text)).toBe(true)
      }
    }),
  )
})
