import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { resealAll, createSecretBox } from './secret-box.ts'
import { createTokenStore, tokenSeed } from './token-store.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const tokens = {
  accessToken: 'access-canary',
  refreshToken: 'refresh-canary',
  expiresAt: 1,
  seed: tokenSeed('first'),
  generation: 1,
}

test('stored tokens come back with the same key, and Redis never holds them in clear', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const store = createTokenStore(redis, tenant, createSecretBox(randomBytes(32)))
  await store.replace(tokens)
  expect(await store.read()).toEqual(tokens)
  for (const key of await redis.keys(`{${tenant}}:*`)) expect(await redis.get(key)).not.toContain('canary')
})

test('tokens sealed with another key, damaged, or copied from another tenant count as absent', async () => {
  const [tenant, other] = [`t-${crypto.randomUUID()}`, `t-${crypto.randomUUID()}`]
  const box = createSecretBox(randomBytes(32))
  await createTokenStore(redis, tenant, box).replace(tokens)
  expect(await createTokenStore(redis, tenant, createSecretBox(randomBytes(32))).read()).toBeUndefined()

  const sealed = (await redis.get(`{${tenant}}:ponte:rd-tokens`)) ?? ''
  await redis.set(`{${other}}:ponte:rd-tokens`, sealed)
  expect(await createTokenStore(redis, other, box).read()).toBeUndefined()

  await redis.set(`{${tenant}}:ponte:rd-tokens`, `${sealed.slice(0, -4)}AAAA`)
  expect(await createTokenStore(redis, tenant, box).read()).toBeUndefined()
})

test('a text with a shortened authentication tag is refused', () => {
  const box = createSecretBox(randomBytes(32))
  const [version, text = '', id] = box.seal('', 'place').split('.')
  const shortened = Buffer.from(text, 'base64url')
    .subarray(0, 12 + 4)
    .toString('base64url')
  expect(box.open(`${version}.${text}.${id}`, 'place')).toBe('')
  expect(box.open(`${version}.${shortened}.${id}`, 'place')).toBeUndefined()
  expect(box.open(`${version}.${shortened}`, 'place')).toBeUndefined()
})

test('while a key is being replaced the other one opens what it sealed', () => {
  const [before, after] = [randomBytes(32), randomBytes(32)]
  const [older, younger] = [createSecretBox(before, [after]), createSecretBox(after, [before])]
  const earlier = older.seal('x', 'place')
  expect(younger.open(earlier, 'place')).toBe('x')
  expect(younger.open(earlier, 'elsewhere')).toBeUndefined()
  expect(younger.isCurrent(earlier)).toBe(false)
  const sealed = younger.seal('x', 'place')
  expect(older.open(sealed, 'place')).toBe('x')
  expect(younger.isCurrent(sealed)).toBe(true)
  expect(createSecretBox(before).open(sealed, 'place')).toBeUndefined()
  expect(sealed).not.toContain(after.toString('hex').slice(0, 12))
})

test('resealing leaves what a worker writes meanwhile, keeps terms, and names what no key opens', async () => {
  const own = redis.duplicate({ db: 1 })
  await own.flushdb()
  const [before, after] = [randomBytes(32), randomBytes(32)]
  const [older, younger] = [createSecretBox(before), createSecretBox(after, [before])]
  const place = (name: string): string => `{t}:ponte:${name}`
  await own.set(place('old'), older.seal('one', place('old')), 'PX', 600_000)
  await own.set(place('first'), older.seal('two', place('first')))
  await own.set(place('new'), younger.seal('three', place('new')))
  await own.set(place('lost'), createSecretBox(randomBytes(32)).seal('four', place('lost')))
  await own.set(place('lead:x'), '{"convertedAt":1}')
  await own.hset(place('hash'), { a: '1' })

  expect(await resealAll(own, younger, { dryRun: true })).toEqual({
    resealed: 2,
    current: 1,
    unreadable: [place('lost')],
  })
  expect(younger.isCurrent((await own.get(place('old'))) ?? '')).toBe(false)

  // A worker that renews its tokens between the reading and the writing of this one.
  const renewed = older.seal('renewed', place('old'))
  const [get, meddled] = [own.get.bind(own), new Set<string>()]
  const meddling = Object.assign(own, {
    get: async (key: string) => {
      const found = await get(key)
      if (key === place('old') && !meddled.has(key)) {
        meddled.add(key)
        await own.set(key, renewed, 'KEEPTTL')
      }
      return found
    },
  })
  expect(await resealAll(meddling, younger, { dryRun: false })).toMatchObject({ resealed: 2, current: 1 })
  for (const [name, plain] of Object.entries({ old: 'renewed', first: 'two', new: 'three' }))
    expect(createSecretBox(after).open((await get(place(name))) ?? '', place(name))).toBe(plain)
  expect(await own.pttl(place('old'))).toBeGreaterThan(0)
  await own.flushdb()
  own.disconnect()
})
