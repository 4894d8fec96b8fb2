import { createSecretBox, createTokenStore, noReplicas } from '@ponte/state'
import { expect, onTestFinished, test } from 'vitest'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'
import { openForReading } from '@ponte/operations'

const set = useCliSetUp()

async function open() {
  const { tenant, redis, close } = await set.setUp.tenant({ rdStation: { callsPerMinute: 100_000 } })
  onTestFinished(close)
  const box = createSecretBox(Buffer.from(set.setUp.secretKey, 'base64'))
  const systems = openForReading({ tenant, redis, box, replicas: noReplicas })
  return { ...systems, store: createTokenStore(redis, tenant.name, box) }
}
const callsTo = async (path: RegExp) =>
  (await set.setUp.sandbox.client.calls()).filter(({ path: called, method }) => path.test(called) && method !== 'GET')

test('a call that would create or change a record is refused before it is made, in both systems', async () => {
  const { crm, rd } = await open()
  await expect(crm.updateLead('l1', { name: 'X' })).rejects.toThrow('must not write')
  await expect(crm.updateOpportunity('o1', {})).rejects.toThrow('must not write')
  await expect(rd.sendMark({ type: 'OPPORTUNITY', email: 'a@x.example' })).rejects.toThrow('must not write')
  await expect(rd.unmarkOpportunity('u1')).rejects.toThrow('must not write')
  expect(await callsTo(/integration|platform/)).toEqual([])
})

test('a token that the workers have stored is used, and renewed only once it has expired or is refused', async () => {
  const { rd, store } = await open()
  const ask = () => rd.findContact({ email: 'a@x.example' })
  await ask()
  await ask()
  expect(await callsTo(/token/)).toHaveLength(1)
  const stored = await store.read()
  if (stored === undefined) throw new Error('nothing was stored')
  await store.replace({ ...stored, expiresAt: Date.now() - 1 })
  await ask()
  expect(await callsTo(/token/)).toHaveLength(2)
  await set.setUp.sandbox.client.rd().expireTokens()
  await ask()
  expect(await callsTo(/token/)).toHaveLength(3)
})
