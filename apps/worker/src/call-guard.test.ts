import { noTracer, parseTenants } from '@ponte/runtime'
import { createPace, createRests } from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createCallGuard } from './call-guard.ts'
import { createWorkerMetrics } from './metrics.ts'
import { Postponed } from './postponed.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

function openGuard(areLocksHeld: () => boolean) {
  const name = `t-${crypto.randomUUID().slice(0, 8)}`
  const [tenant] = parseTenants(
    JSON.stringify({
      tenants: {
        [name]: {
          webhookTokens: { rdStation: 'a', totvsCrm: 'b' },
          rdStation: { clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh' },
          totvsCrm: { username: 'user', password: 'password', tenant: 'demo' },
          variables: { totvs_crm_default_user: 'vendas@demo.example' },
        },
      },
    }),
    {},
  )
  if (tenant === undefined) throw new Error('there is no tenant')
  const { guard } = createCallGuard({
    connection: {
      tenant,
      rests: createRests(redis, name, { afterFailures: 5, probeMs: 100, maxProbeMs: 100 }),
      pace: createPace(redis, name, { callsPerMinute: 6000 }),
    },
    jobId: 'job',
    subject: 'job',
    signal: new AbortController().signal,
    areLocksHeld,
    metrics: createWorkerMetrics(),
    span: noTracer.start('run', { kind: 'consumer' }),
    note: () => {},
    onRest: () => {},
    onCall: () => {},
  })
  return guard
}

const call = { system: 'rd-station', method: 'POST', path: '/platform/events', writes: true, budget: 'events' } as const

test('a call is let through while every lock of its job is held', async () => {
  await expect(openGuard(() => true).before(call)).resolves.toBeUndefined()
})

test('a call is not made once a lock of its job has ended, although nothing has told the job yet', async () => {
  await expect(openGuard(() => false).before(call)).rejects.toBeInstanceOf(Postponed)
})
