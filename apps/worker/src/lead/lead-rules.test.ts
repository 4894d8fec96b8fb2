import { jobs, type JobData } from '@ponte/contracts'
import { stateKey } from '@ponte/state'
import { expect, inject, onTestFinished, test } from 'vitest'
import { openRecordedLeads } from '../testing/recorded-leads.ts'

const delivery = (more: object = {}): JobData<'lead.registered'> =>
  jobs['lead.registered'].data.parse({
    v: 1,
    key: crypto.randomUUID(),
    receivedAt: new Date().toISOString(),
    lead: { uuid: crypto.randomUUID(), email: 'pessoa@cliente.example', notes: [], ...more },
  })

function open(options: Parameters<typeof openRecordedLeads>[1]) {
  const leads = openRecordedLeads(inject('redisUrl'), options)
  onTestFinished(leads.close)
  return leads
}

// oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
const routes = [{ name: 'todos', when: {}, then: { type: 'opportunityType' } }]

test.each([
  ['at once', {}],
  ['after a look-up', { opportunity: { onlyOne: 'any' as const } }],
])(
  'an opportunity of a route that is opened %s, and whose answer is lost, is recorded with its type',
  async (_what, options) => {
    const leads = open({ routes, ...options })
    const data = delivery()
    const whole = open({ routes, ...options })
    await whole.run(data)
    await leads.run(data, { kind: 'answer lost', stop: whole.stops().indexOf('create opportunity') + 1 })
    expect(leads.opportunities.size).toBe(1)
    const { redis, tenant } = leads.connection
    const history: unknown = JSON.parse((await redis.get(stateKey(tenant.name, 'lead', 'lead-1'))) ?? 'null')
    expect(history).toMatchObject({ opening: { key: data.key, typeId: 'opportunityType' } })
    await leads.run(data)
    expect(leads.opportunities.size).toBe(1)
  },
)
