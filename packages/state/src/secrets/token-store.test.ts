import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createReplicas } from '../redis/replicas.ts'
import { createSecretBox } from './secret-box.ts'
import { createTokenStore } from './token-store.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

test('tokens that were stored although the answer was lost are written once more, so that replicas confirm them', async () => {
  const missed: string[] = []
  const replicas = createReplicas({ wanted: 1, waitMs: 1, onMissing: step => void missed.push(step) })
  const store = createTokenStore(redis, `t-${crypto.randomUUID()}`, createSecretBox(Buffer.alloc(32, 1)), { replicas })
  const tokens = { accessToken: 'access', refreshToken: 'rolled', expiresAt: 0, seed: 'seed', generation: 1 }
  await store.replace(tokens)
  expect(await store.replace(tokens, stored => stored === undefined || stored.refreshToken === 'earlier')).toBe(true)
  expect(missed).toEqual(['token', 'token'])

  const renewedElsewhere = { ...tokens, accessToken: 'newer', refreshToken: 'newer' }
  await store.replace(renewedElsewhere)
  expect(await store.replace(tokens, () => false)).toBe(false)
  expect(await store.read()).toMatchObject(renewedElsewhere)
})
