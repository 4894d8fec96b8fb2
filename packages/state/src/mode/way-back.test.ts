import { Redis } from 'ioredis'
import { afterAll, beforeEach, expect, inject, test } from 'vitest'
import {
  isLate,
  isOfPackage,
  type KeptJob,
  packageUntil,
  packageUntilFor,
  createTenantMode,
  type TenantMode,
} from './tenant-mode.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

let mode: TenantMode
beforeEach(() => {
  mode = createTenantMode(redis, `t-${crypto.randomUUID()}`)
})

const jobAt = (receivedAt: number, id: string): KeptJob => ({
  ...{ id, queue: 'totvs-crm', name: 'lead.registered', data: { owner: 'ponte', key: id }, receivedAt },
})

/** A tenant that was in the shadow once, and went live with a switch. */
async function switchedOver(): Promise<number> {
  const { since } = await mode.declare('shadow')
  expect(await mode.switchOff(since)).toBe('ok')
  await mode.declare('live')
  expect(await mode.endGoingLive()).toBe(true)
  return since
}

test('the way back begins a new shadow that knows until when the package had worked, and drains first', async () => {
  const offAt = await switchedOver()
  const record = await mode.goBack('draining')
  expect(isLate(await mode.read(), { owner: 'ponte', receivedAt: offAt + 1 })).toBe(true)
  expect(record).toEqual({
    ...{ mode: 'shadow', since: record?.since, shadowSince: record?.since, isDraining: true },
    ...{ needsSwitch: true, formerUntil: offAt },
  })
  expect(await mode.goBack('draining')).toEqual(record)
  const { isDraining: _, ...drained } = { ...record }
  expect(await mode.goBack('drained')).toEqual(drained)
  expect(await mode.goBack('now')).toEqual(drained)
})

test('a tenant that always was live goes back too, and a live one is not drained by a process that is late', async () => {
  await mode.declare('live')
  expect(await mode.goBack('drained')).toMatchObject({ mode: 'live' })
  expect(await mode.goBack('now')).toEqual(expect.not.objectContaining({ formerUntil: expect.anything() }))
  expect(await mode.read()).toMatchObject({ mode: 'shadow', needsSwitch: true })
})

test('after a way back a file that says live counts only once a switch has named a new time', async () => {
  await switchedOver()
  const back = await mode.goBack('now')
  expect(await mode.declare('live')).toEqual(back)
  expect(await mode.switchOff((back?.shadowSince ?? 0) - 1)).toBe('before-shadow')
  expect(await mode.switchOff(back?.shadowSince ?? 0)).toBe('ok')
  expect(await mode.declare('live')).toMatchObject({ mode: 'live', isGoingLive: true })
})

test('the rest is kept only in a shadow that drains no more, oldest first, and goes when it is sent or dropped', async () => {
  await mode.declare('live')
  expect(await mode.rest.keep(jobAt(2, 'live'))).toBe(false)
  await mode.goBack('draining')
  expect(await mode.rest.keep(jobAt(2, 'draining'))).toBe(false)
  await mode.goBack('now')
  for (const job of [jobAt(2, 'two'), jobAt(1, 'one'), jobAt(2, 'two')]) expect(await mode.rest.keep(job)).toBe(true)
  expect(await mode.rest.count()).toBe(2)
  expect(await mode.rest.oldest(10)).toEqual([jobAt(1, 'one'), jobAt(2, 'two')])
  await mode.replace({ ...jobAt(1, 'one'), data: 'another' })
  await mode.drop(['two'])
  expect(await mode.rest.oldest(10)).toMatchObject([{ id: 'one', data: 'another' }])
})

test('a tenant that goes live has first to be live, or what was due is part of the rest', async () => {
  const { since } = await mode.declare('shadow')
  await mode.endInShadow(jobAt(since, 'due'))
  await mode.switchOff(since)
  await mode.declare('live')
  expect(await mode.goBack('draining')).toBeUndefined()
  expect(await mode.read()).toMatchObject({ mode: 'live', isGoingLive: true })
  expect(await mode.goBack('now')).not.toHaveProperty('isGoingLive')
  expect(await mode.rest.oldest(10)).toMatchObject([{ id: 'due' }])
  expect(await mode.newest(10)).toEqual([])
})

test('what is Ponte’s stays Ponte’s whatever the times say, and the package’s time is that of before the shadow', async () => {
  const offAt = await switchedOver()
  await mode.goBack('now')
  const shadow = await mode.read()
  const [before, after] = [(shadow.shadowSince ?? 0) - 1, (shadow.shadowSince ?? 0) + 1]
  const ponte = (receivedAt: number) => ({ owner: 'ponte', receivedAt }) as const
  const ofShadow = (receivedAt: number) => ({ owner: 'shadow', receivedAt }) as const
  expect([before, after].map(at => packageUntilFor(shadow, ponte(at)))).toEqual([offAt, offAt])
  expect(packageUntilFor(shadow, ofShadow(after))).toBe(Infinity)
  expect([before, after].map(at => isLate(shadow, ponte(at)))).toEqual([true, true])

  await mode.switchOff(after + 1)
  const live = await mode.declare('live')
  expect([before, after].map(at => isOfPackage(live, ponte(at)))).toEqual([false, false])
  expect([after, after + 1].map(at => isOfPackage(live, ofShadow(at)))).toEqual([true, false])
  expect([before, after].map(at => isLate(live, ponte(at)))).toEqual([true, false])
  expect(packageUntilFor(live, ponte(before))).toBe(offAt)
  expect(packageUntilFor(live, ponte(after))).toBe(packageUntil(live))
})
