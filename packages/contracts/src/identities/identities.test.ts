import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Failure } from '../failures/failure.ts'
import { identitiesOf, requireIdentities } from './identities.ts'
import { jobs } from '../jobs/jobs.ts'
import { phoneDigits, usablePhoneDigits } from './phone-digits.ts'
import { parseRdDelivery } from '@ponte/webhooks'

const parse = (body: unknown) => parseRdDelivery(body, { leadFields: {}, acceptSyntheticConversions: false })

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

const phoneLike = fc.oneof(
  fc.stringMatching(/^\+?[05]{0,5}[ ()-]{0,2}[\d ()-]{0,16}$/),
  fc.stringMatching(/^[0５５]{0,4}[０-９]{0,12}$/),
  fc.constantFrom('(00) 00000-0000', '+55 0 0', '0800 000 0000', '55 55 5555-5555'),
  fc.string({ unit: 'binary' }),
)
const emailLike = fc.oneof(fc.constantFrom('', ' ', 'null', 'A@B.co ', 'ana@example.com', 'x@x'), fc.emailAddress())
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const person = fc.record({
  uuid: optional(fc.oneof(fc.uuid(), fc.constantFrom('null', '', '0', 7))),
  email: optional(emailLike),
  mobile_phone: optional(phoneLike),
  personal_phone: optional(phoneLike),
  phone: optional(phoneLike),
})

test('a delivery is accepted exactly when its lead has identities, and the worker finds the same ones in the job', () => {
  fc.assert(
    fc.property(person, fc.boolean(), (lead, isNewer) => {
      const body = isNewer ? { event_type: 'WEBHOOK.CONVERTED', contact: lead } : { leads: [lead] }
      const { events, quarantined, ignored } = parse(body)
      expect(ignored).toEqual([])
      expect(events.length + quarantined.length).toBe(1)
      for (const event of events) {
        const identities = identitiesOf(event.lead) ?? expect.unreachable('accepted without an identity')
        expect(identities.length).toBeGreaterThan(0)
        const data = { v: 1, receivedAt: '2026-01-01T00:00:00.000Z', ...event }
        const job = jobs['lead.registered'].data.parse(JSON.parse(JSON.stringify(data)))
        expect(requireIdentities(job.lead)).toEqual(identities)
        for (const { value } of identities) expect(value.trim()).not.toBe('')
      }
      for (const { code } of quarantined) expect(code).toBe('LEAD_WITHOUT_IDENTITY')
    }),
    { numRuns: 2000 },
  )
})

test('a usable phone is the same identity in every spelling, and none of its digits are made up', () => {
  const area = fc.integer({ min: 11, max: 99 })
  const local = fc.integer({ min: 20_000_000, max: 999_999_999 })
  const spell = fc.constantFrom(
    (ddd: number, number: number) => `+55 (${ddd}) ${number}`,
    (ddd: number, number: number) => `0${ddd} ${number}`,
    (ddd: number, number: number) => `0055.${ddd}.${number}`,
    (ddd: number, number: number) => `(${ddd}) ${String(number).replace(/(\d{4})$/, '-$1')}`,
  )
  fc.assert(
    fc.property(area, local, spell, spell, (ddd, number, one, other) => {
      const [first, second] = [one, other].map(write => identitiesOf({ phone: write(ddd, number) })?.[0].value)
      expect(first).toBe(second)
      expect([undefined, phoneDigits(one(ddd, number))]).toContain(first)
    }),
  )
})
