import { switchableUntil } from '@ponte/operations'
import { formatMoment } from '@ponte/runtime'
import { createTenantMode } from '@ponte/state'
import { expect, test } from 'vitest'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()

test('a shadow is noted; another mode than that of the settings and a tenant that went live without a switch are warned of', async () => {
  const tenant = await cli.newTenant({ mode: 'shadow' })
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
  expect(await saidOfMode()).toEqual(['SHADOW_NEEDED', 'LIVE_WITHOUT_SWITCH'])
  const until = switchableUntil(await mode.read(), Date.now()) ?? 0
  const text = await tenant.run(['doctor', '--lang', 'pt-BR'])
  expect(text.stdout).toContain(`antes de ${formatMoment(until, 'pt-BR', 'America/Sao_Paulo')}`)
  const { data } = await tenant.run(['doctor', '--json'])
  expect(data().findings).toContainEqual(expect.objectContaining({ facts: { until: new Date(until).toISOString() } }))
  await mode.switchOff(Date.now())
  expect(await saidOfMode()).toEqual(['SHADOW_NEEDED'])
  const { stdout } = await tenant.run(['doctor'], { env: { LC_ALL: 'pt_BR.UTF-8' } })
  expect(stdout).toContain('! mode: SHADOW_NEEDED: O arquivo de tenants diz shadow, por isso nenhum job é iniciado')
  expect(stdout).toContain('Execute `ponte shadow`')

  await mode.endGoingLive()
  await mode.goBack('draining')
  expect(await saidOfMode()).toEqual(['DRAINING'])
  await mode.goBack('now')
  await mode.rest.keep({ id: 'x', queue: 'rd-station', name: 'opportunity.won', data: { key: 'x' }, receivedAt: 1 })
  expect(await saidOfMode()).toEqual(['REST_UNDONE'])
})

test('a tenant that is in the shadow although its file says live needs a switch after a way back, else only workers with the file', async () => {
  const tenant = await cli.newTenant()
  const mode = createTenantMode(tenant.redis, tenant.name)
  const stdoutOfDoctor = async () => (await tenant.run(['doctor', '--lang', 'en'])).stdout
  await mode.declare('shadow')
  expect(await stdoutOfDoctor()).toContain('MODE_OTHER: The tenants file says mode: live')
  await mode.declare('live')
  await mode.goBack('now')
  expect(await stdoutOfDoctor()).toContain('Run `ponte switch` once the package is off')
})

test('a tenant that is live as its settings say passes', async () => {
  const tenant = await cli.newTenant()
  const { data } = await tenant.run(['doctor', '--json'])
  expect(data().findings).toContainEqual(expect.objectContaining({ check: 'mode', status: 'ok' }))
})
