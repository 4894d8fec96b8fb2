import { randomBytes } from 'node:crypto'
import { createLogger, noTracer, openQueues, openRedis, openStateRedis, redisAt } from '@ponte/runtime'
import { createCalendar, createFingerprint, createSecretBox, modeKey, noReplicas } from '@ponte/state'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { createWorkerMetrics } from '../telemetry/metrics.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { createHold, serveTenant, startHolds } from './serve-tenant.ts'
import { openQueueBackends } from './create-worker.ts'
import { testConnection } from '../testing/test-context.ts'

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

function open(mode: 'live' | 'shadow') {
  const lines: { readonly file?: string; readonly redis?: string }[] = []
  const log = createLogger({
    ...{ level: 'info', process: 'test' },
    destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
  })
  const workers = [1, 2].map(() => ({
    pause: vi.fn<() => Promise<void>>(() => Promise.resolve()),
    resume: vi.fn<() => Promise<void>>(() => Promise.resolve()),
  }))
  const calls = () => workers.map(({ pause, resume }) => [pause.mock.calls.length, resume.mock.calls.length])
  const tenant = testTenant({ mode })
  return { tenant, log, hold: createHold({ tenant }, { workers, log }), calls, lines }
}
const live = { mode: 'live', since: 1 } as const
const shadow = { mode: 'shadow', since: 1 } as const

test.each([
  ['live', live, shadow],
  ['shadow', shadow, live],
] as const)(
  'with a file that says %s a worker takes no job while Redis says the other mode, and says so once',
  async (file, same, other) => {
    const { hold, calls, lines } = open(file)
    await hold.follow(same)
    expect([hold.isHeld(), calls(), lines]).toEqual([
      false,
      [
        [0, 0],
        [0, 0],
      ],
      [],
    ])
    await hold.follow(other)
    await hold.follow(other)
    expect([hold.isHeld(), calls()]).toEqual([
      true,
      [
        [1, 0],
        [1, 0],
      ],
    ])
    expect(lines).toMatchObject([{ file, redis: other.mode }])
    await hold.follow(same)
    expect([hold.isHeld(), calls()]).toEqual([
      false,
      [
        [1, 1],
        [1, 1],
      ],
    ])
  },
)

/** A worker with nothing to do: no job tells it of a mode. */
async function openIdle(file: 'live' | 'shadow') {
  const { tenant, log, hold, lines } = open(file)
  const redis = openStateRedis(inject('redisUrl'), log)
  const connection = testConnection(redis, tenant)
  await hold.follow(await connection.health.declareMode())
  const one = { connection, hold }
  const loop = startHolds({ served: () => [one], redis, log, everyMs: 10 })
  onTestFinished(async () => {
    await loop.close()
    redis.disconnect()
  })
  return { tenant, redis, mode: connection.mode, hold, lines }
}

test('an idle worker whose file says live finds out that its tenant went back, and serves it again after a switch', async () => {
  const { mode, hold, lines } = await openIdle('live')
  expect(hold.isHeld()).toBe(false)
  await mode.goBack('now')
  await expect.poll(hold.isHeld).toBe(true)
  expect(lines).toMatchObject([{ file: 'live', redis: 'shadow' }])
  await mode.switchOff(Date.now())
  await expect.poll(hold.isHeld).toBe(false)
  expect(await mode.read()).toMatchObject({ mode: 'live' })
})

test('an idle worker whose file says shadow serves its tenant again once it is in the shadow', async () => {
  const { mode, hold } = await openIdle('shadow')
  await mode.declare('live')
  await expect.poll(hold.isHeld).toBe(true)
  await mode.goBack('now')
  await expect.poll(hold.isHeld).toBe(false)
})

test('a Redis that came back empty holds no tenant', async () => {
  const { tenant, redis, hold, lines } = await openIdle('shadow')
  const asked = vi.spyOn(redis, 'sendCommand')
  await redis.del(modeKey(tenant.name))
  await expect.poll(() => asked.mock.calls.filter(([{ name }]) => name === 'hgetall').length).toBeGreaterThan(1)
  expect([hold.isHeld(), lines]).toEqual([false, []])
})
