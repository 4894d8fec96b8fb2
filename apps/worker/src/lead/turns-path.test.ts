import { stateKey } from '@ponte/state'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { deliveryOf, everyFault, openLeads } from '../testing/recorded-leads.ts'

const users = ['ana@acme.example', 'bia@acme.example', 'caio@acme.example']

const delivery = (email: string) =>
  deliveryOf({ uuid: email, email, values: { tags: ['vip'], cf_porte: ['1-10'] } }, { key: `conversion of ${email}` })

/** A tenant that uses every kind of rule. */
const open = (owner: readonly string[] = users) =>
  openLeads({
    users,
    fields: [{ from: 'cf_porte', to: 'lead.customFields.porte' }],
    filters: { send: [{ name: 'vip', when: { tag: 'vip' } }] },
    // oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
    routes: [{ name: 'rodizio', when: {}, then: { type: 'opportunityType', owner } }],
  })

// Only the stops of a run are counted, however slow the machine: no lock is renewed.
beforeAll(() => void vi.useFakeTimers({ toFake: ['setInterval'] }))
afterAll(() => vi.useRealTimers())

const first = 'primeira@cliente.example'

async function stopsOf(leads: ReturnType<typeof open>): Promise<readonly string[]> {
  await leads.run(delivery(first))
  return leads.stops()
}

test('whatever goes wrong at whichever stop of a run with rules, the person has one lead and one opportunity of one user, and one turn is taken', async () => {
  const stops = await stopsOf(open())
  expect(stops).toContain('create lead')
  for (const fault of everyFault(stops)) {
    const leads = open()
    await leads.run(delivery(first), fault)
    await leads.endLocks()
    await leads.run(delivery(first))
    await leads.arrive()
    await leads.endLocks()
    await leads.run(delivery('segunda@cliente.example'))
    const owned = [...leads.leads.values()].map(({ userId, customFields }) => [userId, customFields])
    const opened = [...leads.opportunities.values()].map(({ userId, leadId }) => [userId, leadId])
    expect([fault, owned, opened]).toEqual([
      fault,
      [
        [users[0], { porte: '1-10' }],
        [users[1], { porte: '1-10' }],
      ],
      [
        [users[0], 'lead-1'],
        [users[1], 'lead-2'],
      ],
    ])
    const { redis, tenant } = leads.connection
    expect(await redis.zrange(stateKey(tenant.name, 'owner-turns', 'rodizio'), '0', '-1', 'WITHSCORES')).toEqual([
      ...[users[0], '1'],
      ...[users[1], '2'],
    ])
    leads.close()
  }
})

test.each([
  ['one of the route’s users, keeps its next opportunity too', [...users, 'vendas@acme.example'], 'user'],
  ['not among the route’s users, gives its next opportunity to the first of them', users, users[0]],
])('a lead of the default user, who is %s', async (_what, owner, wanted) => {
  const leads = open(owner)
  const id = await leads.crm.createLead({
    name: 'Maria',
    externalId: `rd:${first}`,
    type: 'LEAD',
    userId: 'user',
    emails: [],
    phones: [],
    addresses: [],
    leadSituationId: 'situation',
    leadOriginId: 'origin',
  })
  await leads.run(delivery(first))
  expect(leads.leads.get(id)?.userId).toBe('user')
  expect([...leads.opportunities.values()].map(({ userId }) => userId)).toEqual([wanted])
})
