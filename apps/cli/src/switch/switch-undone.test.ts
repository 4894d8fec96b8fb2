import { enqueueEvent } from '@ponte/runtime'
import { createMarkLedger, createTenantMode, readOne } from '@ponte/state'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SetUpTenant } from '../testing/open-cli-set-up.ts'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const set = useCliSetUp()
let tenant: SetUpTenant
let opportunityId: string
beforeEach(async () => {
  tenant = await set.setUp.tenant({ mode: 'shadow', rdStation: { callsPerMinute: 100_000 } })
  const crm = set.setUp.sandbox.client.crm()
  const lead = await crm.addLead({ name: 'Pessoa', emails: [] })
  opportunityId = (await crm.addOpportunity({ leadId: lead.id })).id
  await modeOf().declare('live')
  const event = { name: 'opportunity.created', key: 'undone', opportunityId } as const
  await enqueueEvent(
    tenant.queues,
    tenant.tenant,
    { ...event, contextUrl: '/api/v1/opportunity/opportunities' },
    { receivedAt: new Date().toISOString() },
  )
})
afterEach(() => tenant.close())

const modeOf = () => createTenantMode(tenant.redis, tenant.name)
const isMarked = async (): Promise<boolean> =>
  (await readOne(tenant.redis, createMarkLedger(tenant.redis, tenant.name).readingOf(opportunityId))) !== undefined
/** The package is off from the moment of the way back on. */
async function switchOver() {
  const { shadowSince = 0 } = await modeOf().read()
  return await tenant.run(['switch', '--off-at', new Date(shadowSince).toISOString(), '--json'])
}

test('an opportunity does not count as marked while its event is part of the rest, and does once a person has decided', async () => {
  await tenant.run(['shadow', '--now'])
  const refused = await switchOver()
  expect(refused.code).toBe(2)
  expect(refused.stdout).toContain(`shadow --tenant ${tenant.name} --rest send`)
  expect([await isMarked(), (await modeOf().read()).offAt]).toEqual([false, undefined])

  await tenant.run(['shadow', '--rest', 'drop'])
  expect((await switchOver()).code).not.toBe(2)
  expect([await isMarked(), (await modeOf().read()).offAt]).toEqual([true, expect.any(Number)])
})

test('an opportunity does not count as marked while its event waits in the queue, because it was sent or the tenant drains', async () => {
  await modeOf().goBack('draining')
  expect([(await switchOver()).code, await isMarked()]).toEqual([2, false])
  await tenant.run(['shadow', '--now'])
  await tenant.run(['shadow', '--rest', 'send'])
  expect([(await switchOver()).code, await isMarked()]).toEqual([2, false])
})
