import { HOUR_MS } from '@ponte/contracts'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createFingerprint } from '../fingerprints/fingerprint.ts'
import { stateKey } from '../redis/keys.ts'
import { createTenantMode } from '../mode/tenant-mode.ts'
import { type TimelineRun, createTimelines, type TimelineEvent, timelineId } from '../timeline/timeline.ts'
import { createFigureCounts, type FigureCounts, otherText } from './count-figures.ts'
import { createCalendar } from './figure-keys.ts'
import { type Figures, noFigures, quantileMs, sumFigures } from './figures.ts'
import { createKeptFigures, readFigures } from './read-figures.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const timeZone = 'America/Sao_Paulo'
const at = Date.parse('2026-11-26T02:30:00Z')
const of: TimelineEvent = {
  event: 'lead.registered',
  key: 'k',
  jobId: 'job-1',
  receivedAt: '2026-11-26T02:29:00.000Z',
  identities: ['maria@x.example'],
}
const ended: TimelineRun = { kind: 'run', at, event: 'lead.registered', jobId: 'job-1', outcome: 'done' }
const counted = (fill: (counts: FigureCounts) => void) => {
  const counts = createFigureCounts()
  fill(counts)
  return counts.counts
}
const isDone = counted(counts => counts.ended('lead.registered', 'done'))
const nothing = counted(() => undefined)

function open() {
  const tenant = `t-${crypto.randomUUID()}`
  const fingerprint = createFingerprint(Buffer.alloc(32, 1))
  const timelines = createTimelines(redis, tenant, fingerprint, createCalendar(timeZone))
  const read = async (period: '24h' | '7d' | '30d' = '24h', now = at) => {
    const spans = (await readFigures(redis, [tenant], { period, now, timeZone })).get(tenant) ?? []
    return { spans, sum: sumFigures(spans.map(({ figures }) => figures)) }
  }
  return { tenant, timelines, read }
}

test('what the end of a run counts stands in its hour and in its local day', async () => {
  const { tenant, timelines, read } = open()
  const counts = counted(each => {
    each.lead('created')
    each.opportunity()
    each.conversion({ source: 'Google Ads', identifier: 'contato' })
    each.mark('sale', { cents: 15_000_000 })
    each.mark('loss', { reason: 'Preço' })
    each.call('crm')
    each.call('crm')
  })
  await timelines.record(of, ended, { figures: { counts, ends: isDone } })
  const expected = {
    ...noFigures,
    ended: [{ event: 'lead.registered', outcome: 'done', count: 1 }],
    leads: { created: 1, updated: 0 },
    opportunities: 1,
    sources: { 'Google Ads': 1 },
    identifiers: { contato: 1 },
    marks: { opportunity: 0, sale: 1, loss: 1 },
    saleCents: 15_000_000,
    lossReasons: { Preço: 1 },
    calls: { contacts: 0, events: 0, crm: 2 },
  }
  for (const period of ['24h', '7d', '30d'] as const) {
    const { spans, sum } = await read(period)
    expect(sum).toEqual(expected)
    expect(spans.at(-1)?.figures).toEqual(expected)
    expect(spans).toHaveLength({ '24h': 24, '7d': 7, '30d': 30 }[period])
  }
  // 02:30 in UTC is still the evening before in the calendar's zone.
  expect(await redis.exists(stateKey(tenant, 'figures', 'day', '2026-11-25'))).toBe(1)
})

test('a script that Redis is sent again, because its answer was lost, counts once', async () => {
  const { timelines, read } = open()
  await timelines.begin(of)
  await timelines.begin(of)
  const delayed: TimelineRun = { ...ended, outcome: 'delayed' }
  const call = counted(each => each.call('crm'))
  for (const run of [delayed, delayed, { ...delayed, at: at + 1 }, { ...delayed, at: at + 1 }, ended, ended])
    await timelines.record(of, run, {
      figures: { counts: call, ends: run === ended ? isDone : nothing },
    })
  // The arrival is counted at the real time.
  const arrived = await read('24h', Date.now())
  expect(arrived.sum.received).toEqual({ 'lead.registered': 1 })
  const { sum } = await read()
  expect(sum.calls.crm).toBe(3)
  expect(sum.ended).toEqual([{ event: 'lead.registered', outcome: 'done', count: 1 }])
})

