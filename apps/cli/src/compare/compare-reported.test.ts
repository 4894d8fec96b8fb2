import { markFingerprint } from '@ponte/mappers'
import { createTenantMode, type MarkRecord, stateKey } from '@ponte/state'
import { crmLead, crmOpportunity } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const set = useCliSetUp()

test('what Ponte itself told is known, whatever the one state of the contact shows, and a value that was changed since differs', async () => {
  const { sandbox, fingerprint } = set.setUp
  const tenant = await set.setUp.tenant({ rdStation: { callsPerMinute: 100_000 } })
  const mode = createTenantMode(tenant.redis, tenant.name)
  await mode.declare('shadow')
  const email = 'ana@cliente.example'
  const emails = [{ email, emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }]
  await sandbox.client.rd().addContact({ name: 'Ana', email, funnel: { lifecycle_stage: 'Client' } })
  const lead = await sandbox.client.crm().addLead({ name: 'Ana', emails })
  const ids: string[] = []
  for (const value of [5, 7]) {
    const { id } = await sandbox.client.crm().addOpportunity({ leadId: lead.id })
    await sandbox.client.crm().win(id, value)
    const receivedAt = Date.now() - 3_600_000
    const path = '/api/v11/opportunity/opportunities'
    const more = { key: `k-${value}`, receivedAt: new Date(receivedAt).toISOString(), contextUrl: path }
    const data = { v: 1, opportunityId: id, ...more }
    await mode.endInShadow({ id: more.key, queue: 'rd-station', name: 'opportunity.won', data, receivedAt })
    const opportunity = crmOpportunity.parse({ id, leadId: lead.id, status: 'WON' })
    const { person } = markFingerprint({ opportunity, lead: crmLead.parse({ id: lead.id, emails }) }, fingerprint.exact)
    const record: MarkRecord = { marked: 'won', contact: 'c', lead: lead.id, person, worth: { cents: 500 } }
    await tenant.redis.set(stateKey(tenant.name, 'mark', id), JSON.stringify(record))
    ids.push(id)
  }
  const { code, data } = await tenant.run(['compare', '--json'])
  expect([code, data()]).toMatchObject([
    1,
    { opportunities: { agrees: 1, differs: 1, unknown: 0 }, differences: [{ field: 'sale.value', record: ids[1] }] },
  ])
  await tenant.close()
})
