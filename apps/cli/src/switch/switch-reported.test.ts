import { type MarkRecord, stateKey } from '@ponte/state'
import { expect, test } from 'vitest'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const set = useCliSetUp()

test('nobody has to look at what Ponte itself has told since, as long as it was told as it is', async () => {
  const { sandbox } = set.setUp
  const crm = sandbox.client.crm()
  const tenant = await set.setUp.tenant({ rdStation: { callsPerMinute: 100_000 } })
  const offAt = new Date().toISOString()
  const lead = await crm.addLead({ name: 'Ana' })
  const ids: string[] = []
  for (const worth of [{ cents: 500 }, { cents: 700 }, undefined]) {
    const { id } = await crm.addOpportunity({ leadId: lead.id })
    await crm.win(id, 5)
    const record: MarkRecord = { marked: 'won', contact: 'c', lead: lead.id, person: 'p', worth }
    if (worth !== undefined) await tenant.redis.set(stateKey(tenant.name, 'mark', id), JSON.stringify(record))
    ids.push(id)
  }
  const { code, data } = await tenant.run(['switch', '--off-at', offAt, '--json'])
  const changed = data().changed.map(({ id }: { id: string }) => id)
  expect([code, changed.toSorted()]).toEqual([1, ids.slice(1).toSorted()])
  await tenant.close()
})
