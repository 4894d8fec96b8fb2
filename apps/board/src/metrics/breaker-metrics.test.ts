import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createLiveTenants, createLogger, openProducerRedis, parseTenants } from '@ponte/runtime'
import { createCircuitBreaker, createTenantMode } from '@ponte/state'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, inject, onTestFinished, test, vi } from 'vitest'
import { addBreakerMetrics } from './breaker-metrics.ts'

const log = createLogger({ level: 'silent', process: 'test' })
const redis = openProducerRedis(inject('redisUrl'), log)
beforeAll(async () => {
  if (redis.status !== 'ready') await once(redis, 'ready')
})
afterAll(() => redis.disconnect())

function oneTenant(change: object = {}) {
  const name = `t-${randomBytes(6).toString('hex')}`
  const settings = {
    webhookTokens: { rdStation: 'rd-webhook-token-1234', totvsCrm: 'crm-webhook-token-1234' },
    rdStation: { clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh' },
    totvsCrm: { username: 'user', password: 'password', tenant: 'demo' },
    variables: { totvs_crm_default_user: 'vendas@demo.example' },
    ...change,
  }
  return { name, tenants: createLiveTenants(parseTenants(JSON.stringify({ tenants: { [name]: settings } }), {})) }
}

test('an open breaker shows with its reason, its age and the time to the next probe; a closed one shows none', async () => {
  const { name, tenants } = oneTenant()
  const registry = new Registry()
  addBreakerMetrics(registry, { tenants, redis })
  const breaker = createCircuitBreaker(redis, name, { failureThreshold: 1, probeMs: 60_000, maxProbeMs: 60_000 })
  await breaker.throttle('rd-station', { code: 'RD_QUOTA_EXCEEDED', waitMs: 30_000 })
  const now = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now })
  onTestFinished(() => void vi.useRealTimers())
  await redis.hset(`{${name}}:ponte:circuit-breaker:rd-station`, { since: now - 100_500, until: now + 29_500 })

  const during = await registry.metrics()
  expect(during).toContain(`ponte_circuit_breaker_open{tenant="${name}",system="rd-station",reason="throttled"} 1`)
  expect(during).toContain(`ponte_circuit_breaker_open{tenant="${name}",system="rd-station",reason="down"} 0`)
  expect(during).toContain(`ponte_circuit_breaker_open_seconds{tenant="${name}",system="totvs-crm"} 0`)
  expect(during).toMatch(/ponte_circuit_breaker_open_seconds\{[^}]*system="rd-station"\} 100(\.|\n)/)
  expect(during).toMatch(/ponte_circuit_breaker_next_probe_seconds\{[^}]*system="rd-station"\} 29(\.|\n)/)
  expect(during).toMatch(/ponte_redis_used_memory_bytes [1-9]\d+\n/)

  await redis.hset(`{${name}}:ponte:circuit-breaker:rd-station`, 'until', Date.now() - 1)
  const after = await registry.metrics()
  expect(after).toContain(`ponte_circuit_breaker_open{tenant="${name}",system="rd-station",reason="throttled"} 0`)
  expect(after).toContain(`ponte_circuit_breaker_open_seconds{tenant="${name}",system="rd-station"} 0`)
})

test('a Redis that does not answer leaves no old value behind', async () => {
  const { name, tenants } = oneTenant()
  const registry = new Registry()
  const away = openProducerRedis('redis://127.0.0.1:1', log)
  addBreakerMetrics(registry, { tenants, redis: away })
  const text = await registry.metrics()
  away.disconnect()
  expect(text).not.toContain(name)
  expect(text).toContain('ponte_redis_used_memory_bytes Nan')
})

test('a tenant whose file says shadow is in it before any process has told Redis', async () => {
  const { name, tenants } = oneTenant({ mode: 'shadow' })
  const registry = new Registry()
  addBreakerMetrics(registry, { tenants, redis })
  expect(await registry.metrics()).toContain(`ponte_shadow{tenant="${name}"} 1`)
})

test('a tenant in the shadow shows as such', async () => {
  const { name, tenants } = oneTenant()
  const registry = new Registry()
  addBreakerMetrics(registry, { tenants, redis })
  expect(await registry.metrics()).toContain(`ponte_shadow{tenant="${name}"} 0`)
  await createTenantMode(redis, name).declare('shadow')
  expect(await registry.metrics()).toContain(`ponte_shadow{tenant="${name}"} 1`)
})
