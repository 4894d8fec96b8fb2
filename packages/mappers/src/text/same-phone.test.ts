import { phoneDigits } from '@ponte/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { phoneSearchValues, samePhone } from './same-phone.ts'

test.each([
  ['não tem', 'não tem'],
  ['00', '0'],
  ['(34) 99000-0000', '(35) 99000-0000'],
])('%s and %s are not the same phone', (one, other) => {
  expect(samePhone(one, other)).toBe(false)
})

const spell = fc.constantFrom(
  (area: number, number: number) => `+55 (${area}) ${number}`,
  (area: number, number: number) => `55${area}${number}`,
  (area: number, number: number) => `+55 0${area} ${number}`,
  (area: number, number: number) => `(${area}) ${String(number).replace(/(\d{4})$/, '-$1')}`,
  (area: number, number: number) => `0055.${area}.${number}`,
)

test('every spelling of a Brazilian phone is the same phone, and a search for one can find the plain others', () => {
  const area = fc.integer({ min: 11, max: 99 })
  fc.assert(
    fc.property(area, fc.integer({ min: 20_000_000, max: 999_999_999 }), spell, spell, (ddd, number, one, other) => {
      expect(phoneDigits(one(ddd, number))).toBe(`${ddd}${number}`)
      expect(samePhone(one(ddd, number), other(ddd, number))).toBe(true)
      expect(phoneSearchValues(one(ddd, number))).toEqual(expect.arrayContaining([`${ddd}${number}`, one(ddd, number)]))
    }),
  )
})

test.each([
  [' +55 (34) 99000-0000 ', ['+55 (34) 99000-0000', '34990000000', '(34) 99000-0000', '+5534990000000']],
  ['(34) 3222-0000', ['(34) 3222-0000', '3432220000', '+553432220000', '553432220000']],
  ['34990000000', ['34990000000', '(34) 99000-0000', '+5534990000000', '5534990000000']],
  ['55 11 95555-7447', ['55 11 95555-7447', '11955557447', '(11) 95555-7447', '+5511955557447']],
  ['+351 912 000 000', ['+351 912 000 000', '351912000000']],
  ['não tem', []],
  ['9'.repeat(300), []],
])('a search for %j tries four spellings at most, as given first, then the likeliest others', (text, spellings) => {
  expect(phoneSearchValues(text)).toEqual(spellings)
})

test('every spelling that is searched for is printable ASCII, and the same phone', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[+() \d\u00a0-]{1,20}$/)), text => {
      const values = phoneSearchValues(text)
      expect(new Set(values).size).toBe(values.length)
      expect(values.filter(value => !/^[\x20-\x7e]+$/.test(value) || !samePhone(value, text))).toEqual([])
    }),
  )
})
