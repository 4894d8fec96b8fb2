import { switchableUntil } from '@ponte/report'
import { formatMoment } from '@ponte/runtime'
import { createTenantMode } from '@ponte/state'
import { expect, test } from 'vitest'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()

test('a shadow is noted; another mode than that of the settings and a tenant that went live without a switch are warned of', async () => {
  const tenant = await cli.setUp.tenant({ mode: 'shadow' })
  const mode = createTenantMode(tenant.redis, tenant.name)
  const saidOfMode = async () => {
    const { code, data } = await tenant.run(['doctor', '--json'])
    expect(code).toBe(0)
    const findings: readonly { check: string; status: string; warning?: string; note?: string }[] = data().findings
    return findings.flatMap(each => (each.check === 'mode' ? (each.warning ?? each.note ?? each.status) : []))
  }
  // No worker has run yet.
  expect(await saidOfMode()).toEqual(['SHADOW_SHARES_NOTHING'])
  await mode.declare('shadow')
  expect(await saidOfMode()).toEqual(['SHADOW_SHARES_NOTHING'])
  await mode.declare('live')
  expect(await saidOfMode()).toEqual(['MODE_OTHER', 'LIVE_WITHOUT_SWITCH'])
  const until = switchableUntil(await mode.read(), Date.now()) ?? 0
  const text = await tenant.run(['doctor', '--lang', 'pt-BR'])
  expect(text.stdout).toContain(`antes de ${formatMoment(until, 'pt-BR', 'America/Sao_Paulo')}`)
  const { data } = await tenant.run(['doctor', '--json'])
  expect(data().findings).toContainEqual(expect.objectContaining({ facts: { until: new Date(until).toISOString() } }))
  await mode.switchOff(Date.now())
  expect(await saidOfMode()).toEqual(['MODE_OTHER'])
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
