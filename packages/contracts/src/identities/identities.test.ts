import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Failure } from '../failures/failure.ts'
import { identitiesOf, isIdentified, requireIdentities } from './identities.ts'
import { phoneDigits, usablePhoneDigits } from './phone-digits.ts'

describe('phones', () => {
  test.each([
    '(00) 00000-0000',
    '+55 (00) 00000-0000',
    '55 0000-0000',
    '+55 (11) 1111-1111',
    '(11) 1111-1111',
    '99999999',
    '0055 99999999',
    '+55 999 9999',
    '000 123-4567',
    '1234567',
    '9'.repeat(300),
    `${'9 '.repeat(150)}1`,
    'não tem',
    '',
    '5,51199E+12',
    '5.51199E+12',
    '="5,51199E+12"',
    'tel:5,51199E+12',
    '5,51199 E+12',
    '5,51199E+12\u200B',
    '5,51199E+12; 5,51199E+12',
  ])('%j tells nobody from others', phone => {
    expect(usablePhoneDigits(phone)).toBeUndefined()
    expect(identitiesOf({ mobilePhone: phone })).toBeUndefined()
  })

  test.each([
    ['(34) 99999-9999', '34999999999'],
    ['3222-0000', '32220000'],
    ['5500-0000', '55000000'],
    ['55 3222-0000', '5532220000'],
    ['+351 912 000 000', '351912000000'],
    ['5511987654321.0 ramal 2', '55119876543212'],
  ])('%s is a phone', (phone, value) => {
    expect(identitiesOf({ phone })).toEqual([{ kind: 'phone', value, spelling: phone }])
  })

  test('two spellings of one phone are one identity; two phones are two, the mobile one first', () => {
    expect(identitiesOf({ mobilePhone: '+55 (34) 99000-0001', phone: '034 99000-0001' })).toHaveLength(1)
    expect(identitiesOf({ phone: '34 3222-0000', mobilePhone: '34 99000-0001' })).toMatchObject([
      { value: '34990000001' },
      { value: '3432220000' },
    ])
  })
})

test('the uuid and the e-mail are identities, and a phone is none beside an e-mail', () => {
  expect(identitiesOf({ uuid: 'u-1', email: 'ana@example.com', phone: '34 3222-0000' })).toEqual([
    { kind: 'uuid', value: 'u-1' },
    { kind: 'email', value: 'ana@example.com' },
  ])
})

test.each([{}, { uuid: 'u-1' }, { uuid: 'u-1', email: '', phone: '(00) 0000-0000' }])(
  'nobody is refused with a code (%#)',
  lead => {
    expect(identitiesOf(lead)).toBeUndefined()
    expect(() => requireIdentities(lead)).toThrow(Failure)
    expect(() => requireIdentities(lead)).toThrow(/^LEAD_WITHOUT_IDENTITY: /)
  },
)

test('a usable phone is the same identity in every spelling, and no digit is invented', () => {
  const area = fc.integer({ min: 11, max: 99 })
  const local = fc.integer({ min: 20_000_000, max: 999_999_999 })
  const spell = fc.constantFrom(
    (ddd: number, number: number) => `+55 (${ddd}) ${number}`,
    (ddd: number, number: number) => `0${ddd} ${number}`,
    (ddd: number, number: number) => `0055.${ddd}.${number}`,
    (ddd: number, number: number) => `(${ddd}) ${String(number).replace(/(\d{4})$/, '-$1')}`,
    // As spreadsheets save it.
    (ddd: number, number: number) => `55${ddd}${number}.0`,
    (ddd: number, number: number) => `55${ddd}${number},00`,
    (ddd: number, number: number) => `="55${ddd}${number}"`,
    (ddd: number, number: number) => `'+55${ddd}${number}`,
  )
  fc.assert(
    fc.property(area, local, spell, spell, (ddd, number, one, other) => {
      const [first, second] = [one, other].map(write => identitiesOf({ phone: write(ddd, number) })?.[0].value)
      expect(first).toBe(second)
      expect([undefined, phoneDigits(one(ddd, number))]).toContain(first)
    }),
  )
})

test('a lead is identified exactly when it has identities', () => {
  const phone = fc.constantFrom('', '(00) 00000-0000', '9'.repeat(300), '34 3222-0000', '+55 48 99999-0000')
  const person = fc.record(
    { uuid: fc.uuid(), email: fc.constantFrom('', 'ana@example.com'), mobilePhone: phone, phone },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(person, lead => {
      expect(isIdentified(lead)).toBe(identitiesOf(lead) !== undefined)
    }),
  )
})
