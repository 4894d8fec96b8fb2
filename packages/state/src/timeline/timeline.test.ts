import { message } from '@ponte/contracts'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createFingerprint } from '../fingerprints/fingerprint.ts'
import { createLook } from '../marks/looked-at.ts'
import {
  createEventLists,
  eventListPrefix,
  type TimelineEntry,
  createTimelines,
  timelineId,
  type TimelineEvent,
} from './timeline.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const open = () => {
  const tenant = `t-${crypto.randomUUID()}`
  return { tenant, timelines: createTimelines(redis, tenant, createFingerprint(Buffer.alloc(32, 1))) }
}
const receivedAt = '2026-01-02T03:04:05.000Z'
const of = (key: string, identities: readonly string[] = []): TimelineEvent => ({
  event: 'lead.registered',
  key,
  receivedAt,
  jobId: 'job-1',
  identities,
})
const run = (entry: Partial<Extract<TimelineEntry, { kind: 'run' }>> = {}): TimelineEntry => ({
  kind: 'run',
  at: 1000,
  event: 'lead.registered',
  jobId: 'job-1',
  outcome: 'failed',
  code: 'CRM_REJECTED',
  ...entry,
})

test('a timeline begins with when the event came, and has each run and what people did in their order', async () => {
  const { timelines } = open()
  await timelines.record(of('k'), run())
  await timelines.record(of('k'), { kind: 'edited', at: 2000, by: 'ana', jobId: 'job-1', fields: ['city'] })
  await timelines.record(of('k'), { kind: 'retried', at: 2001, by: 'ana', jobId: 'job-1' })
  await timelines.record(
    of('k'),
    run({ at: 3000, outcome: 'done', code: undefined, summary: message('lead-created', { lead: '1' }) }),
  )
  expect(await timelines.read(timelineId('k'))).toEqual([
    { kind: 'received', at: Date.parse(receivedAt), event: 'lead.registered', key: 'k', jobId: 'job-1' },
    run(),
    { kind: 'edited', at: 2000, by: 'ana', jobId: 'job-1', fields: ['city'] },
    { kind: 'retried', at: 2001, by: 'ana', jobId: 'job-1' },
    {
      kind: 'run',
      at: 3000,
      event: 'lead.registered',
      jobId: 'job-1',
      outcome: 'done',
      summary: message('lead-created', { lead: '1' }),
    },
  ])
})

test('runs in a row that end the same way are one entry with their number and the time of the first', async () => {
  const { timelines } = open()
  const waits = { outcome: 'delayed', code: undefined, summary: message('record-locked') } as const
  await timelines.record(of('k'), run())
  for (const at of [1_763_958_240_123, 1_763_958_250_123, 1_763_958_260_123]) {
    await timelines.record(of('k'), run({ at, ...waits }))
  }
  expect((await timelines.read(timelineId('k'))).slice(1)).toEqual([
    run(),
    expect.objectContaining({ outcome: 'delayed', times: 3, since: 1_763_958_240_123, at: 1_763_958_260_123 }),
  ])
})

test('runs that say the same message with the same values are one entry; another value is another entry', async () => {
  const { timelines } = open()
  const waits = (code: string) =>
    ({
      ...({ outcome: 'delayed', code: undefined } as const),
      summary: [message('system-paused', { system: 'totvs-crm', code })],
    }) as const
  await timelines.record(of('k'), run())
  for (const [at, code] of [
    [1, 'CRM_THROTTLED'],
    [2, 'CRM_THROTTLED'],
    [3, 'CRM_UNREACHABLE'],
  ] as const)
    await timelines.record(of('k'), run({ at, ...waits(code) }))
  expect((await timelines.read(timelineId('k'))).slice(2)).toMatchObject([
    { at: 2, times: 2, since: 1, summary: waits('CRM_THROTTLED').summary },
    { at: 3, summary: waits('CRM_UNREACHABLE').summary },
  ])
})

const beginning = { kind: 'received', at: Date.parse(receivedAt), event: 'lead.registered', key: 'k', jobId: 'job-1' }

test('an event that nobody has run yet has a timeline, and is found; later entries go on with it', async () => {
  const { timelines } = open()
  await timelines.begin(of('k', ['a@x.example']))
  expect(await timelines.read(timelineId('k'))).toEqual([beginning])
  expect(await timelines.find('a@x.example')).toEqual([timelineId('k')])
  await timelines.record(of('k', ['a@x.example']), run())
  expect(await timelines.read(timelineId('k'))).toEqual([beginning, run()])
})

test('a worker that is faster than the ingress does not make an event received twice, and its delivery is named', async () => {
  const { timelines } = open()
  await timelines.record(of('k'), run())
  await timelines.begin(of('k'), { delivery: 'delivery-1' })
  expect(await timelines.read(timelineId('k'))).toEqual([{ ...beginning, delivery: 'delivery-1' }, run()])
})

test('an event that is accepted again after its key was forgotten is received again, once', async () => {
  const { timelines } = open()
  await timelines.begin(of('k'))
  await timelines.record(of('k'), run())
  await timelines.begin({ ...of('k'), jobId: 'job-2' })
  await timelines.begin({ ...of('k'), jobId: 'job-2' })
  expect(await timelines.read(timelineId('k'))).toEqual([beginning, run(), { ...beginning, jobId: 'job-2' }])
})

test('however often a sender repeats an event, its timeline has one line for it and keeps the other entries', async () => {
  const { timelines } = open()
  await timelines.begin(of('k'))
  await timelines.record(of('k'), run())
  for (let at = 2000; at < 2300; at += 1) await timelines.record(of('k'), { kind: 'duplicate', at })
  expect(await timelines.read(timelineId('k'))).toEqual([
    beginning,
    run(),
    { kind: 'duplicate', at: 2299, times: 300, since: 2000 },
  ])
})

