import type { NonEmpty } from '@ponte/contracts'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeEach, expect, inject, test } from 'vitest'
import { stateKey } from '../redis/keys.ts'
import { createOwnerTurns, type OwnerTurns } from './rule-use.ts'

const redis = new Redis(inject('redisUrl'))
const redisOfAnother = new Redis(inject('redisUrl'))
afterAll(() => {
  redis.disconnect()
  redisOfAnother.disconnect()
})

let tenant: string
let ownerTurns: OwnerTurns
beforeEach(() => {
  tenant = `t-${crypto.randomUUID()}`
  ownerTurns = createOwnerTurns(redis, tenant)
})

const all = ['ana', 'bia', 'caio', 'davi'] as const
const team: NonEmpty<string> = ['ana', 'bia', 'caio']
const newEvent = (): string => crypto.randomUUID()

async function takeInOrder(users: NonEmpty<string>, count: number, route = 'enterprise'): Promise<readonly string[]> {
  const taken: string[] = []
  for (let lead = 0; lead < count; lead += 1) taken.push(await ownerTurns.take(route, { event: newEvent(), users }))
  return taken
}

const countOf = (taken: readonly string[], user: string): number => taken.filter(each => each === user).length

/** The largest difference in turns between these users, each of whom could have had every turn. */
function unfairness(taken: readonly string[], users: readonly string[]): number {
  const counts = users.map(user => countOf(taken, user))
  return Math.max(...counts) - Math.min(...counts)
}

/** For each lead, the users who can be responsible. The first two always can. */
const leads = fc.array(
  fc
    .subarray(all.slice(2))
    .chain(others => fc.shuffledSubarray(['ana', 'bia', ...others], { minLength: 2 + others.length })),
  { minLength: 1, maxLength: 40 },
)

test('users who are always there never differ by more than one, whoever else comes and goes, in whatever order they are given', async () => {
  await fc.assert(
    fc.asyncProperty(leads, async usable => {
      const route = crypto.randomUUID()
      const taken: string[] = []
      for (const [first = 'ana', ...others] of usable) {
        taken.push(await ownerTurns.take(route, { event: newEvent(), users: [first, ...others] }))
        expect(unfairness(taken, ['ana', 'bia'])).toBeLessThanOrEqual(1)
      }
    }),
    { numRuns: 40 },
  )
})

test('two workers at once give each user the same number of leads', async () => {
  const workers = [ownerTurns, createOwnerTurns(redisOfAnother, tenant)]
  const taken = await Promise.all(
    Array.from({ length: 60 }, (_, lead) =>
      Promise.resolve(workers[lead % 2]?.take('enterprise', { event: newEvent(), users: team })),
    ),
  )
  expect(team.map(user => taken.filter(each => each === user).length)).toEqual([20, 20, 20])
})

test('users take turns in the order of the tenants file', async () => {
  expect(await takeInOrder(team, 7)).toEqual(['ana', 'bia', 'caio', 'ana', 'bia', 'caio', 'ana'])
})

test('each route has turns of its own, and each tenant', async () => {
  await takeInOrder(team, 1)
  expect(await takeInOrder(team, 1, 'varejo')).toEqual(['ana'])
  ownerTurns = createOwnerTurns(redis, `${tenant}-2`)
  expect(await takeInOrder(team, 1)).toEqual(['ana'])
})

test('an event that asks again gets the same user, and takes no second turn', async () => {
  const event = newEvent()
  const answers = [
    await ownerTurns.take('enterprise', { event, users: team }),
    await ownerTurns.take('enterprise', { event, users: team }),
    ...(await Promise.all([1, 2].map(() => ownerTurns.take('enterprise', { event, users: team })))),
  ]
  expect(answers).toEqual(['ana', 'ana', 'ana', 'ana'])
  expect(await takeInOrder(team, 3)).toEqual(['bia', 'caio', 'ana'])
})

test('an event whose user can no longer be responsible gets the next one', async () => {
  const event = newEvent()
  expect(await ownerTurns.take('enterprise', { event, users: team })).toBe('ana')
  expect(await ownerTurns.take('enterprise', { event, users: ['bia', 'caio'] })).toBe('bia')
  expect(await ownerTurns.take('enterprise', { event, users: team })).toBe('bia')
})

test('a user who is away is passed over, and on return gets one turn first, not all that were missed', async () => {
  await takeInOrder(team, 3)
  expect(await takeInOrder(['ana', 'caio'], 5)).toEqual(['ana', 'caio', 'ana', 'caio', 'ana'])
  expect(await takeInOrder(team, 6)).toEqual(['bia', 'caio', 'ana', 'bia', 'caio', 'ana'])
})

test('a user who is new goes first', async () => {
  await takeInOrder(team, 4)
  expect(await takeInOrder(['ana', 'bia', 'caio', 'davi'], 4)).toEqual(['davi', 'bia', 'caio', 'ana'])
})

test('a Redis that has lost the turns begins them anew', async () => {
  await takeInOrder(team, 2)
  await redis.del(stateKey(tenant, 'owner-turns', 'enterprise'))
  expect(await takeInOrder(team, 4)).toEqual(['ana', 'bia', 'caio', 'ana'])
})

test('of a thousand users the latest turns are remembered', async () => {
  const key = stateKey(tenant, 'owner-turns', 'enterprise')
  await redis.zadd(key, ...Array.from({ length: 1000 }, (_, user) => [user + 1, `user-${user}`]).flat())
  expect(await takeInOrder(['davi'], 1)).toEqual(['davi'])
  expect(await redis.zcard(key)).toBe(1000)
  expect(await redis.zscore(key, 'user-0')).toBeNull()
  expect(await redis.zscore(key, 'davi')).toBe('1001')
})
