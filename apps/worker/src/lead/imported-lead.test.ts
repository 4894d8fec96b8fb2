import { crmLead, crmOpportunity, jobs, message } from '@ponte/contracts'
import { expect, inject, onTestFinished, test } from 'vitest'
import { openRecordedLeads } from '../testing/recorded-leads.ts'

const delivered = {
  v: 1,
  key: 'lead-1',
  receivedAt: new Date().toISOString(),
  lead: {
    email: 'pessoa@cliente.example',
    convertedAt: '2026-01-01T12:00:00.000Z',
    conversionIdentifier: 'contato',
    trafficSource: 'Google Ads',
  },
}

async function counted(data: unknown) {
  const recorded = openRecordedLeads(inject('redisUrl'))
  onTestFinished(() => recorded.close())
  await recorded.run(jobs['lead.registered'].data.parse(data))
  const { leads, opportunities, sources, identifiers } = recorded.figures()
  return { created: leads.created, opportunities, sources, identifiers }
}

test('an imported lead that opens an opportunity counts as a lead, and not as a conversion', async () => {
  const one = { created: 1, opportunities: 1 }
  expect(await counted(delivered)).toEqual({ ...one, sources: { 'Google Ads': 1 }, identifiers: { contato: 1 } })
  const imported = { ...delivered, v: 2, import: { opensOpportunity: true, isUndated: false } }
  expect(await counted(imported)).toEqual({ ...one, sources: {}, identifiers: {} })
})

function openImport() {
  const recorded = openRecordedLeads(inject('redisUrl'))
  onTestFinished(() => recorded.close())
  const row = (key: string, more: object = { convertedAt: undefined }) =>
    jobs['lead.registered'].data.parse({
      ...{ ...delivered, v: 2, key, lead: { ...delivered.lead, ...more } },
      import: { opensOpportunity: true, isUndated: 'convertedAt' in more },
    })
  return { ...recorded, row }
}

test('a row without a date opens an opportunity for a lead of which Ponte opened none, and nothing after that has ended', async () => {
  const { run, row, change, opportunities } = openImport()
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
    const { run, row, leads, opportunities } = openImport()
    const leadId = 'lead-1'
    leads.set(leadId, crmLead.parse({ id: leadId, emails: [{ email: delivered.lead.email }] }))
    opportunities.set('old', crmOpportunity.parse({ id: 'old', leadId, status: 'LOST', opportunityType: { id: type } }))
    await run(row('undated'))
    expect(opportunities.size).toBe(count)
  },
)

test('a row without a date whose own opportunity was opened and has ended, although the answer was lost, finds it', async () => {
  const { run, row, change, stops, opportunities, figures } = openImport()
  await run(row('undated'), { kind: 'answer lost', stop: 6 })
  expect(stops().at(5)).toBe('create opportunity')
  change('opportunity-1', { status: 'LOST' })
  expect(await run(row('undated'))).toMatchObject({ outcome: 'done', opportunityId: 'opportunity-1' })
  expect([...opportunities.keys()]).toEqual(['opportunity-1'])
  expect(figures().opportunities).toBe(1)
})
