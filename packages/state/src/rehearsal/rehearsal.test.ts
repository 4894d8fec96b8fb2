import { Redis } from 'ioredis'
import { afterAll, afterEach, expect, inject, test, vi } from 'vitest'
import { createFigureCounts, figureKeys } from '../figures/count-figures.ts'
import { createCalendar } from '../figures/figure-keys.ts'
import { noFigures, sumFigures } from '../figures/figures.ts'
import { readFigures } from '../figures/read-figures.ts'
import { createFingerprint } from '../fingerprints/fingerprint.ts'
import { createTimelines, type TimelineEvent } from '../timeline/timeline.ts'
import { createRehearsals } from './rehearsal.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())
afterEach(() => vi.restoreAllMocks())

const timeZone = 'UTC'

function open() {
  const tenant = `t-${crypto.randomUUID()}`
  const fingerprint = createFingerprint(Buffer.alloc(32, 1))
  const calendar = createCalendar(timeZone)
  const timelines = createTimelines(redis, tenant, fingerprint, calendar)
  return {
    rehearsals: createRehearsals(redis, tenant, fingerprint),
    async arrive(event: string, ...identities: string[]): Promise<TimelineEvent> {
      const of = { event, key: crypto.randomUUID(), jobId: crypto.randomUUID(), identities }
      const begun = { ...of, receivedAt: new Date().toISOString() }
      await timelines.begin(begun)
      return begun
    },
    async end(of: TimelineEvent, ...more: string[]): Promise<void> {
      const [done, ends] = [createFigureCounts(), createFigureCounts()]
      done.opportunity()
      ends.ended(of.event, 'done')
      await timelines.record(
        { ...of, identities: [...of.identities, ...more] },
        { kind: 'run', at: Date.now(), event: of.event, jobId: of.jobId, outcome: 'done' },
        { figures: { counts: done.counts, ends: ends.counts } },
      )
    },
    received: (event: string, at: number) =>
      Promise.all(figureKeys(tenant, calendar, at).map(key => redis.hget(key, `received:${event}`))),
    async figures() {
      const request = { period: '24h', now: Date.now(), timeZone } as const
      return sumFigures(((await readFigures(redis, [tenant], request)).get(tenant) ?? []).map(each => each.figures))
    },
  }
}

test('what is recorded of a rehearsal counts in no figure, that of its opportunities included, whoever heard of them first', async () => {
  const { rehearsals, arrive, end, figures } = open()
  await rehearsals.leaveOut(['ensaio@x.example'])
  const lead = await arrive('lead.registered', 'ensaio@x.example', '2090000000')
  const created = await arrive('opportunity.created', 'o1')
  expect((await figures()).received).toEqual({ 'opportunity.created': 1 })
  await end(lead, 'o1')
  await end(created)
  const updated = await arrive('opportunity.updated', 'o2')
  await rehearsals.leaveOut(['o2'])
  await end(updated)
  expect(await figures()).toEqual({ ...noFigures, received: { 'opportunity.created': 0, 'opportunity.updated': 0 } })
})

test('an arrival is taken back from the hour in which it was counted, and from nobody else', async () => {
  const { rehearsals, arrive, received } = open()
  const now = Date.now()
  const clock = vi.spyOn(Date, 'now').mockReturnValue(now - 25 * 3_600_000)
  await arrive('opportunity.created', 'o1')
  clock.mockReturnValue(now)
  await arrive('opportunity.created', 'o2')
  await rehearsals.leaveOut(['o1'])
  expect(await received('opportunity.created', now - 25 * 3_600_000)).toEqual(['0', '0'])
  expect(await received('opportunity.created', now)).toEqual(['1', '1'])
})

test('what is recorded of anybody else counts during a rehearsal', async () => {
  const { rehearsals, arrive, end, figures } = open()
  await rehearsals.leaveOut(['ensaio@x.example'])
  await end(await arrive('lead.registered', 'maria@x.example'), 'o9')
  expect(await figures()).toMatchObject({ received: { 'lead.registered': 1 }, opportunities: 1 })
})

test('a delivery that names many people takes none of them out of the figures', async () => {
  const { rehearsals, arrive, figures } = open()
  await rehearsals.leaveOut(['ensaio@x.example'])
  await arrive('delivery', 'ensaio@x.example', ...Array.from({ length: 8 }, (_, index) => `p${index}@x.example`))
  await arrive('lead.registered', 'p1@x.example')
  expect((await figures()).received).toEqual({ 'lead.registered': 1 })
})

test('the state of a rehearsal that was cut off is read again, and gone when it has ended', async () => {
  const { rehearsals } = open()
  const state = {
    ...{ id: 'r', startedAt: 1, person: 'f', done: ['bring'], funnelCalls: 2, lead: 'l' },
    ...{ opportunities: ['o1'], facts: [{ id: 'crm-login', held: true }] },
  }
  await rehearsals.write(state)
  expect(await rehearsals.read()).toEqual(state)
  await rehearsals.end()
  expect(await rehearsals.read()).toBeUndefined()
})
