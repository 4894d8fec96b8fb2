import { PermanentFailure } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { deliveryOf, openLeads } from '../testing/recorded-leads.ts'

const delivery = (more: object = {}) =>
  deliveryOf({ uuid: crypto.randomUUID(), email: 'pessoa@cliente.example', ...more })

// oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
const routes = [{ name: 'todos', when: {}, then: { type: 'opportunityType' } }]

test.each([
  ['at once', {}],
  ['after a look-up', { opportunity: { onlyOne: 'any' as const } }],
])(
  'an opportunity of a route that is opened %s, and whose answer is lost, is recorded with its type',
  async (_what, options) => {
    const leads = openLeads({ routes, ...options })
    const data = delivery()
    await leads.run(data, { kind: 'answer lost', stop: 'create opportunity' })
    expect(leads.opportunities.size).toBe(1)
    expect(await leads.historyOf()).toMatchObject({ pendingOpening: { key: data.key, typeId: 'opportunityType' } })
    await leads.run(data)
    expect(leads.opportunities.size).toBe(1)
  },
)

const owner = { lifecycle_stage: 'Lead', opportunity: false, contact_owner_email: undefined }
const send = { send: [{ name: 'vip', when: { tag: 'vip' } }] }

test('a lead whose tags nobody could tell is sent, since a filter under "send" might have matched, and the timeline says so', async () => {
  const refused = () => Promise.reject(new PermanentFailure('RD_FORBIDDEN'))
  const leads = openLeads({ filters: send, spareRd: { findContact: refused, findFunnel: refused } })
  const result = await leads.run(delivery({ lacks: ['tags'] }))
  expect(leads.leads.size).toBe(1)
  expect(JSON.stringify(result)).toContain('lead-sent-untold')
  const { values } = await leads.metrics.leadRules.get()
  expect(values.map(({ labels }) => labels)).toMatchObject([{ kind: 'filter', rule: '', outcome: 'sent' }])
})

test.each([
  ['has no such tag', ['novo'], {}],
  ['has no tags', undefined, { values: { tags: [] } }],
])('a lead whose contact %s is not sent', async (_what, tags, more) => {
  const contact = { uuid: 'u', email: undefined, ...(tags && { tags }) }
  const spareRd = { findContact: () => Promise.resolve(contact), findFunnel: () => Promise.resolve(owner) }
  const leads = openLeads({ filters: send, spareRd })
  expect(await leads.run(delivery({ lacks: ['tags'], ...more }))).toMatchObject({ outcome: 'skipped' })
  expect(leads.leads.size).toBe(0)
})

test('of a lead that a filter keeps out, whatever is lacking, nothing is asked', async () => {
  const asked: string[] = []
  const leads = openLeads({
    filters: { skip: [{ name: 'fora', when: { city: 'Lages' } }] },
    spareRd: {
      findContact: () => Promise.resolve(void asked.push('contact')),
      findFunnel: () => Promise.resolve(void asked.push('funnel')),
    },
  })
  expect(await leads.run(delivery({ lacksFunnel: true, city: 'Lages' }))).toMatchObject({ outcome: 'skipped' })
  expect(asked).toEqual([])
})

test('an event that came before a filter under "send" was added is sent where nobody read what the filter looks at', async () => {
  const leads = openLeads({ filters: send })
  expect(JSON.stringify(await leads.run(delivery()))).toContain('lead-sent-untold')
  expect(await leads.run(delivery({ values: { tags: [] } }))).toMatchObject({ outcome: 'skipped' })
  expect(await leads.run(delivery({ values: { tags: ['novo'] } }))).toMatchObject({ outcome: 'skipped' })
  expect(leads.leads.size).toBe(1)
})

test('a route that is not possible writes nothing for a lead that is there, and leaves its history as it was', async () => {
  // oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
  const leads = openLeads({ routes: [{ name: 'filial', when: { tag: 'filial' }, then: { pipeline: 'Filial' } }] })
  const uuid = crypto.randomUUID()
  await leads.run(delivery({ uuid, city: 'Lages', convertedAt: '2026-01-01T12:00:00.000Z' }))
  const before = await leads.historyOf()
  const later = { uuid, city: 'Itajaí', convertedAt: '2026-01-02T12:00:00.000Z', values: { tags: ['filial'] } }
  expect(await leads.run(delivery(later))).toMatchObject({
    code: 'ROUTE_NOT_POSSIBLE',
    context: { route: 'filial', problem: 'pipeline' },
  })
  expect(leads.cities).toEqual(['Lages'])
  expect(leads.opportunities.size).toBe(1)
  expect(await leads.historyOf()).toEqual(before)
  const { values } = await leads.metrics.leadRules.get()
  expect(values.map(({ labels }) => labels)).toMatchObject([{ rule: 'filial', outcome: 'not-possible' }])
})
