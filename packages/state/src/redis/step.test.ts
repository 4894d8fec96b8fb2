import { Redis } from 'ioredis'
import { afterAll, expect, inject, onTestFinished, test, vi } from 'vitest'
import {
  addMember,
  beginKey,
  type Change,
  dropMember,
  removeKey,
  setKey,
  readKept,
  readMembers,
  readTexts,
  change,
  isRecorded,
  LockLost,
  read,
  readOne,
  runStep,
} from './step.ts'
import { stateKey } from './keys.ts'
import { acquireLock, type Lock, type LockOptions } from './lock.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const textsOf = (keys: readonly string[]) => readTexts(keys, texts => texts)

/** Keys of one tenant, and a lock on the first of them. */
async function openRoom() {
  const tenant = `t-${crypto.randomUUID()}`
  const key = (name: string): string => stateKey(tenant, name)
  const lockKey = key('lock')
  const take = async (options: Partial<LockOptions> = {}): Promise<Lock> => {
    const lock = await acquireLock(redis, [lockKey], { waitMs: 0, ...options })
    if (lock === undefined) throw new Error('the lock of a new tenant is free')
    return lock
  }
  return { key, lockKey, take }
}

/** One change of each kind. */
const everyChange = (key: (name: string) => string): readonly Change[] => [
  setKey(key('set'), 'new', 100),
  beginKey(key('begun'), 'new', 100),
  removeKey(key('removed')),
  addMember(key('members'), { member: 'b', score: 2, keepS: 100, mostMembers: 2, keepsScore: false }),
  dropMember(key('members'), 'a'),
]

async function readEverything(key: (name: string) => string) {
  const texts = textsOf(['set', 'begun', 'removed'].map(key))
  const members = readMembers([key('members')], ([set]) => set)
  const valueOf = await read(redis, [texts, members])
  return { texts: valueOf(texts), members: valueOf(members) }
}

test('a step makes its changes and reads what is there then, in one command', async () => {
  const { key, take } = await openRoom()
  await redis.set(key('removed'), 'old')
  await redis.zadd(key('members'), 1, 'a')
  const lock = await take()
  const [texts, members] = [textsOf(['set', 'begun', 'removed'].map(key)), readMembers([key('members')], sets => sets)]
  const sent = vi.spyOn(redis, 'sendCommand')

  const valueOf = await runStep(redis, {
    fences: [lock.fenceOf(key('lock'))],
    changes: everyChange(key),
    readings: [texts, members],
  })

  expect(valueOf?.(texts)).toEqual(['new', 'new', undefined])
  expect(valueOf?.(members)).toEqual([[{ member: 'b', score: 2 }]])
  expect(() => valueOf?.(textsOf([key('set')]))).toThrow(TypeError)
  // Redis may not know the script yet: then it is sent once more, with its source.
  expect(sent.mock.calls.filter(([{ name }]) => name !== 'eval')).toHaveLength(1)
  sent.mockRestore()
  for (const name of ['set', 'begun', 'members']) expect(await redis.ttl(key(name))).toBeGreaterThan(90)
  await lock.release()
})

test('nothing at all of a step is done when one of its locks is lost', async () => {
  const { key, lockKey, take } = await openRoom()
  await redis.set(key('removed'), 'old')
  await redis.zadd(key('members'), 1, 'a')
  const before = await readEverything(key)
  const [lost, other] = [await take(), await acquireLock(redis, [key('other')], { waitMs: 0 })]
  await redis.set(lockKey, 'somebody else')
  const fences = [other?.fenceOf(key('other')), lost.fenceOf(lockKey)].flatMap(fence => fence ?? [])

  await expect(runStep(redis, { fences, changes: everyChange(key) })).rejects.toThrow(LockLost)
  const taking = acquireLock(redis, [key('third')], { waitMs: 0, fences, changes: everyChange(key) })
  await expect(taking).rejects.toThrow(LockLost)

  expect(await readEverything(key)).toEqual(before)
  expect(await redis.exists(key('third'))).toBe(0)
  await Promise.all([lost.release(), other?.release()])
})

test('nothing of a step is done while somebody else holds a lock that it takes, and all of it once that is free', async () => {
  const { key, take } = await openRoom()
  const first = await take()
  const step = { waitMs: 0, changes: everyChange(key), readings: [textsOf([key('set')])] }
  expect(await acquireLock(redis, [key('free'), key('lock')], step)).toBeUndefined()
  expect((await readEverything(key)).texts).toEqual([undefined, undefined, undefined])
  expect(await redis.exists(key('free'))).toBe(0)
  await first.release()

  const [texts] = step.readings
  const second = await acquireLock(redis, [key('free'), key('lock')], step)
  expect(texts && second?.valueOf(texts)).toEqual(['new'])
  await second?.release()
})

