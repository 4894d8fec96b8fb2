import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createLastTimes, readLastTimes } from './last-times.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

test('a time is recorded once a minute, and what Redis refused is recorded the next time', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  let now = 1_000_000
  const clock = (): number => now
  const times = createLastTimes(redis, tenant, clock)
  await times.record('rd-station')
  now += 30_000
  await times.record('rd-station')
  const first = { 'rd-station': { success: 1_000_000 }, 'totvs-crm': {} }
  expect(await readLastTimes(redis, tenant)).toEqual(first)
  now += 30_000
  await times.record('rd-station')
  expect((await readLastTimes(redis, tenant))['rd-station']).toEqual({ success: now })

  const broken = new Redis({ lazyConnect: true })
  broken.disconnect()
  await expect(createLastTimes(broken, tenant, clock).record('rd-station')).resolves.toBeUndefined()
})
