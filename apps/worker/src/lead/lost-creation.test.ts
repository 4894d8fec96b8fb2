import { crmLead, PermanentFailure } from '@ponte/contracts'
import { stateKey } from '@ponte/state'
import { expect, test } from 'vitest'
import { deliveryOf, everyFault, openLeads } from '../testing/recorded-leads.ts'

const email = 'pessoa@cliente.example'
const phone = '48 3025-0001'

/** A conversion of the person at this minute. */
const conversion = (minute: number, more: object = {}) => {
  const convertedAt = new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString()
  return deliveryOf({ email, city: `Cidade ${minute}`, convertedAt, ...more }, { key: `conversion-${minute}` })
}

const stops = ['step', 'find lead', 'step', 'create lead', 'step', 'create opportunity', 'step']

test.each(everyFault(stops))(
  'a new lead, stop $stop ($what) $kind, that another delivery then finishes is counted once',
  async fault => {
    const leads = openLeads()
    await leads.run(conversion(1, { phone }), fault)
    expect(leads.stops().at(fault.stop - 1)).toBe(fault.what)
    await leads.endLocks()
    // It knows the person by the e-mail alone.
    await leads.run(conversion(2))
    await leads.run(conversion(1, { phone }))
    await leads.run(conversion(3, { phone }))
    expect([...leads.leads.keys()]).toEqual(['lead-1'])
    const { created } = leads.figures().leads
    // Whoever was killed, or did not learn that its step was done, counts nothing.
    const isCertain = !fault.kind.startsWith('killed') && !(fault.kind === 'answer lost' && fault.what === 'step')
    expect(isCertain ? created : Math.max(created, 1)).toBe(1)
  },
)

test('a lead that TOTVS CRM refused to create, and somebody then entered, is not counted as created', async () => {
  const leads = openLeads()
  const { createLead } = leads.crm
  const refused = new PermanentFailure('CRM_REJECTED')
  Object.assign(leads.crm, { createLead: () => Promise.reject(refused) })
  expect(await leads.run(conversion(1))).toBe(refused)
  Object.assign(leads.crm, { createLead })
  const { redis, tenant } = leads.connection
  expect(await redis.keys(stateKey(tenant.name, 'lead-creation', '*'))).toEqual([])
  leads.leads.set('lead-1', crmLead.parse({ id: 'lead-1', emails: [{ email }] }))
  await leads.run(conversion(2))
  expect(leads.figures().leads.created).toBe(0)
})
