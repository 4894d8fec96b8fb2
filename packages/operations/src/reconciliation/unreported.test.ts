import { crmOpportunity, lastMarks, type OpportunityOutcome } from '@ponte/contracts'
import { differingText, marksDue } from '@ponte/mappers'
import type { MarkRecord } from '@ponte/state'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { differenceOf, unreportedOf } from './unreported.ts'

const opportunityOf = (more: object = {}) => crmOpportunity.parse({ id: 'o', leadId: 'l', status: 'Situação', ...more })
const recordOf = (more: Partial<MarkRecord> = {}): MarkRecord => ({
  ...{ marked: 'won', contact: 'c', lead: 'l', person: 'p', worth: { cents: 10_000 } },
  ...more,
})

test.each<[string, MarkRecord | undefined, object, OpportunityOutcome | undefined, readonly string[]]>([
  ['a sale as it was told', recordOf(), { totalValue: '100,00' }, 'won', []],
  ['a sale with another value', recordOf(), { totalValue: 100.01 }, 'won', ['worth']],
  ['a sale whose value was removed', recordOf(), { totalValue: null }, 'won', ['worth']],
  ['a sale whose value cannot be read', recordOf(), { totalValue: 'muito' }, 'won', ['worth']],
  ['a sale without the member of its value, which says nothing', recordOf(), {}, 'won', []],
  ['a sale that another program told', recordOf({ worth: undefined }), { totalValue: 7 }, 'won', []],
  ['a loss with another reason', recordOf({ marked: 'lost', worth: { reason: 'Preço' } }), {}, 'lost', ['worth']],
  [
    'a loss with its reason',
    recordOf({ marked: 'lost', worth: { reason: 'Preço' } }),
    { lossReason: { description: ' Preço ' } },
    'lost',
    [],
  ],
  ['a sale of another lead', recordOf(), { totalValue: 100, leadId: 'other' }, 'won', ['contact']],
  ['another end', recordOf(), { totalValue: 7 }, 'lost', ['state']],
  ['a mark whose answer is not known', recordOf({ pending: true }), { totalValue: 100 }, 'won', ['state']],
  ['an unknown status', recordOf(), {}, undefined, ['state']],
  ['one of which Ponte knows nothing', undefined, {}, 'open', ['state']],
  ['a discarded one of which Ponte knows nothing', undefined, {}, 'ignored', []],
  ['one that was never told, and has another lead', recordOf({ marked: 'none' }), { leadId: 'other' }, 'ignored', []],
])('%s', (_what, record, opportunity, outcome, unreported) => {
  expect(unreportedOf(record, { opportunity: opportunityOf(opportunity), outcome })).toEqual(unreported)
})

test('where the lead was read, its person decides', () => {
  const opportunity = opportunityOf({ totalValue: 100 })
  expect(unreportedOf(recordOf(), { opportunity, outcome: 'won', person: 'p' })).toEqual([])
  expect(unreportedOf(recordOf(), { opportunity, outcome: 'won', person: 'another' })).toEqual(['contact'])
})

const records: fc.Arbitrary<MarkRecord> = fc.record({
  marked: fc.constantFrom(...lastMarks),
  contact: fc.constantFrom('c', undefined),
  lead: fc.constantFrom('l', 'other'),
  person: fc.constantFrom('p', 'another'),
  pending: fc.constantFrom(true, undefined),
  worth: fc.option(fc.oneof(fc.record({ cents: fc.nat(3) }), fc.record({ reason: fc.constantFrom('a', 'b') })), {
    nil: undefined,
  }),
})
const presents = fc.record({
  outcome: fc.constantFrom<OpportunityOutcome>('open', 'won', 'lost', 'ignored'),
  person: fc.constantFrom('p', 'another', undefined),
  opportunity: fc
    .record({ cents: fc.nat(3), reason: fc.constantFrom('a', 'b') })
    .map(({ cents, reason }) => opportunityOf({ totalValue: cents / 100, lossReason: { description: reason } })),
})

test('a mark is due if and only if the state was not reported, and what differs is what was reported last', () => {
  fc.assert(
    fc.property(records, presents, (record, present) => {
      const unreported = unreportedOf(record, present)
      const isDue = marksDue(present.outcome, record.marked).length > 0
      expect(unreported.includes('state')).toBe(isDue || record.pending === true)
      const difference = differenceOf(record, present)
      expect(unreported.includes('worth')).toBe(difference !== undefined)
      if (difference === undefined) return
      expect([difference.sent, difference.state, isDue]).toEqual([record.worth, record.marked, false])
      expect(differingText(difference)).toMatch(/^OK: .+; o (?:valor|motivo) agora é .+: corrija no RD Station$/)
    }),
    { numRuns: 1000 },
  )
})
