import { crmLead, crmOpportunity, crmUser } from '@ponte/contracts'
import { exampleSettings } from '@ponte/testbed'
import { expect, test } from 'vitest'
import { compareLead, type LeadDeps } from './compare-records.ts'

const receivedAt = '2026-11-28T12:00:00.000Z'
const lead = crmLead.parse({ id: 'l1', name: 'Ana', externalId: 'rd:u1', emails: [{ email: 'ana@x.example' }] })
const delivery = { v: 1, key: 'k', receivedAt, lead: { uuid: 'u1', name: 'Ana', email: 'ana@x.example' } } as const

const entryOf = (id: string, description: string) => ({ id, description, pipelineId: 'p', pipeline: undefined })

/** A CRM with the lead and these opportunities. It ignores filters. */
const crmWith = (...opportunities: readonly object[]): LeadDeps['crm'] => ({
  findLeads: (_filter, isWanted) => Promise.resolve([lead].filter(isWanted)),
  getLead: () => Promise.resolve(lead),
  findOpportunities: (_filter, isWanted) =>
    Promise.resolve(opportunities.map(each => crmOpportunity.parse(each)).filter(isWanted)),
  findUsers: () =>
    Promise.resolve([crmUser.parse({ id: 'u', roleId: 'r', userEmail: [{ email: 'vendas@acme.example' }] })]),
  listCatalog: kind => {
    const {
      totvs_crm_pipeline: pipeline,
      totvs_crm_oportunity_stage: stage,
      totvs_crm_oportunity_type: type,
    } = exampleSettings().variables
    return Promise.resolve([entryOf('p', { pipeline, stage, opportunityType: type }[kind])])
  },
})

const closed = { id: 'o1', status: 'LOST', leadId: 'l1' }
const fieldsOf = async (...opportunities: readonly object[]) =>
  (await compareLead(delivery, { settings: exampleSettings(), crm: crmWith(...opportunities) })).differences.map(
    ({ field }) => field,
  )

test.each([
  { name: 'none', opportunities: [] },
  {
    name: 'one that was closed before the delivery',
    opportunities: [{ ...closed, updatedAt: '2026-11-28T11:00:00Z' }],
  },
  { name: 'one of another lead', opportunities: [{ ...closed, leadId: 'l2', updatedAt: '2026-11-28T13:00:00Z' }] },
])('an opportunity is missing where there is $name', async ({ opportunities }) => {
  expect(await fieldsOf(...opportunities)).toEqual(['opportunity'])
})

test.each([
  { name: 'closed after the delivery', updatedAt: '2026-11-28T13:00:00Z' },
  { name: 'closed after the delivery, in another zone', updatedAt: '2026-11-28T10:00:00-03:00' },
  { name: 'closed at a time without an offset that may be after', updatedAt: '2026-11-28T09:00:00' },
  { name: 'closed nobody knows when', updatedAt: null },
  { name: 'closed after the delivery, in a list without leads', updatedAt: '2026-11-28T13:00:00Z', leadId: undefined },
])('an opportunity is not missing where one was $name', async opportunity => {
  expect(await fieldsOf({ ...closed, ...opportunity })).toEqual([])
})
