import { tenantsFile } from '@ponte/contracts'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { createIntakeLimit, takeRoom } from './intake-limits.ts'
import { leadsOf, openTestIngress } from '../testing/open-test-ingress.ts'

const MIB = 1024 * 1024
const settings = { perMinute: 60, burst: 10, mebibytesPerMinute: 6, mebibytesBurst: 2 }

test('a source may deliver its burst at once and then what a minute brings, and is told how long to wait', () => {
  let now = 0
  const limit = createIntakeLimit(settings, () => now)
  for (let sent = 0; sent < 10; sent++) {
    expect(limit.waitSeconds()).toBeUndefined()
    limit.charge({ events: 1, bytes: 10 })
  }
  expect(limit.waitSeconds()).toBe(1)
  now = 1000
  expect(limit.waitSeconds()).toBeUndefined()
  // A delivery is charged for all that it held, and the bucket must recover before the next.
  limit.charge({ events: 31, bytes: 10 })
  expect(limit.waitSeconds()).toBe(31)
  now = 32_000
  expect(limit.waitSeconds()).toBeUndefined()
  now += 3_600_000
  limit.charge({ events: 1, bytes: 2 * MIB })
  expect(limit.waitSeconds()).toBe(1)
  limit.charge({ events: 1, bytes: MIB })
  expect(limit.waitSeconds()).toBe(11)
})

test('a clock that is set back keeps nobody waiting', () => {
  const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000)
  onTestFinished(() => clock.mockRestore())
  const limit = createIntakeLimit(settings)
  takeRoom(limit, { events: 12, bytes: 10 })
  limit.pause()
  clock.mockRestore()
  expect(limit.waitSeconds()).toBeLessThanOrEqual(3)
})

test('a delivery that is refused is charged nothing', () => {
  const limit = createIntakeLimit(settings, () => 0)
  takeRoom(limit, { events: 40, bytes: 10 })
  expect(limit.waitSeconds()).toBe(31)
  expect(() => takeRoom(limit, { events: 1000, bytes: MIB })).toThrow(
    expect.objectContaining({ code: 'INTAKE_LIMITED' }),
  )
  expect(limit.waitSeconds()).toBe(31)
})

test('a delivery above the limits of a tenant is answered 429 with Retry-After and not kept; its other source and other tenants go on', async () => {
  const intake = { perMinute: 60, burst: 5, mebibytesPerMinute: 64, mebibytesBurst: 32 }
  const ingress = await openTestIngress({ redisUrl: inject('redisUrl'), intake })
  for (const name of ['a', 'b']) expect(await ingress.statusOf('rd-station', leadsOf(name, 4))).toBe(202)
  const refused = await ingress.post('rd-station', leadsOf('c'))
  expect(refused.statusCode).toBe(429)
  expect(refused.json()).toMatchObject({ code: 'INTAKE_LIMITED', status: 429 })
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect(await ingress.countJobs()).toBe(8)
  expect(await ingress.statusOf('totvs-crm')).toBe(202)
  expect(await ingress.statusOf('rd-station', leadsOf('d'), { to: ingress.otherTenant })).toBe(202)
  await ingress.close()
})

test('by default nobody who sends a lead a request is limited before 3,000 at once', () => {
  const tenant = {
    webhookTokens: { rdStation: 'a', totvsCrm: 'b' },
    rdStation: { clientId: 'a', clientSecret: 'b', refreshToken: 'c' },
    totvsCrm: { username: 'a', password: 'b', tenant: 'c' },
    variables: { totvs_crm_default_user: 'a@b.example' },
  }
  const { intake } = tenantsFile.parse({ tenants: { acme: tenant } }).tenants['acme'] ?? {}
  expect(intake).toEqual({
    perMinute: 6000,
    burst: 3000,
    mebibytesPerMinute: 64,
    mebibytesBurst: 32,
    mostWaiting: 200_000,
    mostWaitingMebibytes: 256,
    quarantineMaxDeliveries: 10_000,
    quarantineMaxMebibytes: 256,
  })
})
