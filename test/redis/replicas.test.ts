import { createLogger, openStateRedis } from '@ponte/runtime'
import { createReplicas } from '@ponte/state'
import type { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { patience } from '../support/company.ts'
import { startReplicaPair } from '../support/redis/replica-pair.ts'

let pair: Awaited<ReturnType<typeof startReplicaPair>>
const opened: Redis[] = []

beforeEach(async () => {
  pair = await startReplicaPair()
})
afterEach(async () => {
  for (const redis of opened.splice(0)) redis.disconnect()
  await pair.stop()
})

function connect(): Redis {
  const redis = openStateRedis(pair.primary.url, createLogger({ level: 'silent', process: 'test' }))
  opened.push(redis)
  return redis
}

/** More than a busy machine needs to answer. */
const PATIENT_MS = 1500

test('a write is kept when a replica has it, and is not when the only one is frozen', async () => {
  const changes: boolean[] = []
  const missed: string[] = []
  const replicas = createReplicas({
    wanted: 1,
    waitMs: PATIENT_MS,
    onMissing: step => void missed.push(step),
    onChange: isMissing => void changes.push(isMissing),
  })
  const redis = connect()
  const set = (value: string) =>
    replicas.confirm(redis, { step: 'mark', key: '{t}:mark' }, pipeline => pipeline.set('{t}:mark', value))

  expect(await set('one')).toMatchObject({ answer: 'OK', isKept: true })
  expect(await pair.follower.get('{t}:mark')).toBe('one')
  pair.replica.pause()
  expect(await set('two')).toMatchObject({ answer: 'OK', isKept: false })
  expect(await redis.get('{t}:mark')).toBe('two')
  pair.replica.resume()
  await expect.poll(() => set('three'), patience).toMatchObject({ answer: 'OK', isKept: true })

  expect(missed).toContain('mark')
  expect(changes).toEqual([true, false])
})

test('what another connection wrote is confirmed by one more write: WAIT alone confirms nothing', async () => {
  const replicas = createReplicas({ wanted: 1, waitMs: 300 })
  pair.replica.pause()
  await pair.redis.set('{t}:mark', 'of another connection')

  const redis = connect()
  expect(await redis.wait(1, 300)).toBe(1)
  expect(await replicas.confirmEarlier(redis, 'mark', '{t}:confirmed')).toBe(false)
  pair.replica.resume()
  await expect.poll(() => replicas.confirmEarlier(redis, 'mark', '{t}:confirmed'), patience).toBe(true)
  expect(await pair.follower.get('{t}:mark')).toBe('of another connection')
})

test('a step that waits when its primary is demoted is not confirmed by another connection', async () => {
  const replicas = createReplicas({ wanted: 1, waitMs: PATIENT_MS })
  const redis = connect()
  await redis.ping()
  pair.replica.pause()
  const confirmed = replicas.confirm(redis, { step: 'mark', key: '{t}:mark' }, pipeline =>
    pipeline.set('{t}:mark', 'once'),
  )
  await expect.poll(() => pair.redis.info('clients'), patience).toContain('blocked_clients:1')

  // A moment as a replica ends what waits there. The server is a primary again before the connection is renewed.
  await pair.redis.multi().replicaof('127.0.0.1', pair.replica.port).replicaof('NO', 'ONE').exec()
  pair.replica.resume()
  expect((await confirmed).isKept).toBe(false)
})

test('marks wait a minute for replicas, and then go without them', async () => {
  let now = 1_000_000
  const replicas = createReplicas({ wanted: 1, waitMs: 50, now: () => now })
  const redis = connect()
  const confirm = () => replicas.confirmEarlier(redis, 'mark', '{t}:confirmed')
  const holdsBack = () => replicas.holdsBack(redis, '{t}:confirmed')
  expect(holdsBack()).toBe(false)

  pair.replica.pause()
  await confirm()
  expect(holdsBack()).toBe(true)
  for (let passed = 0; passed < 60; passed += 20) {
    await confirm()
    now += 20_000
  }
  await confirm()
  expect(holdsBack()).toBe(false)

  // What was missing long ago says nothing about now.
  now += 3_600_000
  await confirm()
  expect(holdsBack()).toBe(true)
  pair.replica.resume()
  await expect.poll(confirm, patience).toBe(true)
  expect(holdsBack()).toBe(false)
})