test('an event is counted as received although a worker has ended it before the ingress began its timeline', async () => {
  const { timelines, read } = open()
  await timelines.record(of, ended, { figures: { counts: nothing, ends: isDone } })
  await timelines.begin(of)
  expect((await read('24h', Date.now())).sum.received).toEqual({ 'lead.registered': 1 })
})

test('a job that ends again because its worker died after the end was recorded stays done, and all its calls count', async () => {
  const { timelines, read } = open()
  const counts = counted(each => each.call('crm'))
  await timelines.record(of, ended, { figures: { counts, ends: isDone } })
  await timelines.record(of, { kind: 'duplicate', at: at + 1000 })
  const again: TimelineRun = { ...ended, at: at + 5000, outcome: 'skipped' }
  const ends = counted(each => each.ended('lead.registered', 'skipped'))
  await timelines.record(of, again, { figures: { counts, ends } })
  const { sum } = await read()
  expect(sum.ended).toEqual([{ event: 'lead.registered', outcome: 'done', count: 1 }])
  expect(sum.calls.crm).toBe(2)
})

const hasFailed = counted(each => each.ended('lead.registered', 'failed', 'CRM_REJECTED'))
const failed: TimelineRun = { ...ended, outcome: 'failed', code: 'CRM_REJECTED' }
/** How events ended, without what was taken back. */
const endsIn = ({ ended: all }: Figures) =>
  all.flatMap(({ outcome, count }) => (count > 0 ? [`${outcome} ${count}`] : []))

test('an event that is repaired moves from failed to done, in the hour of its success, however its script is repeated', async () => {
  const { timelines, read } = open()
  await timelines.record(of, failed, { figures: { counts: nothing, ends: hasFailed } })
  expect(endsIn((await read()).sum)).toEqual(['failed 1'])
  const later = { ...ended, at: at + 2 * HOUR_MS, retry: 'first' }
  for (let times = 0; times < 2; times += 1)
    await timelines.record(of, later, { figures: { counts: nothing, ends: isDone } })
  const { spans, sum } = await read('24h', later.at)
  expect(endsIn(sum)).toEqual(['done 1'])
  expect(spans.slice(-3).map(({ figures }) => endsIn(figures))).toEqual([[], [], ['done 1']])
  expect(endsIn((await read('7d', later.at)).sum)).toEqual(['done 1'])
})

test('an event whose failure is no longer kept by hour moves by day all the same, and nothing is below zero', async () => {
  const { tenant, timelines, read } = open()
  await timelines.record(of, failed, { figures: { counts: nothing, ends: hasFailed } })
  await redis.del(stateKey(tenant, 'figures', 'hour', '2026-11-26T02'))
  await timelines.record(of, { ...ended, at: at + 1, retry: 'first' }, { figures: { counts: nothing, ends: isDone } })
  expect([endsIn((await read()).sum), endsIn((await read('30d')).sum)]).toEqual([['done 1'], ['done 1']])
})

test('a failure counts as nothing while it is retried, and is not taken back twice when it has failed again meanwhile', async () => {
  const { tenant, timelines, read } = open()
  const jobKey = stateKey(tenant, 'any', 'job')
  const figures = { counts: nothing, ends: hasFailed }
  const retried = { kind: 'retried', at: at + 1, by: 'ana', jobId: 'job-1' } as const
  await timelines.record(of, failed, { figures, jobKey })
  await redis.hset(jobKey, 'progress', JSON.stringify({ retry: 'first' }))
  await timelines.record(of, retried, { jobKey })
  expect(endsIn((await read()).sum)).toEqual([])
  await timelines.record(of, { ...failed, at: at + 2, retry: 'first' }, { figures, jobKey })
  await redis.hset(jobKey, 'progress', JSON.stringify({ retry: 'second' }))
  await timelines.record(of, { ...failed, at: at + 3, retry: 'second' }, { figures, jobKey })
  await timelines.record(of, { ...retried, at: at + 4 }, { jobKey })
  expect(endsIn((await read()).sum)).toEqual(['failed 1'])
  const entries = await timelines.read(timelineId(of.key))
  expect(entries.slice(-2)).toMatchObject([{ kind: 'retried' }, { outcome: 'failed', retry: 'second' }])
  // The job is failed still when another job of the event waits, or is removed.
  await timelines.record(
    of,
    { ...failed, at: at + 5, jobId: 'round-2', outcome: 'delayed' },
    { figures: { counts: nothing, ends: nothing } },
  )
  await timelines.record(of, { kind: 'removed', at: at + 6, by: 'ana', jobId: 'round-2' })
  expect(endsIn((await read()).sum)).toEqual(['failed 1'])
})

