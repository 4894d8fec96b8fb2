import * as state from '@ponte/state'
import { expect, test } from 'vitest'
import { useKept } from '../support/kept/open-kept.ts'
import { testFingerprint as fingerprint } from '../support/kept/writer.ts'

const kept = useKept('first.json')

const tenant = 'acme'
const AT = 1_767_323_045_000
const WRITTEN_AT = 1_767_441_600_000
/** Timelines: of `event-1`, of the lead that was retried, and of the one that has failed. */
const [EVENT, RETRIED, FAILED] = ['zjaGP1G2uvnRY5f_s-mv', 'Kx48tt3YJ9qhsTCNuolw', 'OsJ9eImC0tC02GegaACr']

const ofEvent = { event: 'lead.registered', jobId: 'j1' } as const
const byAna = { at: WRITTEN_AT, by: 'ana', jobId: 'j1' } as const
const entries: readonly state.TimelineEntry[] = [
  { kind: 'received', at: AT, key: 'event-1', delivery: 'delivery-1', ...ofEvent },
  { kind: 'duplicate', at: WRITTEN_AT, times: 2, since: WRITTEN_AT },
  { kind: 'run', at: WRITTEN_AT, outcome: 'failed', code: 'CRM_REJECTED', ...ofEvent },
  { kind: 'edited', fields: ['name'], ...byAna },
  { kind: 'retried', ...byAna },
  {
    ...{ kind: 'run', at: WRITTEN_AT, outcome: 'done', ...ofEvent },
    summary: { key: 'lead-created', values: { lead: 'l1' } },
    retry: 'retry-1',
    opportunityId: 'o1',
    derivedEvents: [{ event: 'lead.registered', key: 'event-2' }],
  },
  { kind: 'superseded', at: WRITTEN_AT, event: 'lead.registered', jobId: 'j0' },
  { kind: 'removed', ...byAna },
]

const openTimelines = () => state.createTimelines(kept.redis, tenant, fingerprint, state.createCalendar('UTC'))

test('a timeline is found by the person, and says what happened', async () => {
  const timelines = openTimelines()
  expect(await timelines.find('maria@x.example')).toEqual([RETRIED, EVENT])
  expect(await timelines.find('48999990000')).toEqual([RETRIED, EVENT])
  expect(await timelines.read(EVENT)).toEqual(entries)
  expect(await timelines.peek(EVENT)).toEqual(entries)
})

test('what becomes of an event is added to its timeline', async () => {
  const of = { event: 'lead.registered', key: 'event-1', jobId: 'j1', receivedAt: '2026-01-02T03:04:05.000Z' }
  await openTimelines().record({ ...of, identities: [] }, { kind: 'duplicate', at: WRITTEN_AT })
  expect(await openTimelines().read(EVENT)).toEqual([...entries, { kind: 'duplicate', at: WRITTEN_AT }])
})

test('the lists of all events are kept', async () => {
  const lists = state.createEventLists(kept.redis, tenant)
  const span = { from: AT, until: AT, skip: 0, most: 9 }
  const listed = await lists.read('lead.registered', span)
  expect(listed.toSorted((one, other) => (one.id < other.id ? -1 : 1))).toEqual([
    { id: RETRIED, at: AT },
    { id: FAILED, at: AT },
    { id: EVENT, at: AT },
  ])
})

const figures: ReturnType<typeof state.toFigures> = {
  received: { 'lead.registered': 1 },
  ended: [
    { event: 'lead.registered', outcome: 'failed', code: 'CRM_REJECTED', count: 1 },
    { event: 'lead.registered', outcome: 'skipped', count: 1 },
  ],
  firstTry: 1,
  times: new Map([[26, 1]]),
  leads: { created: 1, updated: 1 },
  sources: { google: 1 },
  identifiers: { orcamento: 1 },
  defaultUser: 1,
  opportunities: 1,
  marks: { opportunity: 1, sale: 1, loss: 1 },
  saleCents: 129_900,
  lossReasons: { price: 1 },
  calls: { contacts: 1, events: 1, crm: 1 },
}

test.each(['24h', '7d'] as const)('the figures of %s are kept', async period => {
  const spans = await state.readFigures(kept.redis, [tenant], { period, now: WRITTEN_AT, timeZone: 'UTC' })
  const last = spans.get(tenant)?.at(-1)?.figures
  expect(last).toEqual(figures)
  expect(state.quantileMs(last?.times ?? new Map(), 1)).toBeCloseTo(1145, 0)
})

test('a failure that was counted is taken back when its job is removed', async () => {
  const of = { event: 'lead.registered', key: 'lead-failed', jobId: 'lead-failed00000000000000' }
  const removed = { kind: 'removed', at: WRITTEN_AT, by: 'ana', jobId: of.jobId } as const
  const receivedAt = '2026-01-02T03:04:05.000Z'
  await openTimelines().record({ ...of, receivedAt, identities: [] }, removed)
  const spans = await state.readFigures(kept.redis, [tenant], { period: '24h', now: WRITTEN_AT, timeZone: 'UTC' })
  expect(spans.get(tenant)?.at(-1)?.figures.ended).toEqual(
    expect.arrayContaining([
      { event: 'lead.registered', outcome: 'failed', code: 'CRM_REJECTED', count: 0 },
      { event: 'lead.registered', outcome: 'removed', count: 1 },
    ]),
  )
})

test('what a system has changed is still told, and what a sale looks like is known', async () => {
  const found = await state.readDrift(kept.redis, tenant, WRITTEN_AT)
  expect(found).toHaveLength(2)
  expect(found).toEqual(
    expect.arrayContaining<state.Drift>([
      { what: 'unknown-value', kind: 'crm.opportunity', member: 'status', value: 'SUSPENDED', since: WRITTEN_AT },
      { what: 'member-gone', kind: 'crm.opportunity.won', member: 'totalValue', since: WRITTEN_AT },
    ]),
  )
  expect(await state.isValueExpected(kept.redis, tenant)).toBe(true)
})
