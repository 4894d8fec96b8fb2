import { crmLead, crmOpportunity } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { deliveryOf, everyFault, openLeads } from '../testing/recorded-leads.ts'

const email = 'pessoa@cliente.example'
const uuid = '11111111-1111-4111-8111-111111111111'
const conversion = deliveryOf({ uuid, email, convertedAt: new Date().toISOString() })

/** With an opportunity of Ponte's type that another program, or a person, opened a moment ago and that was lost. */
function openWithOther(createdAt: unknown) {
  const leads = openLeads()
  leads.leads.set('lead-1', crmLead.parse({ id: 'lead-1', emails: [{ email }] }))
  const ofOther = { id: 'of-other', leadId: 'lead-1', status: 'LOST', opportunityType: { id: 'opportunityType' } }
  leads.opportunities.set('of-other', crmOpportunity.parse({ ...ofOther, createdAt }))
  return leads
}

const stops = ['step', 'find lead', 'find lead', 'step', 'step', 'get lead', 'update lead', 'find opportunities']
const openingStops = [...stops, 'step', 'create opportunity', 'step']
test.each(everyFault(openingStops))(
  'stop $stop ($what) $kind: an opportunity that another had opened for the lead is not taken for the one whose answer was lost',
  async fault => {
    const leads = openWithOther(new Date().toISOString())
    await leads.run(conversion, fault)
    await leads.endLocks()
    await leads.run(conversion)
    await leads.arrive()
    expect([...leads.opportunities.keys()]).toEqual(['of-other', 'opportunity-2'])
    expect(await leads.historyOf()).toMatchObject({ lastOpened: { id: 'opportunity-2' }, others: ['of-other'] })
  },
)

test('a run of a lead that others have brought over looks its opportunities up once', async () => {
  const leads = openWithOther(new Date().toISOString())
  await leads.run(conversion)
  expect(leads.stops()).toEqual(openingStops)
})

test.each([
  ['without a time of creation', undefined],
  ['whose time of creation has no offset', new Date(Date.now() - 3 * 3_600_000).toISOString().replace('Z', '')],
])('nor is one %s, however old it is', async (_what, createdAt) => {
  const leads = openWithOther(createdAt)
  await leads.run(conversion, { kind: 'not arrived', stop: 'create opportunity' })
  await leads.run(conversion)
  expect([...leads.opportunities.keys()]).toEqual(['of-other', 'opportunity-2'])
})
