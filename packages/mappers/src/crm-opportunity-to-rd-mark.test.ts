import { crmOpportunity, message, PermanentFailure } from '@ponte/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { marksDue, toLoss, toOpportunity, toSale, unknownStatus } from './crm-opportunity-to-rd-mark.ts'
import { outcomeOfStatus } from './opportunity/status.ts'

const statusMap = { PROGRESS: 'open', WON: 'won', LOST: 'lost', DISCARDED: 'ignored' } as const
const email = 'maria@example.com'
const opportunity = (members: Record<string, unknown>) => crmOpportunity.parse({ id: 'o-1', status: 'WON', ...members })
const sale = (totalValue: unknown, maxSaleValue = 99_999_999) =>
  toSale(opportunity({ totalValue }), email, { maxSaleValue })
const refusal = (code: string, context = {}) =>
  expect.objectContaining({ code, constructor: PermanentFailure, context: expect.objectContaining(context) })

test.each(['SUSPENDED', 'toString', '__proto__'])(
  'the status %s, which the map does not name, is refused by name',
  status => {
    expect(outcomeOfStatus(status, statusMap)).toBeUndefined()
    expect(unknownStatus(status)).toEqual(refusal('CRM_STATUS_UNKNOWN', { status }))
  },
)

test.each([
  ['open', 'none', ['opportunity']],
  ['open', 'open', []],
  ['open', 'won', ['opportunity']],
  ['open', 'lost', ['opportunity']],
  ['won', 'none', ['opportunity', 'sale']],
  ['won', 'open', ['sale']],
  ['won', 'lost', ['sale']],
  ['won', 'won', []],
  ['lost', 'none', ['opportunity', 'loss']],
  ['lost', 'open', ['loss']],
  ['lost', 'won', ['loss']],
  ['lost', 'lost', []],
  ['ignored', 'none', []],
  ['ignored', 'open', []],
  ['ignored', 'won', []],
  ['ignored', 'lost', []],
] as const)('an opportunity that is %s and was last marked %s is due %j', (outcome, lastMarked, marks) => {
  expect(marksDue(outcome, lastMarked)).toEqual(marks)
})

test('the opportunity mark names the contact', () => {
  expect(toOpportunity(email)).toEqual({ type: 'OPPORTUNITY', email })
})

test.each([
  [15000, 15000],
  ['15000.00', 15000],
  ['15.000,00', 15000],
  [0, 0],
  [99_999_999, 99_999_999],
  [10.1, 10.1],
])('a sale of %j is sent as %d', (totalValue, value) => {
  expect(sale(totalValue)).toEqual({ mark: { type: 'SALE', email, value }, notes: [] })
})

test.each([null, undefined, ''])('a sale without a value (%j) is sent as 0, and the note says so', totalValue => {
  const { mark, notes } = sale(totalValue)
  expect(mark.value).toBe(0)
  expect(notes).toHaveLength(1)
})

test.each([
  [1.005, 1.01],
  [0.125, 0.13],
  [1234.5678, 1234.57],
  [99_999_999.001, 99_999_999],
])('a sale of %d is rounded to %d, and the note says so', (totalValue, value) => {
  const { mark, notes } = sale(totalValue)
  expect(mark.value).toBe(value)
  expect(notes).toHaveLength(1)
})

test.each([-1, -0.001, '-15,00', Number.NaN, Infinity, -Infinity, 'muito', '15.000', {}, true])(
  'a sale of %j is refused',
  totalValue => {
    expect(() => sale(totalValue)).toThrow(refusal('RD_SALE_VALUE_INVALID'))
  },
)

test('a sale above the limit is refused with value and limit', () => {
  expect(() => sale(99_999_999.01)).toThrow(
    refusal('RD_SALE_VALUE_ABOVE_LIMIT', { value: 99_999_999.01, limit: 99_999_999 }),
  )
  expect(() => sale('100.000.000,00')).toThrow(refusal('RD_SALE_VALUE_ABOVE_LIMIT'))
  expect(() => sale(501, 500)).toThrow(refusal('RD_SALE_VALUE_ABOVE_LIMIT'))
})

test('what RD Station gets as a value is finite, from 0 to the limit and of whole cents', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 99_999_999, noNaN: true }), amount => {
      const { value } = sale(amount).mark
      expect(Object.is(value, -0)).toBe(false)
      expect(value).toBeGreaterThanOrEqual(0)
      expect(value).toBeLessThanOrEqual(99_999_999)
      expect(value).toBe(Number(value.toFixed(2)))
      expect(Math.abs(value - amount)).toBeLessThanOrEqual(0.0051)
    }),
  )
})

test.each([
  [{ id: 'r-1', description: 'Preço' }, 'Preço'],
  ['  Concorrente ', 'Concorrente'],
])('the loss reason %j is sent', (lossReason, reason) => {
  expect(toLoss(opportunity({ lossReason }), email)).toEqual({
    mark: { type: 'OPPORTUNITY_LOST', email, reason },
    notes: [],
  })
})

test.each([null, undefined, '', '  ', { id: 'r-1' }, { id: 'r-1', description: ' ' }])(
  'without a loss reason (%j) RD Station is told that there is none',
  lossReason => {
    const { mark, notes } = toLoss(opportunity({ lossReason }), email)
    expect(mark.reason).toBe('Motivo não informado')
    expect(notes).toHaveLength(1)
  },
)

test('a loss reason that is too long is cut, and the note says so', () => {
  const { mark, notes } = toLoss(opportunity({ lossReason: { description: 'ã'.repeat(300) } }), email)
  expect(mark.reason).toBe('ã'.repeat(255))
  expect(notes).toEqual([message('loss-reason-cut', { length: 300, limit: 255 })])
})
