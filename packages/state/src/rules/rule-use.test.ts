import { DAY_MS } from '@ponte/contracts'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeEach, expect, inject, test, vi } from 'vitest'
import { stateKey } from '../redis/keys.ts'
import { createRuleUse, readRuleUse } from './rule-use.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

let tenant: string
beforeEach(() => {
  tenant = `t-${crypto.randomUUID()}`
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const dayBefore = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10)
const storedDay = (days: number): number => Math.floor(Date.now() / DAY_MS) - days
const [porte, city, sp] = [{ member: 'place:cf_porte' }, { member: 'place:city' }, { member: 'route:sp' }] as const
const all = [porte, city, sp]
const key = (): string => stateKey(tenant, 'rule-use')

test('what leads used and since when each is watched are known by the day, and nothing is known before the first lead', async () => {
  expect((await readRuleUse(redis, tenant)).anyLead).toBeUndefined()
  await createRuleUse(redis, tenant, all).record([city])
  const use = await readRuleUse(redis, tenant)
  const today = dayBefore(0)
  expect(use.anyLead).toEqual({ since: today, last: today })
  expect(all.map(use.useOf)).toEqual([
    { since: today, last: undefined },
    { since: today, last: today },
    { since: today, last: undefined },
  ])
  expect(use.useOf({ member: 'route:unknown' })).toBeUndefined()
})

test('a use of today keeps since when its rule is watched, and leaves the days of other rules', async () => {
  await redis.hset(key(), { 'place:city': `${storedDay(90)}:${storedDay(40)}`, 'route:sp': `${storedDay(90)}:` })
  await createRuleUse(redis, tenant, all).record([sp])
  const use = await readRuleUse(redis, tenant)
  expect(use.useOf(city)).toEqual({ since: dayBefore(90), last: dayBefore(40) })
  expect(use.useOf(sp)).toEqual({ since: dayBefore(90), last: dayBefore(0) })
})

test('what the tenants file no longer has is forgotten with the next lead, so the number of members has a bound', async () => {
  await createRuleUse(redis, tenant, all).record(all)
  await createRuleUse(redis, tenant, [porte]).record([])
  expect(Object.keys(await redis.hgetall(key())).toSorted()).toEqual(['lead', 'place:cf_porte'])
})

test('one process writes each rule once a day: the second lead of a day costs no command', async () => {
  const written = vi.spyOn(redis, 'evalsha')
  const ruleUse = createRuleUse(redis, tenant, all)
  await ruleUse.record([city])
  await Promise.all(Array.from({ length: 20 }, () => ruleUse.record([city])))
  expect(written).toHaveBeenCalledTimes(1)
  expect(ruleUse.due()).toEqual([porte, sp])
  await ruleUse.record([city, sp])
  expect(written).toHaveBeenCalledTimes(2)

  vi.useFakeTimers({ now: Date.now() + DAY_MS, toFake: ['Date'] })
  expect(ruleUse.due()).toEqual(all)
  await ruleUse.record([city])
  expect(written).toHaveBeenCalledTimes(3)
})

test('a tenant without rules has no record', async () => {
  await createRuleUse(redis, tenant, []).record([])
  expect(await redis.exists(key())).toBe(0)
})

test('a Redis that refuses the record fails no lead, and the next lead records it', async () => {
  await redis.set(key(), 'something else')
  const ruleUse = createRuleUse(redis, tenant, all)
  await ruleUse.record([city])
  await redis.del(key())
  await ruleUse.record([city])
  expect((await readRuleUse(redis, tenant)).useOf(city)?.last).toBe(dayBefore(0))
})

test('a record that cannot be read counts as none', async () => {
  await redis.hset(key(), { lead: 'x', 'place:city': '1:2:3', 'route:sp': '99999999999:1' })
  const use = await readRuleUse(redis, tenant)
  expect([use.anyLead, use.useOf(city), use.useOf(sp)]).toEqual([undefined, undefined, undefined])
})
