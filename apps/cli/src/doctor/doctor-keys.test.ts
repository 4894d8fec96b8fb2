import { randomBytes } from 'node:crypto'
import { claimFingerprintKey } from '@ponte/state'
import { expect, test } from 'vitest'
import { problemsIn } from '../testing/doctor-tools.ts'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()
const rd = () => cli.rd()

test('the tokens that the check renewed are those that the workers find: a refresh token that rolled is not lost', async () => {
  await rd().change({ settings: { rollingRefreshTokens: true } })
  const tenant = await cli.newTenant()
  for (const time of ['first', 'second', 'third']) expect((await tenant.run(['doctor'])).code, time).toBe(0)
})

const otherKey = (): string => randomBytes(32).toString('base64')

test.each([{ rolling: true }, { rolling: false }])(
  'with another secret key than the one that sealed the tokens, these stay byte for byte, RD Station hears nothing, and the key is named (rolling: $rolling)',
  async ({ rolling }) => {
    await rd().change({ settings: { rollingRefreshTokens: rolling } })
    const tenant = await cli.newTenant()
    expect((await tenant.run(['doctor'])).code).toBe(0)
    const record = `{${tenant.name}}:ponte:rd-tokens`
    const sealed = await tenant.redis.get(record)
    expect(sealed).toMatch(/^v1\./)
    await cli.client.clearCalls()

    const env = { PONTE_SECRET_KEY: otherKey() }
    const { code, data } = await tenant.run(['doctor', '--json'], { env })
    expect(problemsIn(data())).toEqual(['rd-token SECRET_KEY_OTHER'])
    expect(code).toBe(1)
    expect(await tenant.redis.get(record)).toBe(sealed)
    expect(await cli.client.calls({ system: 'rd-station' })).toEqual([])
    const portuguese = await tenant.run(['doctor'], { env: { ...env, LC_ALL: 'pt_BR.UTF-8' } })
    expect(portuguese.stdout).toContain('✗ rd-token: SECRET_KEY_OTHER: A PONTE_SECRET_KEY não abre')
    expect((await tenant.run(['doctor'])).code).toBe(0)
  },
)

test('a command that needs the stored tokens exits 2 where they were sealed with another secret key, and says so', async () => {
  const tenant = await cli.newTenant()
  expect((await tenant.run(['doctor'])).code).toBe(0)
  const argv = ['import', '--segmentation', '1', '--dry-run']
  const refused = await tenant.run(argv, { env: { PONTE_SECRET_KEY: otherKey() } })
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('another PONTE_SECRET_KEY') })
})

test.each([
  { what: 'retries nothing', argv: ['retry', 'CRM_REJECTED'] },
  { what: 'erases nobody', argv: ['erase', '--yes', '--email', 'pessoa@cliente.example'] },
])('with another fingerprint key than that of the workers ponte $what, and says why', async ({ argv }) => {
  const tenant = await cli.newTenant()
  await claimFingerprintKey(tenant.redis, [{ name: tenant.name }], cli.fingerprint)
  const before = await tenant.redis.keys(`{${tenant.name}}:*`)
  const refused = await tenant.run(argv, { env: { PONTE_SECRET_KEY: otherKey() } })
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('PONTE_FINGERPRINT_KEY') })
  expect(await tenant.redis.keys(`{${tenant.name}}:*`)).toEqual(before)
})

test('another fingerprint key than that of the workers is named, and no tokens are made with it', async () => {
  const tenant = await cli.newTenant()
  expect(await claimFingerprintKey(tenant.redis, [{ name: tenant.name }], cli.fingerprint)).toEqual([])
  await cli.client.clearCalls()
  const { code, data } = await tenant.run(['doctor', '--json'], { env: { PONTE_SECRET_KEY: otherKey() } })
  expect(problemsIn(data())).toEqual(['fingerprint-key FINGERPRINT_KEY_OTHER'])
  expect(data().findings).toContainEqual(expect.objectContaining({ check: 'rd-token', status: 'skipped' }))
  expect(code).toBe(1)
  expect(await tenant.redis.exists(`{${tenant.name}}:ponte:rd-tokens`)).toBe(0)
  expect(await cli.client.calls({ system: 'rd-station' })).toEqual([])
})
