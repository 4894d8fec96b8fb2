import { createHmac } from 'node:crypto'
import { crmLead, crmOpportunity, type Message, message, PermanentFailure } from '@ponte/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  contactNamesOf,
  markFingerprint,
  marksDue,
  nobodyToMark,
  toLoss,
  toOpportunity,
  toSale,
  unknownStatus,
  worthOf,
} from './crm-opportunity-to-rd-mark.ts'
import { variables } from './testing/lead-arbitraries.ts'

const email = 'maria@example.com'
const opportunity = (members: object) => crmOpportunity.parse({ id: 'o-1', status: 'WON', ...members })
const sale = (totalValue: unknown, maxSaleValue = 99_999_999) =>
  toSale(opportunity({ totalValue }), email, { maxSaleValue })
const refusal = (code: string, context = {}) =>
  expect.objectContaining({ code, constructor: PermanentFailure, context: expect.objectContaining(context) })

test('a status that the map does not name is refused by name', () => {
  expect(unknownStatus('SUSPENDED')).toEqual(refusal('CRM_STATUS_UNKNOWN', { status: 'SUSPENDED' }))
})

test.each([
  ['open', 'none', ['opportunity']],
  ['open', 'open', []],
  ['open', 'hidden', ['opportunity']],
  ['open', 'won', ['opportunity']],
  ['open', 'lost', ['opportunity']],
  ['won', 'none', ['opportunity', 'sale']],
  ['won', 'open', ['sale']],
  ['won', 'hidden', ['sale']],
  ['won', 'lost', ['sale']],
  ['won', 'won', []],
  ['lost', 'none', ['opportunity', 'loss']],
  ['lost', 'open', ['loss']],
  ['lost', 'hidden', ['loss']],
  ['lost', 'won', ['loss']],
  ['lost', 'lost', []],
  ['ignored', 'open', []],
] as const)('an opportunity that is %s and was last marked %s is due %j', (outcome, lastMarked, marks) => {
  expect(marksDue(outcome, lastMarked)).toEqual(marks)
})

test('the opportunity mark names the contact', () => {
  expect(toOpportunity(email)).toEqual({ type: 'OPPORTUNITY', email })
})

test.each([
  [15000, 15000, undefined],
  ['15000.00', 15000, undefined],
  ['15.000,00', 15000, undefined],
  [0, 0, undefined],
  [99_999_999, 99_999_999, undefined],
  [10.1, 10.1, undefined],
  [null, 0, 'sale-without-value'],
  [undefined, 0, 'sale-without-value'],
  ['', 0, 'sale-without-value'],
  [1.005, 1.01, 'sale-value-rounded'],
  [0.125, 0.13, 'sale-value-rounded'],
  [99_999_999.001, 99_999_999, 'sale-value-rounded'],
] as const)('a sale of %j is sent as %d, and the note says %s', (totalValue, value, note) => {
  const notes = note === undefined ? [] : [message(note)]
  expect(sale(totalValue)).toEqual({ mark: { type: 'SALE', email, value }, notes })
})

test.each([-1, -0.001, '-15,00', Number.NaN, Infinity, -Infinity, 'muito', '15.000', {}, true])(
  'a sale of %j is refused',
  totalValue => {
    expect(() => sale(totalValue)).toThrow(refusal('RD_SALE_VALUE_INVALID'))
  },
)

test('a sale above the limit is refused with value and limit', () => {
  const value = 99_999_999.01
  expect(() => sale(value)).toThrow(refusal('RD_SALE_VALUE_ABOVE_LIMIT', { value, limit: 99_999_999 }))
  expect(() => sale(501, 500)).toThrow(refusal('RD_SALE_VALUE_ABOVE_LIMIT'))
})

test('what RD Station gets as a value is finite, from 0 to the limit and of whole cents', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 99_999_999, noNaN: true }), amount => {
      const { value } = sale(amount).mark
      expect(Object.is(value, -0)).toBe(false)
      expect(value >= 0 && value <= 99_999_999).toBe(true)
      expect(value).toBe(Number(value.toFixed(2)))
      expect(Math.abs(value - amount)).toBeLessThanOrEqual(0.0051)
    }),
  )
})

test.each<[given: unknown, reason: string, notes: readonly Message[]]>([
  [{ id: 'r-1', description: 'Preço' }, 'Preço', []],
  ['  Concorrente ', 'Concorrente', []],
  [{ description: 'ã'.repeat(300) }, 'ã'.repeat(255), [message('loss-reason-cut', { length: 300, limit: 255 })]],
  ...[null, undefined, '', '  ', { id: 'r-1' }, { id: 'r-1', description: ' ' }].map(
    (none): [unknown, string, Message[]] => [none, 'Motivo não informado', [message('loss-without-reason')]],
  ),
])('the loss reason %j is told as %s', (lossReason, reason, notes) => {
  expect(toLoss(opportunity({ lossReason }), email)).toEqual({
    mark: { type: 'OPPORTUNITY_LOST', email, reason },
    notes,
  })
})

test.each([
  ['came from RD Station by its id', { externalId: 'rd:u-1', leadOriginId: 'other' }, undefined],
  ['came from RD Station by its origin', { leadOriginId: 'origin-rd', emails: [{ email }] }, undefined],
  ['came from RD Station, without an e-mail', { leadOriginId: 'origin-rd' }, 'lead-has-no-email'],
  ['came from elsewhere', { externalId: 'erp-1', emails: [{ email }] }, 'lead-not-from-rd'],
])('a lead that %s and has no contact is told from one that has nobody to mark', (_what, lead, key) => {
  expect(nobodyToMark(crmLead.parse({ id: 'l', ...lead }), { variables })?.key).toBe(key)
})

