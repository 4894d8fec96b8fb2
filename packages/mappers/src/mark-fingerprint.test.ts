import { createHmac } from 'node:crypto'
import { crmLead, crmOpportunity } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { markFingerprint } from './mark-fingerprint.ts'

const keyedWith = (key: string) => (text: string) => createHmac('sha256', key).update(text).digest('hex')
const fingerprintsOf = (opportunity: Record<string, unknown>, lead: Record<string, unknown> | undefined, key = 'key') =>
  markFingerprint(
    {
      opportunity: crmOpportunity.parse({
        id: 'o-1',
        status: 'LOST',
        leadId: 'lead-1',
        totalValue: 100,
        lossReason: { id: 'r-1', description: 'Preço' },
        updatedAt: '2026-01-01T00:00:00Z',
        customFields: { statusRD: null },
        ...opportunity,
      }),
      lead: crmLead.parse({ id: 'lead-1', emails: [{ email: 'a@x.example' }, { email: 'b@x.example' }], ...lead }),
    },
    keyedWith(key),
  )
const fingerprint = (opportunity: Record<string, unknown> = {}, lead: Record<string, unknown> | undefined = {}) =>
  fingerprintsOf(opportunity, lead).fingerprint

test('whoever does not have the key finds no e-mail by a fingerprint', () => {
  const [own, other] = [fingerprintsOf({}, {}), fingerprintsOf({}, {}, 'another key')]
  for (const of of ['fingerprint', 'person'] as const) {
    expect(own[of]).not.toBe(other[of])
    expect(own[of]).not.toContain('x.example')
  }
})

test('the fingerprint of the person covers the lead, what names its contact, and nothing of the opportunity', () => {
  const { person } = fingerprintsOf({}, {})
  for (const same of [{ status: 'WON' }, { totalValue: 5 }]) expect(fingerprintsOf(same, {}).person).toBe(person)
  expect(fingerprintsOf({ leadId: 'lead-2' }, {}).person).not.toBe(person)
  expect(fingerprintsOf({}, { externalId: 'rd:1' }).person).not.toBe(person)
  expect(fingerprintsOf({}, { emails: [{ email: 'c@x.example' }] }).person).not.toBe(person)
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
])('%s does not make another fingerprint', (_, opportunity, lead) => {
  expect(fingerprint(opportunity, lead)).toBe(fingerprint())
})

test.each([
  ['the status', { status: 'WON' }, {}],
  ['the value', { totalValue: 101 }, {}],
  ['no value', { totalValue: null }, {}],
  ['a value that is none', { totalValue: 'muito' }, {}],
  ['the loss reason', { lossReason: { id: 'r-2', description: 'Prazo' } }, {}],
  ['no loss reason', { lossReason: null }, {}],
  ['the lead', { leadId: 'lead-2' }, {}],
  ['an e-mail', {}, { emails: [{ email: 'a@x.example' }, { email: 'c@x.example' }] }],
  ['one e-mail less', {}, { emails: [{ email: 'a@x.example' }] }],
])('%s makes another fingerprint', (_, opportunity, lead) => {
  expect(fingerprint(opportunity, lead)).not.toBe(fingerprint())
})

test('values that cannot be read differ from each other and from none', () => {
  const bases = [null, 0, 'muito', 'pouco', {}, Infinity].map(totalValue => fingerprint({ totalValue }))
  expect(new Set(bases).size).toBe(bases.length)
})

test('a lead that no longer exists has a fingerprint too', () => {
  const opportunity = crmOpportunity.parse({ id: 'o-1', status: 'WON' })
  expect(markFingerprint({ opportunity, lead: undefined }, keyedWith('key')).fingerprint).toMatch(/^[0-9a-f]{64}$/)
})
