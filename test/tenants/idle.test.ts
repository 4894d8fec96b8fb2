import { setTimeout as sleep } from 'node:timers/promises'
import { monitorRedis, type Ponte, type RedisServer, startPonte, startRedis } from '@ponte/testbed'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openTestRedis } from '../support/redis-contents.ts'

const TENANTS = 20
const SECONDS = 12
/** After this a start has written what it writes once. */
const STARTED_MS = 5000
/** Of processes, whatever the number of tenants. */
const SHARED_CONNECTIONS = 10

// A Redis of its own: all its connections and commands are those of one Ponte without work.
let server: RedisServer
let redis: Redis
let ponte: Ponte
const start = (env: Readonly<Record<string, string>> = {}): Promise<Ponte> => {
  const names = Array.from({ length: TENANTS }, () => `idle-${crypto.randomUUID().slice(0, 8)}`)
  const tenants = Object.fromEntries(names.map(name => [name, {}]))
  return startPonte({ redisUrl: server.url, sandboxUrl: 'http://127.0.0.1:9', tenants, env })
}
beforeAll(async () => {
  server = await startRedis()
  redis = openTestRedis(server.url)
  ponte = await start()
  await sleep(STARTED_MS)
})
afterAll(async () => {
  await ponte.stop()
  redis.disconnect()
  await server.stop()
})

const changes = async (): Promise<number> =>
  Number(/^rdb_changes_since_last_save:(\d+)/m.exec(await redis.info('persistence'))?.[1])

/** Counts what clients send in so many seconds, without what scripts call. */
async function countCommands(): Promise<{ readonly count: number; readonly seconds: number }> {
  let count = 0
  const stop = await monitorRedis(server.url, () => (count += 1))
  const startedAt = performance.now()
  await sleep(SECONDS * 1000)
  const seconds = (performance.now() - startedAt) / 1000
  stop()
  return { count, seconds }
}

test('a tenant without work costs at most 0.2 writes and 2 commands a second', async () => {
  const startedAt = performance.now()
  const before = await changes()
  const { count, seconds } = await countCommands()
  const writes = (await changes()) - before
  const secondsOfWrites = (performance.now() - startedAt) / 1000
  expect(count).toBeGreaterThan(TENANTS)
  expect(writes / TENANTS / secondsOfWrites).toBeLessThanOrEqual(0.2)
  expect(count / TENANTS / seconds).toBeLessThanOrEqual(2)
})

test('a tenant takes at most 3 connections', async () => {
  const clients = String(await redis.client('LIST'))
    .trim()
    .split('\n')
  expect(clients.length).toBeLessThanOrEqual(3 * TENANTS + SHARED_CONNECTIONS)
})

test.runIf(inject('isLongRun'))('looking for alerts writes nothing while all is well', async () => {
  const alerting = await start({ ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/alerts', ALERT_CHECK_SECONDS: '1' })
  try {
    await sleep(STARTED_MS)
    const before = await changes()
    await sleep(5000)
    expect(((await changes()) - before) / TENANTS / 5).toBeLessThanOrEqual(0.2)
  } finally {
    await alerting.stop()
  }
})
