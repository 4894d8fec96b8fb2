import { MINUTE_MS } from '@ponte/contracts'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeEach, expect, inject, test } from 'vitest'
import { stateKey } from '../redis/keys.ts'
import { type KeptJob, modeKey, createTenantMode, KEEP_SHADOW_MS, type TenantMode } from './tenant-mode.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

let tenant: string
let mode: TenantMode
beforeEach(() => {
  tenant = `t-${crypto.randomUUID()}`
  mode = createTenantMode(redis, tenant)
})

/** When the shadows of these tests began: an hour ago. */
const START = Date.now() - 60 * MINUTE_MS
const minute = (count: number): number => START + count * MINUTE_MS
const jobAt = (receivedAt: number, id: string): KeptJob => ({
  id,
  queue: 'totvs-crm',
  name: 'lead.registered',
  data: { v: 1, key: id },
  receivedAt,
})
const idsOf = (jobs: readonly KeptJob[]): readonly string[] => jobs.map(({ id }) => id)

async function beginShadow(since = START): Promise<void> {
  await mode.declare('shadow')
  await redis.hset(modeKey(tenant), 'shadowSince', since)
}
/** Jobs `m1`, `m2`, … received in these minutes of the shadow. */
async function keep(...minutes: readonly number[]): Promise<void> {
  for (const each of minutes) expect(await mode.endInShadow(jobAt(minute(each), `m${each}`))).toBe(true)
}
const newestIds = async (): Promise<readonly string[]> => idsOf(await mode.newest(10_000))
const dueIds = async (): Promise<readonly string[]> => idsOf(await mode.due(10_000))
const keysOfTenant = async (): Promise<number> => (await redis.keys(`{${tenant}}*`)).length

test('a tenant of which Redis has no record is live', async () => {
  expect(await mode.read()).toEqual({ mode: 'live', since: 0 })
  expect(await mode.endInShadow(jobAt(START, 'job'))).toBe(false)
  expect(await keysOfTenant()).toBe(0)
})

test('the mode that is declared first holds, and one that says live ends a shadow for all', async () => {
  const shadow = await mode.declare('shadow')
  expect(shadow).toMatchObject({ mode: 'shadow', shadowSince: shadow.since })
  expect(shadow.since).toBeGreaterThan(START)
  expect(await mode.declare('shadow')).toEqual(shadow)
  const live = await mode.declare('live')
  expect(live).toMatchObject({ mode: 'live', shadowSince: shadow.since, shadowEndedAt: live.since })
  expect(await mode.declare('live')).toEqual(live)
  expect(await mode.read()).toEqual(live)
})

test('a file that says shadow brings no live tenant back, and no time of a switch is lost', async () => {
  await beginShadow()
  expect(await mode.switchOff(minute(2))).toBe('ok')
  const live = await mode.declare('live')
  expect(await mode.declare('shadow')).toEqual(live)
})

test('what is declared only if it is missing changes no mode, and gives a Redis that came back empty its mode again', async () => {
  await mode.declare('shadow')
  expect(await mode.declare('live', { onlyIfMissing: true })).toMatchObject({ mode: 'shadow' })
  await redis.del(modeKey(tenant))
  expect(await mode.declare('live', { onlyIfMissing: true })).toMatchObject({ mode: 'live' })
})

test('a job ends in the shadow only while the tenant is in it', async () => {
  await beginShadow()
  await keep(1)
  await mode.declare('live')
  expect(await mode.endInShadow(jobAt(minute(2), 'm2'))).toBe(false)
  expect(await newestIds()).toEqual(['m1'])
})

test('a job that ends in the shadow twice is kept once, with all that it had', async () => {
  await beginShadow()
  await keep(1, 1)
  expect(await mode.newest(10)).toEqual([jobAt(minute(1), 'm1')])
})

test('the jobs of a shadow are given newest first, as many as are asked for', async () => {
  await beginShadow()
  await keep(2, 3, 1)
  expect(idsOf(await mode.newest(2))).toEqual(['m3', 'm2'])
  expect(await mode.newest(0)).toEqual([])
})

