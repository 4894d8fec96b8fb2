import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createSecretBox } from './secret-box.ts'
import { createTokenStore, tokenSeed } from './token-store.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const tokens = { accessToken: 'access-canary', refreshToken: 'refresh-canary', expiresAt: 1, seed: tokenSeed('first') }

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
