import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { stateKey } from './keys.ts'
import { acquireLock, LockLost } from './lock.ts'
import { createMarkLedger, opportunityLock } from './mark-ledger.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

test('a write under a lock that was lost is refused, and what the new holder wrote stays', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const lockKey = stateKey(tenant, 'lock', opportunityLock('o1'))
  const first = await acquireLock(redis, [lockKey], { waitMs: 0 })
  const firstLedger = createMarkLedger(redis, tenant, () => first?.fenceOf(lockKey) ?? { key: lockKey, token: '' })
  await firstLedger.write('o1', { marked: 'open' })

  await redis.del(lockKey)
  const second = await acquireLock(redis, [lockKey], { waitMs: 0 })
  const secondLedger = createMarkLedger(redis, tenant, () => second?.fenceOf(lockKey) ?? { key: lockKey, token: '' })
  await secondLedger.write('o1', { marked: 'won' })

  await expect(firstLedger.write('o1', { marked: 'open' })).rejects.toThrow(LockLost)
  expect(await secondLedger.read('o1')).toEqual({ marked: 'won' })
  await Promise.all([first?.release(), second?.release()])
})

test('a ledger that is only read from refuses to write', async () => {
  const ledger = createMarkLedger(redis, `t-${crypto.randomUUID()}`)
  expect(await ledger.read('o1')).toEqual({ marked: 'none' })
  await expect(async () => ledger.write('o1', { marked: 'open' })).rejects.toThrow(/without the lock/)
})

test('a history that is looked at begins its life anew', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const key = stateKey(tenant, 'mark', 'o1')
  await redis.set(key, JSON.stringify({ marked: 'won' }), 'EX', 5)
  await createMarkLedger(redis, tenant).read('o1')
  expect(await redis.ttl(key)).toBeGreaterThan(300 * 24 * 3600)
})