test('going live enqueues what came since the package was off, and is over when all is', async () => {
  await beginShadow()
  await keep(1, 2, 3, 4)
  expect(await mode.switchOff(minute(2))).toBe('ok')
  expect(await mode.declare('live')).toMatchObject({ offAt: minute(2), isGoingLive: true })
  expect(idsOf(await mode.due(2))).toEqual(['m4', 'm3'])
  await mode.drop(['m4', 'm3'])
  expect(await mode.read()).toMatchObject({ isGoingLive: true })
  expect(await dueIds()).toEqual(['m2'])
  expect(await mode.endGoingLive()).toBe(false)
  await mode.drop(['m2'])
  expect(await mode.endGoingLive()).toBe(true)
  expect((await mode.read()).isGoingLive).toBeUndefined()
  expect(await newestIds()).toEqual([])
  expect(await keysOfTenant()).toBe(1)
})

test('a tenant that received nothing since the package was off goes live too, until what waits has its owner', async () => {
  await beginShadow()
  await keep(1)
  await mode.switchOff(minute(2))
  expect(await mode.declare('live')).toMatchObject({ isGoingLive: true })
  expect(await mode.endGoingLive()).toBe(true)
  expect((await mode.read()).isGoingLive).toBeUndefined()
})

test('going live without a switch enqueues nothing, and a switch within 7 days does', async () => {
  await beginShadow()
  await keep(1, 2)
  expect((await mode.declare('live')).isGoingLive).toBeUndefined()
  expect(await dueIds()).toEqual([])
  expect(await mode.switchOff(minute(2))).toBe('ok')
  expect(await mode.read()).toMatchObject({ isGoingLive: true })
  expect(await dueIds()).toEqual(['m2'])
})

test('without a switch the jobs of the shadow stay for 7 days after it, whatever their age', async () => {
  await beginShadow(START - KEEP_SHADOW_MS)
  await keep(1, 2)
  await mode.declare('live')
  await redis.hset(modeKey(tenant), 'shadowEndedAt', minute(3))
  await mode.prune()
  expect(await newestIds()).toEqual(['m2', 'm1'])
  await redis.hset(modeKey(tenant), 'shadowEndedAt', Date.now() - KEEP_SHADOW_MS)
  await mode.prune()
  expect(await newestIds()).toEqual([])
  expect(await mode.switchOff(minute(2))).toBe('pruned')
})

test('a time before the shadow, or before what was pruned, is refused and changes nothing', async () => {
  await beginShadow()
  const record = await mode.read()
  expect(await mode.switchOff(START - 1)).toBe('before-shadow')
  await redis.hset(modeKey(tenant), 'prunedUntil', minute(2))
  expect(await mode.switchOff(minute(2))).toBe('pruned')
  expect(await mode.read()).toEqual({ ...record, prunedUntil: minute(2) })
  expect(await mode.switchOff(minute(2) + 1)).toBe('ok')
})

test('a later time replaces the one before, an earlier one is refused', async () => {
  await beginShadow()
  await keep(1, 2, 3)
  const answers = [2, 2, 3, 2].map(each => () => mode.switchOff(minute(each)))
  const given: string[] = []
  for (const ask of answers) given.push(await ask())
  expect(given).toEqual(['ok', 'ok', 'ok', 'earlier'])
  expect(await mode.read()).toMatchObject({ offAt: minute(3) })
  expect(await dueIds()).toEqual(['m3'])
})

test('once a tenant is live, no other time replaces that of its switch', async () => {
  await beginShadow()
  await keep(1, 2, 3)
  await mode.switchOff(minute(2))
  await mode.declare('live')
  expect(await mode.switchOff(minute(3))).toBe('live')
  expect(await mode.switchOff(minute(2))).toBe('ok')
  expect(await dueIds()).toEqual(['m3', 'm2'])
})