test('a failure that a person removes counts as removed, and one that a later event repairs as skipped', async () => {
  const { timelines, read } = open()
  for (const kind of ['removed', 'superseded'] as const) {
    const own = { ...of, key: kind, jobId: kind }
    await timelines.record(own, { ...failed, jobId: kind }, { figures: { counts: nothing, ends: hasFailed } })
    const over = { at: at + 1, jobId: kind }
    for (let times = 0; times < 2; times += 1)
      await timelines.record(
        own,
        kind === 'removed' ? { kind, by: 'ana', ...over } : { kind, event: 'lead.registered', ...over },
      )
  }
  expect(endsIn((await read()).sum)).toEqual(['removed 1', 'skipped 1'])
})

test('an event whose newer failure is removed or retried counts under the cause of the older one, until that is over too', async () => {
  const byCode = ({ ended: all }: Figures) =>
    all.flatMap(({ outcome, code = '', count }) => (count > 0 ? [`${outcome} ${code}`] : []))
  for (const kind of ['removed', 'retried'] as const) {
    const { tenant, timelines, read } = open()
    const jobKey = stateKey(tenant, 'any', 'job')
    await redis.hset(jobKey, 'progress', JSON.stringify({ retry: 'first' }))
    const end = (jobId: string) =>
      timelines.record({ ...of, jobId }, { kind, at: at + 2, by: 'ana', jobId }, kind === 'retried' ? { jobKey } : {})
    const newer = { ...failed, at: at + 1, jobId: 'round-2', code: 'RD_REJECTED' }
    const hasFailedAgain = counted(each => each.ended('lead.registered', 'failed', 'RD_REJECTED'))
    await timelines.record(of, failed, { figures: { counts: nothing, ends: hasFailed } })
    await timelines.record(of, newer, { figures: { counts: nothing, ends: hasFailedAgain } })
    expect(byCode((await read()).sum)).toEqual(['failed RD_REJECTED'])
    await end('round-2')
    expect(byCode((await read()).sum)).toEqual(['failed CRM_REJECTED'])
    await end('job-1')
    expect(byCode((await read()).sum)).toEqual(kind === 'removed' ? ['removed '] : [])
  }
})

test("Ponte's own write of statusRD ends by itself: neither does it end the event, nor the event it", async () => {
  const { timelines, read } = open()
  const write: TimelineRun = { ...failed, event: 'status-rd.changed', jobId: 'write-1' }
  const ends = counted(each => each.ended('status-rd.changed', 'failed', 'CRM_REJECTED'))
  await timelines.record(of, failed, { figures: { counts: nothing, ends: hasFailed } })
  for (const jobId of ['write-1', 'write-2'])
    await timelines.record(of, { ...write, jobId, at: at + 1 }, { figures: { counts: nothing, ends } })
  expect(endsIn((await read()).sum)).toEqual(['failed 1', 'failed 2'])
})

test('a conversion that counted with a success counts once, and is not named in the timeline', async () => {
  const { tenant, timelines, read } = open()
  const ends = counted(each => {
    each.conversion({ identifier: 'contato', source: 'Google' })
    each.ended('lead.registered', 'done')
  })
  for (const retry of ['first', 'second'])
    await timelines.record(of, { ...ended, at: at + retry.length, retry }, { figures: { counts: nothing, ends } })
  const { sum } = await read()
  expect([endsIn(sum), sum.identifiers, sum.sources]).toEqual([['done 1'], { contato: 1 }, { Google: 1 }])
  const [key = ''] = await redis.keys(`{${tenant}}:ponte:timeline:*`)
  expect((await redis.lrange(key, 0, -1)).join('')).not.toContain('contato')
})

