import { createTenantMode } from '@ponte/state'
import { expect, test } from 'vitest'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()

test('a shadow, another mode than that of the settings, and a tenant that went live without a switch are told', async () => {
  const tenant = await cli.setUp.tenant({ mode: 'shadow' })
  const mode = createTenantMode(tenant.redis, tenant.name)
  const warnings = async () => {
    const { code, data } = await tenant.run(['doctor', '--json'])
    expect(code).toBe(0)
    const findings: readonly { check: string; status: string; warning?: string }[] = data().findings
    return findings.flatMap(each => (each.check === 'mode' ? (each.warning ?? each.status) : []))
  }
  // No worker has run yet.
  expect(await warnings()).toEqual(['SHADOW_SHARES_NOTHING'])
  await mode.declare('shadow')
  expect(await warnings()).toEqual(['SHADOW_SHARES_NOTHING'])
  await mode.declare('live')
  expect(await warnings()).toEqual(['MODE_OTHER', 'LIVE_WITHOUT_SWITCH'])
  await mode.switchOff(Date.now())
  expect(await warnings()).toEqual(['MODE_OTHER'])
  const { stdout } = await tenant.run(['doctor'], { env: { LC_ALL: 'pt_BR.UTF-8' } })
  expect(stdout).toContain('! mode: MODE_OTHER: O arquivo de tenants diz mode: shadow')
  await tenant.close()
})

test('a tenant that is live as its settings say passes', async () => {
  const tenant = await cli.setUp.tenant()
  const { data } = await tenant.run(['doctor', '--json'])
  expect(data().findings).toContainEqual(expect.objectContaining({ check: 'mode', status: 'ok' }))
  await tenant.close()
})
