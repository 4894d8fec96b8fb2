import { Redis } from 'ioredis'
import { afterAll, expect, inject, onTestFinished, test, vi } from 'vitest'
import { acquireLock } from './lock.ts'
import { stateKey } from './keys.ts'

const redis = new Redis(inject('redisUrl'))
const key = (name: string): string => stateKey(`t-${crypto.randomUUID()}`, 'lock', name)

afterAll(() => redis.disconnect())

test('of two who want the same lock, one gets it and the other only after its release', async () => {
  const keys = [key('person')] as const
  const first = await acquireLock(redis, keys, { waitMs: 0 })
  expect(first).toBeDefined()
  expect(await acquireLock(redis, keys, { waitMs: 0 })).toBeUndefined()
  const second = acquireLock(redis, keys, { waitMs: 5000 })
  await first?.release()
  expect(await second).toBeDefined()
  await (await second)?.release()
})

test('a lock on several names is refused when one of them is held, and then holds none of the others', async () => {
  const [a, b] = [key('a'), key('b')]
  const held = await acquireLock(redis, [b], { waitMs: 0 })
  expect(await acquireLock(redis, [a, b], { waitMs: 0 })).toBeUndefined()
  const other = await acquireLock(redis, [a], { waitMs: 0 })
  expect(other).toBeDefined()
  await Promise.all([held?.release(), other?.release()])
})

test('a lock outlives its length while its holder lives', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const keys = [key('long')] as const
  const lock = await acquireLock(redis, keys, { waitMs: 0, lockMs: 60_000 })
  for (let renewal = 1; renewal <= 3; renewal += 1) {
    await redis.pexpire(...keys, 20_000)
    vi.advanceTimersToNextTimer()
    await expect.poll(() => redis.pttl(...keys)).toBeGreaterThan(20_000)
  }
  expect(lock?.signal.aborted).toBe(false)
  await lock?.release()
  expect(await redis.exists(...keys)).toBe(0)
})

test('a holder whose lock was taken by somebody else learns of it, and does not release the other one', async () => {
  const keys = [key('stolen')] as const
  const lock = await acquireLock(redis, keys, { waitMs: 0, lockMs: 300 })
  await redis.set(keys[0], 'somebody else')
  await expect.poll(() => lock?.signal.aborted).toBe(true)
  await lock?.release()
  expect(await redis.get(keys[0] ?? '')).toBe('somebody else')
})

test('a holder that was frozen knows by the clock that the lock has ended, before any timer runs', async () => {
  const clock = createFakeClock()
  const lock = await acquireLock(redis, [key('still')], { waitMs: 0, lockMs: 60_000, clock })
  expect(lock?.isHeld()).toBe(true)
  clock.pass({ monotonicMs: 60_001, wallMs: 60_001 })
  expect(lock?.signal.aborted).toBe(false)
  expect(lock?.isHeld()).toBe(false)
  expect(lock?.signal.aborted).toBe(true)
  await lock?.release()
})

test('a holder who cannot reach Redis learns when the lock may have ended', async () => {
  const own = new Redis(inject('redisUrl'), { maxRetriesPerRequest: 0, enableOfflineQueue: false })
  await new Promise(resolve => own.once('ready', resolve))
  const lock = await acquireLock(own, [key('cut off')], { waitMs: 0, lockMs: 300 })
  own.disconnect()
  await expect.poll(() => lock?.signal.aborted).toBe(true)
})

test.each([
  ['the clock that stands still while a machine is suspended', { monotonicMs: 0, wallMs: 4001 }],
  ['the clock that may be set back', { monotonicMs: 4001, wallMs: -3_600_000 }],
  ['neither clock', { monotonicMs: 4001, wallMs: 4001 }],
])('a lock that cannot be proven held is lost: it is not proven by %s', async (_what, passed) => {
  const clock = createFakeClock()
  const lock = await acquireLock(redis, [key('suspended')], { waitMs: 0, lockMs: 4000, clock })
  clock.pass({ monotonicMs: 500, wallMs: 500 })
  expect(lock?.isHeld()).toBe(true)
  clock.pass(passed)
  expect(lock?.isHeld()).toBe(false)
  expect(lock?.signal.aborted).toBe(true)
  await lock?.release()
})

test('a renewal proves the lock anew, by both clocks', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const clock = createFakeClock()
  const [name] = [key('renewed')]
  const lock = await acquireLock(redis, [name], { waitMs: 0, lockMs: 60_000, clock })
  clock.pass({ monotonicMs: 40_000, wallMs: 40_000 })
  // Twice, so that the holder has received the answer to the first renewal.
  for (let renewal = 1; renewal <= 2; renewal += 1) {
    await redis.pexpire(name, 20_000)
    vi.advanceTimersToNextTimer()
    await expect.poll(() => redis.pttl(name)).toBeGreaterThan(20_000)
  }
  clock.pass({ monotonicMs: 40_000, wallMs: 40_000 })
  expect(lock?.isHeld()).toBe(true)
  await lock?.release()
})

function createFakeClock() {
  const now = { monotonicMs: 1000, wallMs: 1_800_000_000_000 }
  return {
    monotonicMs: () => now.monotonicMs,
    wallMs: () => now.wallMs,
    pass(by: typeof now): void {
      now.monotonicMs += by.monotonicMs
      now.wallMs += by.wallMs
    },
  }
}
