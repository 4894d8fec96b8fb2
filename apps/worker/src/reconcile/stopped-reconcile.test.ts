import { createServer } from 'node:http'
import { createLogger } from '@ponte/runtime'
import { createReconcileRecord, stateKey } from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createWorkerMetrics } from '../telemetry/metrics.ts'
import { testConnection } from '../testing/test-context.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { startReconciles } from './start-reconciles.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

/** Lets anybody in, and never answers anything else. `asked`: it was. */
async function startSilentCrm() {
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    if (request.url === '/api/login') response.setHeader('set-cookie', 'JSESSIONID=1').end('{}')
    else isAsked()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    asked,
    [Symbol.dispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

test('a worker that stops does not wait for its reconcile, and leaves it to the next one', async () => {
  using crm = await startSilentCrm()
  const tenant = testTenant({
    reconcile: { everyMinutes: 15 },
    totvsCrm: { baseUrl: crm.url, username: 'u', password: 'p', tenant: 'acme' },
  })
  const connection = testConnection(redis, tenant)
  const served = [{ connection, onBreakerChange: () => undefined }]
  const reconciles = startReconciles({
    served: () => served,
    ...{ redis, timeZone: 'UTC', metrics: createWorkerMetrics(), checkMs: 1 },
    log: createLogger({ level: 'silent', process: 'test' }),
  })
  await crm.asked
  await reconciles.close()
  const record = createReconcileRecord(redis, tenant.name)
  expect([await record.read(), await record.isPaused()]).toEqual([undefined, false])
  expect(await redis.exists(stateKey(tenant.name, 'lock', 'reconcile'))).toBe(0)
})