test('an hour holds 100 texts of each kind, and counts all later ones together', async () => {
  const { timelines, read } = open()
  for (let index = 0; index < 103; index += 1)
    await timelines.record(
      of,
      { ...ended, at: at + index },
      {
        figures: {
          counts: counted(each => each.conversion({ identifier: `form ${index}`, source: 'Google' })),
          ends: nothing,
        },
      },
    )
  const known = counted(each => each.conversion({ identifier: 'form 7' }))
  await timelines.record(of, { ...ended, at: at + 200 }, { figures: { counts: known, ends: nothing } })
  const { identifiers, sources } = (await read()).sum
  expect(Object.keys(identifiers)).toHaveLength(101)
  expect(identifiers).toMatchObject({ [otherText]: 3, 'form 7': 2 })
  expect(sources).toEqual({ Google: 103 })
})

test('hours are kept for 32 days and days for 400, from when they begin', async () => {
  const { tenant, timelines } = open()
  const figures = { counts: nothing, ends: isDone }
  await timelines.record(of, ended, { figures })
  const ttl = (...parts: string[]) => redis.ttl(stateKey(tenant, 'figures', ...parts))
  expect(await ttl('hour', '2026-11-26T02')).toBeGreaterThan(32 * 86_400 - 60)
  expect(await ttl('day', '2026-11-25')).toBeGreaterThan(400 * 86_400 - 60)
  await redis.expire(stateKey(tenant, 'figures', 'hour', '2026-11-26T02'), 1000)
  await timelines.record(of, { ...ended, at: at + 1 }, { figures })
  expect(await ttl('hour', '2026-11-26T02')).toBeLessThanOrEqual(1000)
})

test('times from delivery to effect are told to within 10 %', async () => {
  const { timelines, read } = open()
  const counts = counted(each => {
    for (let ms = 100; ms <= 100_000; ms += 100) each.took(ms)
  })
  await timelines.record(of, ended, { figures: { counts, ends: nothing } })
  const { times } = (await read()).sum
  for (const share of [0.01, 0.5, 0.95, 1])
    expect(Math.abs((quantileMs(times, share) ?? 0) / (share * 100_000) - 1)).toBeLessThan(0.1)
  expect(quantileMs(new Map(), 0.5)).toBeUndefined()
})

test('an hour that ended a while ago is read once, and what is counted in one that has not is seen at once', async () => {
  const { tenant, timelines } = open()
  const kept = createKeptFigures()
  const done = async (now: number): Promise<readonly string[]> => {
    const spans = (await readFigures(redis, [tenant], { period: '24h', now, timeZone, kept })).get(tenant) ?? []
    return spans.map(({ figures }) => endsIn(figures).join(', ')).slice(-2)
  }
  const late = Date.parse('2026-11-26T03:11:00Z')
  await timelines.record(of, ended, { figures: { counts: nothing, ends: isDone } })
  expect(await done(late)).toEqual(['done 1', ''])
  for (const key of await redis.keys(`{${tenant}}:*figures*`)) await redis.del(key)
  expect(await done(late)).toEqual(['done 1', ''])
  // What is taken back from an hour that ended is seen at once, too.
  await timelines.record(of, { ...failed, at: at + 1 }, { figures: { counts: nothing, ends: hasFailed } })
  expect(await done(late)).toEqual(['failed 1', ''])
  const another = { ...of, key: 'k2', jobId: 'job-2' }
  const run = { ...ended, jobId: 'job-2', at: late }
  await timelines.record(another, run, { figures: { counts: nothing, ends: isDone } })
  expect(await done(late)).toEqual(['failed 1', 'done 1'])
})

test('nothing that comes in the shadow is counted, and what is Ponte’s counts when it ends there', async () => {
  const { tenant, timelines, read } = open()
  const mode = createTenantMode(redis, tenant)
  await mode.declare('shadow')
  const counts = counted(each => each.call('crm'))
  await timelines.begin(of)
  expect((await read('24h', Date.now())).sum).toEqual(noFigures)
  await timelines.record(of, ended, { figures: { counts, ends: isDone } })
  expect((await read()).sum.calls.crm).toBe(1)
})
