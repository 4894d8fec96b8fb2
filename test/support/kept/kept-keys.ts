import { readFileSync } from 'node:fs'
import path from 'node:path'
import { repositoryRoot } from '@ponte/testbed'
import type { Redis } from 'ioredis'
import { z } from 'zod'

const text = z.string()
const [key, ends] = [text, z.literal(true).optional()]

/** A key of Redis as a fixture holds it. `ends`: it has a time to live. */
export type KeptKey = z.infer<typeof keptKey>
const keptKey = z.discriminatedUnion('type', [
  z.object({ key, type: z.literal('string'), ends, value: text }),
  z.object({ key, type: z.literal('hash'), ends, value: z.record(text, text) }),
  z.object({ key, type: z.literal('list'), ends, value: z.array(text) }),
  z.object({ key, type: z.literal('set'), ends, value: z.array(text) }),
  z.object({ key, type: z.literal('zset'), ends, value: z.array(z.tuple([text, text])) }),
  z.object({ key, type: z.literal('stream'), ends, value: z.array(z.tuple([text, z.array(text)])) }),
])

export const fixtures = path.join(repositoryRoot, 'test/fixtures/redis')

/** What an installation held: a file of `test/fixtures/redis`. */
export const readFixture = (file: string): readonly KeptKey[] =>
  z.array(keptKey).parse(JSON.parse(readFileSync(path.join(fixtures, file), 'utf8')))

/** The streams in which BullMQ tells of its jobs: nothing of Ponte reads what they held. */
const isOfBullmq = /\.[a-z-]+:events$/

/** Everything that a Redis holds, by key. */
export async function readKept(redis: Redis): Promise<readonly KeptKey[]> {
  const keys = (await redis.keys('*')).filter(each => !isOfBullmq.test(each))
  const found = await Promise.all(keys.map(each => readKey(redis, each)))
  return found.toSorted((one, other) => (one.key < other.key ? -1 : 1))
}

async function readKey(redis: Redis, key: string): Promise<KeptKey> {
  const [type, ttlMs] = await Promise.all([redis.type(key), redis.pttl(key)])
  const own: Pick<KeptKey, 'key' | 'ends'> = { key, ...(ttlMs >= 0 && { ends: true }) }
  switch (type) {
    case 'string':
      return { ...own, type, value: (await redis.get(key)) ?? '' }
    case 'hash':
      return { ...own, type, value: byName(await redis.hgetall(key)) }
    case 'list':
      return { ...own, type, value: await redis.lrange(key, 0, -1) }
    case 'set':
      return { ...own, type, value: (await redis.smembers(key)).toSorted() }
    case 'zset':
      return { ...own, type, value: pairsOf(await redis.zrange(key, '0', '-1', 'WITHSCORES')) }
    case 'stream':
      return { ...own, type, value: await redis.xrange(key, '-', '+') }
    default:
      throw new Error(`${key} is a ${type}`)
  }
}

const byName = (hash: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(hash).toSorted(([one], [other]) => (one < other ? -1 : 1)))

const pairsOf = (flat: readonly string[]): [string, string][] =>
  flat.flatMap((each, index) => (index % 2 === 0 ? [[each, flat[index + 1] ?? '']] : []))

/** Long enough for a test. */
const LIFE_MS = 3_600_000

/** Gives a Redis that is empty what an installation held. */
export async function loadKept(redis: Redis, kept: readonly KeptKey[]): Promise<void> {
  const commands = redis.pipeline()
  for (const each of kept) {
    const { key } = each
    switch (each.type) {
      case 'string':
        commands.set(key, each.value)
        break
      case 'hash':
        commands.hset(key, each.value)
        break
      case 'list':
        commands.rpush(key, ...each.value)
        break
      case 'set':
        commands.sadd(key, ...each.value)
        break
      case 'zset':
        commands.zadd(key, ...each.value.flatMap(([member, score]) => [score, member]))
        break
      case 'stream':
        for (const [id, fields] of each.value) commands.xadd(key, id, ...fields)
        break
    }
    if (each.ends) commands.pexpire(key, LIFE_MS)
  }
  for (const [error] of (await commands.exec()) ?? []) if (error !== null) throw error
}
