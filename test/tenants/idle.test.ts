import { setTimeout as sleep } from 'node:timers/promises'
import { type Ponte, type RedisServer, startPonte, startRedis } from '@ponte/testbed'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openTestRedis } from '../support/redis/redis-contents.ts'

const TENANTS = 20
/** As long as a worker that waits for jobs asks for none. */
const SECONDS = 20
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

/** How many commands Redis has run, those inside scripts included. */
const countCommands = async (): Promise<number> => {
  const stats = await redis.info('commandstats')
  return [...stats.matchAll(/^cmdstat_[^:]+:calls=(\d+)/gm)].reduce((sum, [, calls]) => sum + Number(calls), 0)
}

test.runIf(inject('isLongRun'))(
  'a tenant without work costs at most 0.2 writes and 2 commands a second, those inside scripts counted',
  async () => {
    const startedAt = performance.now()
    const before = { writes: await changes(), commands: await countCommands() }
    await sleep(SECONDS * 1000)
    const [writes, commands] = [(await changes()) - before.writes, (await countCommands()) - before.commands]
    const each = TENANTS * ((performance.now() - startedAt) / 1000)
    expect(commands).toBeGreaterThan(TENANTS)
    expect(writes / each).toBeLessThanOrEqual(0.2)
    expect(commands / each).toBeLessThanOrEqual(2)
  },
)

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
