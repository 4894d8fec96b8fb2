import { createTenantMode, stateKey } from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test, vi } from 'vitest'
import { testTenant } from '../testing/test-tenant.ts'
import { createSystemHealth } from './system-health.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

test.each([
  ['is used again within a moment', { monotonicMs: 49, wallMs: 49 }, 1],
  ['is too old after a moment', { monotonicMs: 50, wallMs: 50 }, 2],
  ['is too old after the machine was suspended', { monotonicMs: 0, wallMs: 3_600_000 }, 2],
  ['is too old after a moment in which the time was set back', { monotonicMs: 50, wallMs: -3_600_000 }, 2],
])('what Redis says of a system %s', async (_what, passed, questions) => {
  const now = { monotonicMs: 1000, wallMs: 1_800_000_000_000 }
  const clock = { monotonicMs: () => now.monotonicMs, wallMs: () => now.wallMs }
  const credentials = { 'totvs-crm': 'c', 'rd-station': 'r' }
  const health = createSystemHealth({ redis, tenant: testTenant().name, credentials, clock })
  const asked = vi.spyOn(redis, 'evalsha')
  await health.peek('rd-station')
  now.monotonicMs += passed.monotonicMs
  now.wallMs += passed.wallMs
  await health.peek('totvs-crm')
  expect(asked).toHaveBeenCalledTimes(questions)
  asked.mockRestore()
})

test('a Redis that came back empty gets the mode that the process knew last, and only once from many runs', async () => {
  let at = 0
  const tenant = testTenant().name
  const clock = { monotonicMs: () => at, wallMs: () => at }
  const credentials = { 'totvs-crm': 'c', 'rd-station': 'r' }
  const health = createSystemHealth({ redis, tenant, credentials, mode: 'shadow', clock })
  const mode = createTenantMode(redis, tenant)
  expect(await health.mode()).toMatchObject({ mode: 'shadow' })
  // Another process has gone live since: what is said now counts, not the settings.
  await mode.declare('live')
  at += 50
  expect(await health.mode()).toMatchObject({ mode: 'live' })
  await redis.del(stateKey(tenant, 'mode'))
  at += 50
  const asked = vi.spyOn(redis, 'evalsha')
  const modes = await Promise.all([health.mode(), health.mode(), health.mode()])
  expect(modes.map(each => each.mode)).toEqual(['live', 'live', 'live'])
  expect(asked).toHaveBeenCalledTimes(2)
  asked.mockRestore()
  expect(await mode.read()).toMatchObject({ mode: 'live' })
})
