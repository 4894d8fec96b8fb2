import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Attempt, createAttemptLimit } from './attempt-limit.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

/** Makes attempts until one has to wait. Returns how many were let through. */
async function failUntilSlowed(limit: ReturnType<typeof createAttemptLimit>, next: (index: number) => Attempt) {
  for (let index = 0; index < 1000; index += 1) if (typeof (await limit.begin(next(index))) === 'number') return index
  return Infinity
}

test('failures count for a user at an address, an address, a user and all, and not for a browser that is known', async () => {
  const at = (index: number): string => `192.0.2.${index}`
  const ofUserAtAddress = await failUntilSlowed(createAttemptLimit(), () => ({ user: 'ana', address: at(1) }))
  const ofAddress = await failUntilSlowed(createAttemptLimit(), index => ({ user: `user-${index}`, address: at(1) }))
  const ofUser = await failUntilSlowed(createAttemptLimit(), index => ({ user: 'ana', address: at(index) }))
  const limit = createAttemptLimit()
  const ofAll = await failUntilSlowed(limit, index => ({ user: `user-${index}`, address: at(index) }))
  expect({ ofUserAtAddress, ofAddress, ofUser, ofAll }).toEqual({
    ofUserAtAddress: 5,
    ofAddress: 20,
    ofUser: 15,
    ofAll: 200,
  })
  const known = { user: 'ana', address: at(1), browser: 'known' }
  expect(await failUntilSlowed(limit, () => known)).toBe(5)
})

test('an attempt that has to wait counts nowhere: trying on makes nobody wait longer, at this address or elsewhere', async () => {
  const limit = createAttemptLimit()
  const ana = { user: 'ana', address: '192.0.2.1' }
  expect(await failUntilSlowed(limit, () => ana)).toBe(5)
  vi.setSystemTime(Date.now() + 40_000)
  for (let again = 0; again < 300; again += 1) expect(await limit.begin(ana)).toBe(20)
  expect(await failUntilSlowed(limit, index => ({ ...ana, user: `user-${index}` }))).toBe(15)
  vi.setSystemTime(Date.now() + 20_001)
  expect(await limit.begin(ana)).toBeTypeOf('object')
})

test('a right password takes its own attempt back and no failure', async () => {
  const limit = createAttemptLimit()
  const ana = { user: 'ana', address: '192.0.2.1' }
  for (let failure = 0; failure < 4; failure += 1) await limit.begin(ana)
  for (let login = 0; login < 50; login += 1) {
    const begun = await limit.begin(ana)
    if (typeof begun !== 'number') await begun.succeed()
    expect(begun).toBeTypeOf('object')
  }
  await limit.begin(ana)
  expect(await limit.begin(ana)).toBeTypeOf('number')
})

test('many guesses at once are no more than one after the other', async () => {
  const limit = createAttemptLimit()
  const begun = await Promise.all(Array.from({ length: 12 }, () => limit.begin({ user: 'ana', address: '192.0.2.1' })))
  expect(begun.filter(each => typeof each !== 'number')).toHaveLength(5)
})
