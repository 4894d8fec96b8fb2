import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createFingerprint } from '../fingerprints/fingerprint.ts'
import { createTimelines } from '../timeline/timeline.ts'
import { createLook, createLookedAt } from './looked-at.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const path = '/api/v12/opportunity/opportunities'

function open() {
  const tenant = `t-${crypto.randomUUID()}`
  const timelines = createTimelines(redis, tenant, createFingerprint(Buffer.alloc(32, 1)))
  const of = { event: 'opportunity.won', key: 'k', receivedAt: '2026-01-01T00:00:00Z', jobId: 'j', identities: ['o'] }
  const end = (at: number, look = createLook()) =>
    timelines.record(of, { kind: 'run', at, event: of.event, jobId: 'j', outcome: 'skipped' }, { look })
  return {
    lookedAt: createLookedAt(redis, tenant),
    end,
    async look(id: string, updatedAt: unknown): Promise<void> {
      const look = createLook()
      look.see({ id, updatedAt }, path)
      await end(Math.random(), look)
    },
  }
}

test('the end of a run says as of when an opportunity was read, and where', async () => {
  const { look, lookedAt } = open()
  await look('a', '2026-01-01T00:00:02Z')
  await look('b', '01/01/2026 00:00:00')
  await look('a', '2026-01-01T00:00:01Z')
  expect(await lookedAt.timesOf(['a', 'b', 'c'])).toEqual([
    Date.parse('2026-01-01T00:00:01Z'),
    Date.parse('2026-01-01T03:00:00Z'),
    undefined,
  ])
  expect(await lookedAt.newest(1)).toEqual([{ id: 'b', updatedAt: Date.parse('2026-01-01T03:00:00Z') }])
  expect(await lookedAt.path()).toBe(path)
})

test('an opportunity that nobody has changed is remembered as it was created', async () => {
  const { end, lookedAt } = open()
  const look = createLook()
  look.see({ id: 'a', updatedAt: null, createdAt: '2026-01-01T00:00:00Z' }, path)
  await end(3, look)
  expect(await lookedAt.timesOf(['a'])).toEqual([Date.parse('2026-01-01T00:00:00Z')])
})

test.each([undefined, null, 'há pouco'])('an opportunity that was changed at %j is not remembered', async updatedAt => {
  const { end, look, lookedAt } = open()
  await look('a', updatedAt)
  await end(2)
  expect(await lookedAt.newest(9)).toEqual([])
  expect(await lookedAt.timesOf([])).toEqual([])
  expect(await lookedAt.path()).toBeUndefined()
})
