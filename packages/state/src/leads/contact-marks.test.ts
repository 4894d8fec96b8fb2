import { Redis } from 'ioredis'
import { afterAll, beforeEach, expect, inject, test } from 'vitest'
import type { ContactIdentity } from './contact-links.ts'
import { type Change, change, readOne } from '../redis/step.ts'
import { createContactMarks, type RecordedMarks } from './contact-marks.ts'
import { createFingerprint } from '../fingerprints/fingerprint.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

let marks: ReturnType<typeof createContactMarks>
let tenant: string
beforeEach(() => {
  tenant = `t-${crypto.randomUUID()}`
  marks = createContactMarks(tenant, createFingerprint(Buffer.alloc(32, 1)))
})

async function recorded(contact: ContactIdentity): Promise<RecordedMarks> {
  const reading = marks.readingOf(contact)
  return await readOne(redis, reading)
}

/** Returns the changes that undo it. */
async function begin(contact: ContactIdentity, at: number): Promise<readonly Change[]> {
  const { made, undone } = marks.beginningOf(contact, at)
  await change(redis, made)
  return undone
}

const [MINUTE, HOUR] = [60_000, 3_600_000]
const noon = Date.parse('2026-03-05T12:00:00Z')
const ana = { uuid: 'c2f3d2b3-7250-4d27-97f4-eef38be32f7f', email: 'ana@cliente.example' }

test('a mark is known by its own time, by uuid or e-mail, however many hours and marks ago it was made', async () => {
  await begin(ana, noon - 50 * HOUR)
  await change(redis, marks.rememberingOther(ana, noon))
  for (const contact of [ana, { uuid: ana.uuid }, { email: 'ANA@cliente.example' }]) {
    expect((await recorded(contact)).isOwn(noon - 50 * HOUR + 9 * MINUTE)).toBe(true)
    expect((await recorded(contact)).isOwn(noon - 50 * HOUR - 9 * MINUTE)).toBe(true)
    expect((await recorded(contact)).isOwn(noon - 50 * HOUR + 11 * MINUTE)).toBe(false)
    expect((await recorded(contact)).isOwn(noon)).toBe(false)
  }
  expect((await recorded({ email: 'outra@cliente.example' })).isOwn(noon - 50 * HOUR)).toBe(false)
})

test('without a time, the latest mark of the contact tells', async () => {
  expect((await recorded(ana)).latestIfOwn()).toBeUndefined()
  await begin(ana, noon)
  expect((await recorded(ana)).latestIfOwn()).toBe(noon)
  await change(redis, marks.rememberingOther({ email: ana.email }, noon + MINUTE))
  expect((await recorded(ana)).latestIfOwn()).toBeUndefined()
  await begin(ana, noon + HOUR)
  expect((await recorded(ana)).latestIfOwn()).toBe(noon + HOUR)
})

test('a mark that was certainly not made is forgotten', async () => {
  await change(redis, await begin(ana, noon))
  expect((await recorded(ana)).isOwn(noon)).toBe(false)
})

test('of one contact the newest 100 are kept, for 400 days', async () => {
  for (let index = 0; index < 110; index += 1) await begin({ email: ana.email }, noon + index * HOUR)
  const [key = '', ...others] = await redis.keys(`{${tenant}}:*`)
  expect(others).toEqual([])
  expect(key).not.toContain('ana@')
  expect(await redis.zcard(key)).toBe(100)
  expect(await redis.ttl(key)).toBeGreaterThan(399 * 24 * 3600)
  expect((await recorded(ana)).isOwn(noon + 109 * HOUR)).toBe(true)
  expect((await recorded(ana)).isOwn(noon)).toBe(false)
})
