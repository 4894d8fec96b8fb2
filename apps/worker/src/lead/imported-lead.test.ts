import { crmLead, crmOpportunity, message } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { deliveryOf, openLeads } from '../testing/recorded-leads.ts'

const lead = {
  ...{ email: 'pessoa@cliente.example', convertedAt: '2026-01-01T12:00:00.000Z' },
  ...{ conversionIdentifier: 'contato', trafficSource: 'Google Ads' },
}
const row = (key: string, more: object = { convertedAt: undefined }) =>
  deliveryOf({ ...lead, ...more }, { v: 2, key, import: { opensOpportunity: true, isUndated: 'convertedAt' in more } })

async function counted(data: ReturnType<typeof row>) {
  const { run, figures } = openLeads()
  await run(data)
  const { leads, opportunities, sources, identifiers } = figures()
  return { created: leads.created, opportunities, sources, identifiers }
}

test('an imported lead that opens an opportunity counts as a lead, and not as a conversion', async () => {
  const one = { created: 1, opportunities: 1 }
  expect(await counted(deliveryOf(lead))).toEqual({ ...one, sources: { 'Google Ads': 1 }, identifiers: { contato: 1 } })
  expect(await counted(row('dated', {}))).toEqual({ ...one, sources: {}, identifiers: {} })
})

test('a row without a date opens an opportunity for a lead of which Ponte opened none, and nothing after that has ended', async () => {
  const { run, change, opportunities } = openLeads()
  await run(row('undated-1'))
  expect([...opportunities.keys()]).toEqual(['opportunity-1'])
  change('opportunity-1', { status: 'LOST' })
  const held = { outcome: 'done', summary: expect.arrayContaining([message('opportunity-before-undated')]) }
  expect(await run(row('undated-2'))).toMatchObject(held)
  expect([...opportunities.keys()]).toEqual(['opportunity-1'])
  // A conversion with a later date is another one.
  await run(row('dated', {}))
  change('opportunity-2', { status: 'LOST' })
  expect(await run(row('undated-3'))).toMatchObject(held)
  expect([...opportunities.keys()]).toEqual(['opportunity-1', 'opportunity-2'])
})

test.each([
  ['of Ponte’s type, which counts as its own', 'opportunityType', 1],
  ['of another type, which is somebody else’s', 'another', 2],
])(
  'beside an ended opportunity without a record, %s, a row without a date knows whose it is',
  async (_of, type, count) => {
    const { run, leads, opportunities } = openLeads()
    const leadId = 'lead-1'
    leads.set(leadId, crmLead.parse({ id: leadId, emails: [{ email: lead.email }] }))
    opportunities.set('old', crmOpportunity.parse({ id: 'old', leadId, status: 'LOST', opportunityType: { id: type } }))
    await run(row('undated'))
    expect(opportunities.size).toBe(count)
  },
)

test('a row without a date whose own opportunity was opened and has ended, although the answer was lost, finds it', async () => {
  const { run, change, stops, opportunities, figures } = openLeads()
  await run(row('undated'), { kind: 'answer lost', stop: 6 })
  expect(stops().at(5)).toBe('create opportunity')
  change('opportunity-1', { status: 'LOST' })
  expect(await run(row('undated'))).toMatchObject({ outcome: 'done', opportunityId: 'opportunity-1' })
  expect([...opportunities.keys()]).toEqual(['opportunity-1'])
  expect(figures().opportunities).toBe(1)
})