test('a step that arrives after its lock went to somebody else is refused, and so is one after its release', async () => {
  const { key, lockKey, take } = await openRoom()
  const lock = await take()
  const late = () => runStep(redis, { fences: [lock.fenceOf(lockKey)], changes: [setKey(key('set'), 'late', 100)] })
  await lock.release()
  await expect(late()).rejects.toThrow(LockLost)
  const next = await take()
  await expect(late()).rejects.toThrow(LockLost)
  expect(await redis.exists(key('set'))).toBe(0)
  await next.release()
})

test('a step that is sent twice, because its answer was lost, takes its locks and makes its changes once', async () => {
  const { key } = await openRoom()
  const step = {
    take: { keys: [key('lock')], token: 'ours', lockMs: 4000 },
    changes: everyChange(key),
    readings: [textsOf([key('set')])],
  }
  await runStep(redis, step)
  expect(await runStep(redis, step)).toBeDefined()
  expect((await readEverything(key)).members).toEqual([{ member: 'b', score: 2 }])
  expect(await runStep(redis, { ...step, take: { ...step.take, token: 'theirs' } })).toBeUndefined()
})

test('the last step under a lock releases it, and its holder does not take that for a loss', async () => {
  const { key, lockKey, take } = await openRoom()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const lock = await take()
  const releases = lock.releaseInStep()
  await runStep(redis, { fences: [lock.fenceOf(lockKey)], changes: [setKey(key('set'), 'last', 100), ...releases] })
  lock.wasReleased()
  expect(await redis.exists(lockKey)).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(60_000)
  expect(lock.signal.aborted).toBe(false)
})

test('whether a step was made, whose answer was lost, is told by all that it set, and by nothing where it set nothing', async () => {
  const { key } = await openRoom()
  const changes = [
    setKey(key('set'), 'ours', 100),
    setKey(key('other'), 'ours', 100),
    beginKey(key('begun'), 'new', 100),
  ]
  expect(await isRecorded(redis, changes)).toBe(false)
  await change(redis, changes)
  expect(await isRecorded(redis, changes)).toBe(true)
  await change(redis, [setKey(key('other'), 'theirs', 100)])
  expect(await isRecorded(redis, changes)).toBe(false)
  expect(await isRecorded(redis, changes.slice(2))).toBe(false)
})

test('a lock that a step should release, but did not, ends by itself, and its holder learns of it', async () => {
  const { lockKey, take } = await openRoom()
  const lock = await take({ lockMs: 300 })
  lock.releaseInStep()
  await expect.poll(() => lock.signal.aborted).toBe(true)
  await expect.poll(() => redis.exists(lockKey)).toBe(0)
})

test('a set keeps its newest members, and a member its first score where that is wanted', async () => {
  const { key } = await openRoom()
  const add = (member: string, score: number, keepsScore: boolean) =>
    change(redis, [addMember(key('members'), { member, score, keepS: 100, mostMembers: 2, keepsScore })])
  for (const [score, member] of ['a', 'b', 'c'].entries()) await add(member, score, true)
  await add('b', 9, true)
  expect((await readEverything(key)).members?.map(({ member }) => member)).toEqual(['b', 'c'])
  await add('b', 9, false)
  expect((await readEverything(key)).members?.map(({ member }) => member)).toEqual(['c', 'b'])
})

test('what is there already stays where a key is only begun, and a life begins anew where that is wanted', async () => {
  const { key } = await openRoom()
  await change(redis, [setKey(key('begun'), 'first', 5)])
  await change(redis, [beginKey(key('begun'), 'second', 100)])
  const kept = readKept(key('begun'), 1000, text => text)
  expect(await readOne(redis, kept)).toBe('first')
  expect(await redis.ttl(key('begun'))).toBeGreaterThan(900)
})

test.each([
  ['180 days', 180 * 24 * 3600, 24 * 3600],
  ['5 minutes', 300, 10],
])(
  'of a life of %s, a reading renews what has lasted longer than it may, and writes nothing before',
  async (_life, keepS, mayS) => {
    const { key } = await openRoom()
    const kept = readKept(key('kept'), keepS, text => text)
    const endAfterReading = async (leftS: number): Promise<readonly [before: number, after: number]> => {
      await redis.set(key('kept'), 'there', 'EX', leftS)
      const before = await redis.pexpiretime(key('kept'))
      expect(await readOne(redis, kept)).toBe('there')
      return [before, await redis.pexpiretime(key('kept'))]
    }
    const [end, sameEnd] = await endAfterReading(keepS - mayS + 5)
    expect(sameEnd).toBe(end)
    const [, newEnd] = await endAfterReading(keepS - mayS - 5)
    expect(newEnd - Date.now()).toBeGreaterThan((keepS - 5) * 1000)
  },
)

test('a reading gives an end to a key without one, and makes none that is not there', async () => {
  const { key } = await openRoom()
  const kept = readKept(key('kept'), 180 * 24 * 3600, text => text)
  expect(await readOne(redis, kept)).toBeUndefined()
  expect(await redis.exists(key('kept'))).toBe(0)
  await redis.set(key('kept'), 'there')
  await read(redis, [kept])
  expect(await redis.ttl(key('kept'))).toBeGreaterThan(179 * 24 * 3600)
})
