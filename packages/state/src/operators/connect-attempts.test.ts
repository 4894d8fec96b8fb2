import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createConnectAttempts } from './connect-attempts.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const attempts = createConnectAttempts(redis)
const ana = { user: 'ana', session: 's-1' }

test('a state is unguessable and good once, for the user and the session that began it', async () => {
  const state = await attempts.begin('acme', ana)
  expect(Buffer.from(state.split('.')[0] ?? '', 'base64url')).toHaveLength(32)
  expect(await attempts.take(state, { user: 'bia', session: 's-1' })).toBeUndefined()
  expect(await attempts.take(state, { user: 'ana', session: 's-2' })).toBeUndefined()
  expect(await attempts.take(state, { user: 'ana', session: undefined })).toBeUndefined()
  const [one, other] = await Promise.all([attempts.take(state, ana), attempts.take(state, ana)])
  expect([one, other].filter(Boolean)).toEqual(['acme'])
  expect(await attempts.take(state, ana)).toBeUndefined()
  expect(await attempts.take('', ana)).toBeUndefined()
})

test('what waits for RD Station ends after ten minutes, and no name of a key holds the state', async () => {
  const before = new Set(await redis.keys('{acme}:ponte:connect*'))
  const state = await attempts.begin('acme', ana)
  const id = await attempts.conclude({ tenant: 'acme', user: 'ana', name: 'connected' })
  const made = (await redis.keys('{acme}:ponte:connect*')).filter(key => !before.has(key))
  expect(made.length).toBeGreaterThanOrEqual(2)
  for (const key of made) {
    for (const secret of [state, id]) expect(key).not.toContain(secret.split('.')[0])
    expect(await redis.pttl(key)).toBeGreaterThan(0)
    expect(await redis.pttl(key)).toBeLessThanOrEqual(600_000)
  }
})

test('what came of an attempt is shown to the user who made it', async () => {
  const id = await attempts.conclude({ tenant: 'acme', user: 'ana', name: 'RD_REJECTED' })
  expect(await attempts.readResult(id, 'ana')).toEqual({ tenant: 'acme', user: 'ana', name: 'RD_REJECTED' })
  expect(await attempts.readResult(id, 'bia')).toBeUndefined()
  expect(await attempts.readResult('none.{acme}', 'ana')).toBeUndefined()
})
