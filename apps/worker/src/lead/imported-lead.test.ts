import { jobs } from '@ponte/contracts'
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
