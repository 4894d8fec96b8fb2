import { describe, expect, test } from 'vitest'
import type { Person } from '../plan/people.ts'
import type { Stand } from '../run/salesperson.ts'
import {
  calmEvidence,
  contactWith,
  markedOpportunity,
  markedSale,
  opportunityOf,
  personOf,
  webhookOf,
  won,
} from './calm-evidence.ts'
import { checkMarks } from './check-marks.ts'
import type { Evidence } from './evidence.ts'

const colleague = { uuid: 'contact-8', email: 'oito@cliente.example' }
const given: Person = { ...personOf('given', 0), colleague }
const entered: Stand = {
  ...{ opportunityId: 'opportunity-1', person: 7, at: '2026-01-01T00:10:00.000Z' },
  ...{ status: 'PROGRESS', value: null, reason: null },
}
const handedOver: Stand = { ...entered, at: '2026-01-01T00:15:00.000Z', isGiven: true }

describe('of an opportunity that was given to a colleague', () => {
  type Marks = Parameters<typeof contactWith>[1]
  const evidence = (former: Marks, isShown: boolean, holder: Marks, heardAt = [10, 15, 20]): Evidence => {
    const contact = contactWith(given, former)
    return {
      ...calmEvidence(),
      people: [given],
      stands: [entered, handedOver, won('opportunity-1', 20, 5)],
      opportunities: [opportunityOf(given, 1, { status: 'WON', leadId: 'lead-8' })],
      contacts: [
        { ...contact, funnel: { ...contact.funnel, opportunity: isShown } },
        contactWith({ ...given, ...colleague }, holder),
      ],
      webhooks: heardAt.map(minute => webhookOf('opportunity-1', minute)),
    }
  }
  const sold = [markedOpportunity, markedSale(5)]

  test('the colleague has everything that came after, and the former contact is no opportunity', () => {
    expect(checkMarks(evidence([markedOpportunity], false, sold))).toEqual([])
  })

  test.each([
    ['the former contact stays an opportunity', evidence([markedOpportunity], true, sold)],
    ['the sale went to the former contact', evidence(sold, false, [])],
    ['the colleague was told of the sale alone', evidence([markedOpportunity], false, [markedSale(5)])],
    [
      'the former contact stays one, though only the marks show that it was read',
      evidence([markedOpportunity], true, sold, [10]),
    ],
    ['nobody was told of the sale', evidence([markedOpportunity], false, [markedOpportunity])],
  ])('%s is a broken promise', (_what, found) => {
    expect(checkMarks(found)).not.toEqual([])
  })

  test('what was never acknowledged need not have been seen', () => {
    expect(checkMarks(evidence([markedOpportunity], true, [], [10]))).toEqual([])
  })
})

describe('of an end that the record shows only after its webhook', () => {
  const visitor = personOf('visitor', 2)
  const at = Date.parse('2026-01-01T00:20:00.000Z')
  const evidence = (trigger: string): Evidence => ({
    ...calmEvidence(),
    stands: [{ ...won('opportunity-1', 20, 100.25), shownAt: at + 2500 }],
    contacts: [contactWith(visitor, [markedOpportunity])],
    webhooks: [webhookOf('opportunity-1', 10), { ...webhookOf('opportunity-1', 20), trigger }],
  })

  test('it must have been seen where the webhook said so', () => {
    expect(checkMarks(evidence('Opportunity won'))).toContainEqual(expect.stringMatching(/instead of/))
    expect(checkMarks(evidence('Opportunity updated'))).toEqual([])
  })
})
