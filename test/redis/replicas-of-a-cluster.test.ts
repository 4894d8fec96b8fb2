import { createReplicas, type KeptStep } from '@ponte/state'
import { type RedisCluster, startCluster } from '@ponte/testbed'
import { Cluster } from 'ioredis'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { patience } from '../support/company.ts'

let servers: RedisCluster

beforeAll(async () => {
  servers = await startCluster({ replicas: true })
}, 120_000)
afterAll(() => servers.stop())

function connect(): Cluster {
  const [address = ''] = servers.addresses.split(',')
  const [host = '', port] = address.split(':')
  const redis = new Cluster([{ host, port: Number(port) }], { slotsRefreshInterval: 3_600_000 })
  redis.on('error', () => {})
  onTestFinished(() => redis.disconnect())
  return redis
}

test('a step is confirmed by the replicas of its slot, also when the slot has moved and nobody has told the connection', async () => {
  const redis = connect()
  const replicas = createReplicas({ wanted: 1, waitMs: 3000 })
  const key = '{t}:mark'
  const set = (value: string) => replicas.confirm(redis, { step: 'mark', key }, pipeline => pipeline.set(key, value))

  expect(await set('one')).toMatchObject({ answer: 'OK', isKept: true })
  await redis.del(key)
  await servers.moveSlotOf(key)
  expect(await set('two')).toMatchObject({ answer: 'OK', isKept: true })
  expect(await redis.get(key)).toBe('two')
})

/** A key of the first of these primaries, and one of another primary. */
async function keysOfTwoPrimaries(): Promise<readonly [string, string]> {
  const [first] = servers.members
  const keys = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const key = `{tenant-${index}}:confirmed`
      return { key, isFirst: (await servers.primaryOf(key)) === first }
    }),
  )
  const [own, others] = [keys.find(({ isFirst }) => isFirst), keys.find(({ isFirst }) => !isFirst)]
  if (own === undefined || others === undefined) throw new Error('all keys are at one primary')
  return [own.key, others.key]
}

test('while one primary is without replicas, a busy other one does not keep its marks back for ever', async () => {
  const [lone, whole] = await keysOfTwoPrimaries()
  let now = 1_000_000
  const changes: (readonly [boolean, string | undefined])[] = []
  const replicas = createReplicas({
    wanted: 1,
    waitMs: 500,
    onChange: (isMissing, primary) => void changes.push([isMissing, primary]),
    now: () => now,
  })
  const redis = connect()
  const confirm = (key: string, step: KeptStep = 'mark') => replicas.confirmEarlier(redis, step, key)
  await expect.poll(() => confirm(lone), patience).toBe(true)
  await expect.poll(() => confirm(whole), patience).toBe(true)
  changes.length = 0
  const primary = `127.0.0.1:${servers.members[0]?.port}`

  // The replicas of the primaries are the last three, in their order.
  servers.members[3]?.pause()
  onTestFinished(() => servers.members[3]?.resume())
  for (let passed = 0; passed < 60; passed += 20) {
    expect(await confirm(lone)).toBe(false)
    expect(replicas.holdsBack(redis, lone)).toBe(true)
    await expect.poll(() => confirm(whole, 'delivery'), patience).toBe(true)
    expect(replicas.holdsBack(redis, whole)).toBe(false)
    now += 20_000
  }
  expect(await confirm(lone)).toBe(false)
  expect(replicas.holdsBack(redis, lone)).toBe(false)
  expect(changes.filter(([, of]) => of === primary)).toEqual([[true, primary]])
})