test('a switch without a shadow keeps its time, and nothing is to be enqueued', async () => {
  expect(await mode.switchOff(minute(2))).toBe('ok')
  const record = await mode.read()
  expect(record).toMatchObject({ mode: 'live', offAt: minute(2) })
  expect(record.isGoingLive).toBeUndefined()
})

test('of a shadow of 5,001 jobs the oldest is dropped, and the record says until when', async () => {
  await beginShadow()
  await keep(2, 1)
  const others = Array.from({ length: 4998 }, (_, index) => jobAt(minute(3) + index, `other-${index}`))
  await Promise.all(others.map(job => mode.endInShadow(job)))
  expect(await mode.read()).not.toHaveProperty('prunedUntil')
  await keep(4)
  expect((await newestIds()).slice(-1)).toEqual(['m2'])
  expect(await newestIds()).toHaveLength(5000)
  expect(await mode.read()).toMatchObject({ prunedUntil: minute(1) })
})

test('what came 7 days ago is dropped, also when no other job ends', async () => {
  await beginShadow(START - 2 * KEEP_SHADOW_MS)
  const old = Date.now() - KEEP_SHADOW_MS
  await mode.endInShadow(jobAt(old + MINUTE_MS, 'young'))
  await mode.endInShadow(jobAt(old - MINUTE_MS, 'old'))
  expect(await newestIds()).toEqual(['young'])
  await redis.zadd(stateKey(tenant, 'shadow-index'), old, 'young')
  await mode.prune()
  expect(await newestIds()).toEqual([])
  expect(await mode.read()).toMatchObject({ prunedUntil: old })
})

test('once a switch has named a time, nothing that came since is dropped, however much and however old', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -20, max: 0 }), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: -20, max: 0 }),
      async (days, offDay) => {
        tenant = `t-${crypto.randomUUID()}`
        mode = createTenantMode(redis, tenant)
        const dayMs = 24 * 60 * MINUTE_MS
        await beginShadow(START - 21 * dayMs)
        const offAt = START + offDay * dayMs
        expect(await mode.switchOff(offAt)).toBe('ok')
        for (const [index, day] of days.entries()) await mode.endInShadow(jobAt(START + day * dayMs, `job-${index}`))
        await mode.declare('live')
        await mode.prune()
        const due = days.flatMap((day, index) => (day >= offDay ? [`job-${index}`] : []))
        expect([...(await dueIds())].toSorted()).toEqual(due.toSorted())
      },
    ),
    { numRuns: 25 },
  )
})

test('a job of the shadow that nobody can read keeps no tenant from going live', async () => {
  await beginShadow()
  await keep(1, 2)
  await redis.hset(stateKey(tenant, 'shadow-jobs'), 'm1', '{')
  await mode.switchOff(START)
  await mode.declare('live')
  expect(await dueIds()).toEqual(['m2'])
  await mode.drop(['m2'])
  expect(await mode.endGoingLive()).toBe(true)
})

test('a job of the shadow is replaced in its place, and one that is gone is not', async () => {
  await beginShadow()
  await keep(1, 2)
  await mode.replace({ ...jobAt(minute(1), 'm1'), data: 'another' })
  expect(await mode.newest(10)).toMatchObject([{ id: 'm2' }, { id: 'm1', data: 'another' }])
  await mode.drop(['m1', 'm2'])
  await mode.replace(jobAt(minute(1), 'm1'))
  expect(await redis.exists(stateKey(tenant, 'shadow-jobs'))).toBe(0)
})

test('more than 5,000 jobs are kept of those that came since the time of a switch', async () => {
  await beginShadow()
  await keep(1)
  await mode.switchOff(minute(2))
  const since = Array.from({ length: 5001 }, (_, index) => jobAt(minute(2) + index, `since-${index}`))
  await Promise.all(since.map(job => mode.endInShadow(job)))
  expect(await dueIds()).toHaveLength(5001)
  expect(await mode.read()).toMatchObject({ prunedUntil: minute(1) })
})
