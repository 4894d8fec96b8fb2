import { randomBytes } from 'node:crypto'
import { createLogger, noTracer, openQueues, openRedis, redisAt } from '@ponte/runtime'
import { createCalendar, createFingerprint, createSecretBox, noReplicas } from '@ponte/state'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createWorkerMetrics } from '../telemetry/metrics.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { serveTenant } from './serve-tenant.ts'
import { openQueueBackends } from './create-worker.ts'

test('the queues of a tenant whose file and Redis say different modes hold nothing that could be started, so none is stuck', async () => {
  const tenant = testTenant({ mode: 'shadow' })
  const log = createLogger({ level: 'silent', process: 'test' })
  const connections = openRedis(redisAt(inject('redisUrl')), log)
  const [stateRedis, workerRedis] = [connections.state(), connections.worker()]
  const queues = openQueues([tenant], stateRedis, log)
  const { hold, views, workers } = serveTenant(tenant, {
    ...{ queues: queues.of(tenant.name), stateRedis, workerRedis, maintenanceRedis: stateRedis },
    ...{ openWaiting: connections.waiting, backends: openQueueBackends(stateRedis, log), replicas: noReplicas },
    ...{ box: createSecretBox(randomBytes(32)), fingerprint: createFingerprint(randomBytes(32)), concurrency: 1, log },
    ...{ calendar: createCalendar('UTC'), metrics: createWorkerMetrics(), tracer: noTracer, running: new Map() },
    ...{ gate: { enter: async () => () => undefined }, onProgress: () => undefined, hasWaiting: () => true },
  })
  onTestFinished(async () => {
    await Promise.all(workers.map(worker => worker.close()))
    await queues.close()
    connections.close()
  })
  const startable = () => Promise.all(views.map(view => view.hasStartable()))
  expect(await startable()).toEqual([true, true])
  await hold.follow({ mode: 'live', since: 1 })
  expect(await startable()).toEqual([false, false])
})