test('a timeline never grows beyond 100 entries, keeps its beginning and its newest, and ends 30 days after its last entry at the earliest', async () => {
  const { tenant, timelines } = open()
  for (let at = 1; at <= 130; at += 1)
    await timelines.record(
      of('k', ['a@x.example']),
      run({ at, summary: message('lead-created', { lead: String(at) }) }),
    )
  const entries = await timelines.read(timelineId('k'))
  expect(entries).toHaveLength(100)
  expect(entries[0]).toMatchObject({ kind: 'received' })
  expect(entries.slice(1).map(({ at }) => at)).toEqual(Array.from({ length: 99 }, (_, index) => index + 32))
  for (const key of await redis.keys(`{${tenant}}:*`)) {
    expect(await redis.ttl(key)).toBeGreaterThan(30 * 24 * 3600)
    expect(await redis.ttl(key)).toBeLessThanOrEqual(31 * 24 * 3600)
  }
})

test('the list of all events of a kind holds those of the 31 days before the newest, and ends 31 days after it', async () => {
  const { tenant, timelines } = open()
  const lists = createEventLists(redis, tenant)
  const all = { from: 0, until: Number.MAX_SAFE_INTEGER, skip: 0, most: 10 }
  const on = (day: number) => ({ ...of(`day-${day}`), receivedAt: new Date(Date.UTC(2026, 0, day)).toISOString() })
  for (const day of [1, 2, 3]) await timelines.begin(on(day))
  expect(await lists.read('lead.registered', all)).toHaveLength(3)
  await timelines.begin(on(33))
  // An event whose timeline is gone begins another one with its run.
  await timelines.record(on(34), run({ at: Date.UTC(2026, 0, 34) }))
  const ids = (await lists.read('lead.registered', all)).map(({ id }) => id)
  expect(ids).toEqual([34, 33].map(day => timelineId(`day-${day}`)))
  const [key = ''] = await redis.keys(`${eventListPrefix(tenant)}*`)
  expect(await redis.ttl(key)).toBeGreaterThan(30 * 24 * 3600)
  expect(await redis.ttl(key)).toBeLessThanOrEqual(31 * 24 * 3600)
})

test('timelines are found by person and opportunity, newest first, and Redis holds neither e-mail nor phone', async () => {
  const { tenant, timelines } = open()
  await timelines.record(of('one', ['maria@x.example', '48999990000']), run({ at: 1 }))
  await timelines.record(of('two', ['maria@x.example', 'opportunity-7']), run({ at: 2 }))
  expect(await timelines.find('Maria@X.example')).toEqual([timelineId('two'), timelineId('one')])
  expect(await timelines.find('48999990000')).toEqual([timelineId('one')])
  expect(await timelines.find('opportunity-7')).toEqual([timelineId('two')])
  expect(await timelines.find('nobody')).toEqual([])
  const keys = await redis.keys(`{${tenant}}:*`)
  const values = await Promise.all(keys.map(key => redis.dump(key)))
  expect(`${keys.join()} ${values.join()}`).not.toMatch(/maria|48999990000/)
})

test('of one person the newest hundred timelines are found', async () => {
  const { timelines } = open()
  for (let at = 1; at <= 103; at += 1) await timelines.record(of(`k${at}`, ['a@x.example']), run({ at }))
  const found = await timelines.find('a@x.example')
  expect(found).toHaveLength(100)
  expect(found[0]).toBe(timelineId('k103'))
})

test('an event whose timeline still grows is found although a hundred of the same person came since', async () => {
  const { timelines } = open()
  const [old, day] = [of('old', ['a@x.example']), 24 * 3_600_000]
  await timelines.record(old, run({ at: 1 }))
  for (let at = 2; at <= 100; at += 1) await timelines.record(of(`k${at}`, ['a@x.example']), run({ at }))
  await timelines.record(old, run({ at: 2 * day }))
  for (let at = 101; at <= 199; at += 1) await timelines.record(of(`k${at}`, ['a@x.example']), run({ at: day + at }))
  const found = await timelines.find('a@x.example')
  expect([found.length, found[0]]).toEqual([100, timelineId('old')])
})

test('what an event keeps lives on with each entry, which writes that once a day at most', async () => {
  const { tenant, timelines } = open()
  const event = of('k', ['a@x.example'])
  const look = createLook()
  look.see({ id: 'o1', updatedAt: receivedAt }, '/api')
  await timelines.begin(event)
  await timelines.record(event, run({ at: 1 }), { look })
  const keys = await redis.keys(`{${tenant}}:*`)
  const ages = async () => await Promise.all(keys.map(key => redis.ttl(key)))
  const [day, life] = [24 * 3600, 31 * 24 * 3600]
  const afterEntry = async (ttl: number, at: number) => {
    for (const key of keys) await redis.expire(key, ttl)
    await timelines.begin({ ...event, key: `k${at}` })
    await timelines.record(event, run({ at }), { look })
    return await ages()
  }
  expect(keys).toHaveLength(5)
  expect((await afterEntry(life - day / 2, 2)).every(ttl => ttl <= life - day / 2)).toBe(true)
  expect((await afterEntry(life - 2 * day, 3)).every(ttl => ttl > life - 5)).toBe(true)
})

test('a run is read as it was recorded, with the events that were read out of a delivery', async () => {
  const { timelines } = open()
  const entry = run({ outcome: 'delayed', code: undefined, derivedEvents: [{ event: 'lead.registered', key: 'k2' }] })
  await timelines.record(of('k'), entry)
  expect((await timelines.read(timelineId('k')))[1]).toEqual(entry)
})