test('a contact is asked for by its uuid, then by the standard e-mail, then by the others', () => {
  const lead = { id: 'l', externalId: 'rd:u-1', emails: [{ email: 'b@x.example' }, { email, standard: true }] }
  expect(contactNamesOf(crmLead.parse(lead))).toEqual([{ uuid: 'u-1' }, { email }, { email: 'b@x.example' }])
  expect(contactNamesOf(crmLead.parse({ ...lead, externalId: 'rd:' }))).toHaveLength(2)
})

test('an opportunity without the member of its value is worth nothing, and where a value is expected none is sold', () => {
  const toSell = crmOpportunity.parse({ id: 'o-1', status: 'WON' })
  const limits = { maxSaleValue: 1, isValueExpected: true }
  expect(toSale(toSell, email, { maxSaleValue: 1 }).mark.value).toBe(0)
  expect(() => toSale(toSell, email, limits)).toThrow(refusal('CRM_VALUE_MISSING'))
  expect(toSale(opportunity({ totalValue: null }), email, limits).mark.value).toBe(0)
  const worths = [
    toSell,
    opportunity({ totalValue: null }),
    opportunity({ totalValue: 'x' }),
    opportunity({ totalValue: 1.005 }),
  ]
  expect(worths.map(each => worthOf(each, 'won'))).toEqual([
    undefined,
    { cents: 0 },
    { cents: undefined },
    { cents: 101 },
  ])
  expect(worthOf(opportunity({ lossReason: 'Preço' }), 'lost')).toEqual({ reason: 'Preço' })
  expect(worthOf(opportunity({ totalValue: 5 }), 'open')).toBeUndefined()
})

const keyedWith = (key: string) => (text: string) => createHmac('sha256', key).update(text).digest('hex')
const lost = {
  ...{ status: 'LOST', leadId: 'lead-1', totalValue: 100, lossReason: { id: 'r-1', description: 'Preço' } },
  ...{ updatedAt: '2026-01-01T00:00:00Z', customFields: { statusRD: null } },
}
const emails = [{ email: 'a@x.example' }, { email: 'b@x.example' }]
const fingerprintsOf = (changed: object = {}, lead: object = {}, key = 'key') =>
  markFingerprint(
    { opportunity: opportunity({ ...lost, ...changed }), lead: crmLead.parse({ id: 'lead-1', emails, ...lead }) },
    keyedWith(key),
  )

test('whoever does not have the key finds no e-mail by a fingerprint', () => {
  const [own, other] = [fingerprintsOf(), fingerprintsOf({}, {}, 'another key')]
  expect([own.fingerprint === other.fingerprint, own.person === other.person]).toEqual([false, false])
  expect(JSON.stringify(own)).not.toContain('x.example')
})

test.each([
  ['updatedAt', { updatedAt: '2027-01-01T00:00:00Z' }, {}],
  ['statusRD', { customFields: { statusRD: 'ERRO 1/3' } }, {}],
  ['statusRD in the record', { statusRD: 'ERRO 1/3' }, {}],
  ['the stage', { stage: { id: 's-2' } }, {}],
  ['the notation of the value', { totalValue: '100.00' }, {}],
  ['the case of the status', { status: 'lost' }, {}],
  ['the order of e-mails', {}, { emails: [{ email: 'B@x.example' }, { email: 'A@x.example', standard: true }] }],
  ['the lead’s name', {}, { name: 'Ana' }],
])('%s makes no other fingerprint', (_, changed, lead) => {
  expect(fingerprintsOf(changed, lead)).toEqual(fingerprintsOf())
})

test.each([
  ['the status', { status: 'WON' }, {}, 'the mark alone'],
  ['the value', { totalValue: 101 }, {}, 'the mark alone'],
  ['no value', { totalValue: null }, {}, 'the mark alone'],
  ['a value that is none', { totalValue: 'muito' }, {}, 'the mark alone'],
  ['the loss reason', { lossReason: { id: 'r-2', description: 'Prazo' } }, {}, 'the mark alone'],
  ['the loss reason by its id', { lossReason: { id: 'r-2' } }, {}, 'the mark alone'],
  ['no loss reason', { lossReason: null }, {}, 'the mark alone'],
  ['the lead', { leadId: 'lead-2' }, {}, 'mark and person'],
  ['an e-mail', {}, { emails: [{ email: 'a@x.example' }, { email: 'c@x.example' }] }, 'mark and person'],
  ['one e-mail less', {}, { emails: [{ email: 'a@x.example' }] }, 'mark and person'],
  ['the contact', {}, { externalId: 'rd:1' }, 'the person alone'],
])('%s makes another fingerprint of what depends on it', (_, changed, lead, which) => {
  const [before, after] = [fingerprintsOf(), fingerprintsOf(changed, lead)]
  expect(after.fingerprint !== before.fingerprint).toBe(which !== 'the person alone')
  expect(after.person !== before.person).toBe(which !== 'the mark alone')
})

test('values that cannot be read differ from each other and from none', () => {
  const values = [null, 0, 'muito', 'pouco', {}, Infinity]
  expect(new Set(values.map(totalValue => fingerprintsOf({ totalValue }).fingerprint)).size).toBe(values.length)
})

test('a lead that no longer exists has a fingerprint too', () => {
  const { fingerprint } = markFingerprint({ opportunity: opportunity({}), lead: undefined }, keyedWith('key'))
  expect(fingerprint).toMatch(/^[0-9a-f]{64}$/)
})
