import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { deliveryOf, everyFault, type Fault, openLeads } from '../testing/recorded-leads.ts'

const NOON = Date.UTC(2026, 0, 1, 12)
const person = { uuid: '11111111-1111-4111-8111-111111111111', email: 'pessoa@cliente.example' }

/** A delivery of the person's conversion at noon, under a key of its own. */
const delivery = (key: string, offMs = 0, more: object = {}) =>
  deliveryOf(
    {
      ...{ ...person, jobTitle: `Cargo de ${key}`, conversionIdentifier: 'contato', trafficSource: 'Google Ads' },
      convertedAt: new Date(NOON + offMs).toISOString(),
      ...more,
    },
    { key },
  )

const ofImport = (data: ReturnType<typeof delivery>, opensOpportunity: boolean) =>
  deliveryOf(data.lead, { ...data, v: 2, import: { opensOpportunity, isUndated: false } })
type Leads = ReturnType<typeof openLeads>

const countedBy = (leads: Leads) => {
  const { leads: counted, opportunities, sources, identifiers } = leads.figures()
  return { ...counted, opportunities, sources, identifiers }
}
const once = { created: 1, updated: 0, opportunities: 1, sources: { 'Google Ads': 1 }, identifiers: { contato: 1 } }

// Only the stops of a run are counted, however slow the machine: no lock is renewed.
beforeAll(() => void vi.useFakeTimers({ toFake: ['setInterval'] }))
afterAll(() => vi.useRealTimers())

test.each([
  ['in the other format a second later', delivery('rd2', 1000)],
  ['in the other format a second earlier', delivery('rd2', -1000)],
  ['as a row of an import', ofImport(delivery('row', 400, { uuid: undefined }), true)],
])(
  'a conversion that comes again %s opens nothing, also when its opportunity has ended, and counts once',
  async (_how, again) => {
    const leads = openLeads()
    await leads.run(delivery('rd1'))
    leads.change('opportunity-1', { status: 'LOST' })
    const filling = { ...again, lead: { ...again.lead, website: 'https://padaria.example' } }
    expect(await leads.run(filling)).toMatchObject({ outcome: 'done', opportunityId: 'opportunity-1' })
    expect([...leads.opportunities.keys()]).toEqual(['opportunity-1'])
    const written = { jobTitle: 'Cargo de rd1', website: 'https://padaria.example' }
    expect(leads.leads.get('lead-1')?.asStored).toMatchObject(written)
    expect(countedBy(leads)).toEqual(once)
  },
)

test('a conversion that another opportunity held up opens none when it comes again after that one was closed', async () => {
  const leads = openLeads()
  await leads.run(delivery('earlier', -3_600_000))
  await leads.run(delivery('rd1'))
  leads.change('opportunity-1', { status: 'LOST' })
  await leads.run(delivery('rd2', 1000))
  expect([...leads.opportunities.keys()]).toEqual(['opportunity-1'])
  expect(countedBy(leads)).toMatchObject({ opportunities: 1, identifiers: { contato: 2 } })
})

test('a conversion at the same moment with the name of another form is another one', async () => {
  const leads = openLeads()
  await leads.run(delivery('rd1'))
  leads.change('opportunity-1', { status: 'LOST' })
  await leads.run(delivery('rd2', 1000, { conversionIdentifier: 'orcamento' }))
  expect([...leads.opportunities.keys()]).toEqual(['opportunity-1', 'opportunity-2'])
})

test.each([
  ['a row of an import that may open none', {}, ofImport(delivery('row', 1000), false)],
  [
    'a delivery that a filter kept out',
    { filters: { skip: [{ name: 'curriculo', when: { identifier: 'curriculo' } }] } },
    delivery('kept-out', 0, { conversionIdentifier: 'curriculo' }),
  ],
])(
  '%s decides nothing: the conversion opens its opportunity when it comes by a webhook',
  async (_what, settings, first) => {
    const leads = openLeads(settings)
    await leads.run(first)
    expect([...leads.opportunities.keys()]).toEqual([])
    expect(await leads.run(delivery('rd1'))).toMatchObject({ outcome: 'done', opportunityId: 'opportunity-1' })
  },
)

const stopsOfNew = ['step', 'find lead', 'find lead', 'step', 'create lead', 'step', 'create opportunity', 'step']
const stopsOfKnown = [
  'step',
  'step',
  'get lead',
  'step',
  'update lead',
  'find opportunities',
  'step',
  'create opportunity',
  'step',
]

/** Something goes wrong with the first delivery. The other one comes, the opportunity ends, and the first one runs again. */
async function interrupt(leads: Leads, fault: Fault, opportunity: string): Promise<void> {
  const first = await leads.run(delivery('rd1'), fault)
  await leads.endLocks()
  await leads.run(delivery('rd2', 1000))
  if (leads.opportunities.has(opportunity)) leads.change(opportunity, { status: 'LOST' })
  if (first instanceof Error) await leads.run(delivery('rd1'))
  await leads.arrive()
}

test.each(everyFault(stopsOfNew))(
  'a new lead, stop $stop ($what) $kind: whichever of two deliveries of its conversion ends first, it has one opportunity, and it counts once',
  async fault => {
    const leads = openLeads()
    await interrupt(leads, fault, 'opportunity-1')
    expect([...leads.leads.keys()]).toEqual(['lead-1'])
    expect([...leads.opportunities.keys()]).toEqual(['opportunity-1'])
    expect(countedBy(leads).identifiers).toEqual({ contato: 1 })
  },
)

test.runIf(inject('isLongRun')).each(everyFault(stopsOfKnown))(
  'a known lead, stop $stop ($what) $kind: two deliveries of a conversion leave one opportunity, and count it once',
  async fault => {
    const leads = openLeads()
    await leads.run(delivery('earlier', -3_600_000, { conversionIdentifier: 'antiga' }))
    leads.change('opportunity-1', { status: 'LOST' })
    await interrupt(leads, fault, 'opportunity-2')
    expect([...leads.opportunities.keys()]).toEqual(['opportunity-1', 'opportunity-2'])
    expect(countedBy(leads).identifiers).toEqual({ antiga: 1, contato: 1 })
  },
)

test('what is kept of a conversion names nobody and no form', async () => {
  const leads = openLeads()
  await leads.run(delivery('rd1'))
  const history = await leads.historyOf()
  expect(history).toMatchObject({ decided: [{ key: 'rd1', at: NOON, contact: person.uuid }] })
  for (const text of [person.email, 'contato']) expect(JSON.stringify(history)).not.toContain(text)
})
