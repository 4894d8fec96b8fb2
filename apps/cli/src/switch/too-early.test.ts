import { createTenantMode } from '@ponte/state'
import { expect, test } from 'vitest'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const set = useCliSetUp()

test('opportunities that were told after the time are said to be a sign of a time too early, while another can be named', async () => {
  const tenant = await set.setUp.tenant({ rdStation: { callsPerMinute: 100_000 } })
  const mode = createTenantMode(tenant.redis, tenant.name)
  await mode.declare('shadow')
  const offAt = new Date().toISOString()
  const email = 'ana@cliente.example'
  const emails = [{ email, emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }]
  const { uuid } = await set.setUp.sandbox.client.rd().addContact({ name: 'Ana', email })
  const lead = await set.setUp.sandbox.client.crm().addLead({ name: 'Ana', emails })
  await set.setUp.sandbox.client.crm().addOpportunity({ leadId: lead.id })
  await set.setUp.sandbox.client.rd().mark(uuid)

  const says = async (language: string, ...more: readonly string[]) => {
    const { code, stdout } = await tenant.run(['switch', '--off-at', offAt, '--lang', language, ...more])
    expect([code, stdout]).toEqual([1, expect.stringMatching(/told already|já mostra como informada/)])
    return /too early|cedo demais/.exec(stdout)?.[0]
  }
  expect(await says('en', '--dry-run')).toBe('too early')
  expect(await says('pt-BR')).toBe('cedo demais')
  await mode.declare('live')
  expect(await says('en')).toBeUndefined()
  await tenant.close()
})
