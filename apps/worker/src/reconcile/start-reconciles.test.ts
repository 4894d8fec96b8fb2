import { expect, test } from 'vitest'
import { planReconcile } from './start-reconciles.ts'

const setting = { everyMinutes: 60, lookbackHours: 48 }
const MINUTE = 60_000
const record = (at: number, wholeDay?: string) => ({
  ...{ at, missing: 0, sent: 0, needsPerson: false, inARow: 0 },
  ...(wholeDay !== undefined && { wholeDay }),
})
const plan = (now: string, last?: ReturnType<typeof record>, timeZone = 'America/Sao_Paulo') =>
  planReconcile(setting, last, { now: Date.parse(now), timeZone })

test('a tenant without an interval is never reconciled by itself', () => {
  const at = { now: 0, timeZone: 'UTC' }
  expect(planReconcile(undefined, undefined, at)).toBeUndefined()
  expect(planReconcile({ lookbackHours: 48 }, undefined, at)).toBeUndefined()
})

test('the first is due at once, and each further one after the interval', () => {
  const noon = Date.parse('2026-11-29T15:00:00Z')
  expect(plan('2026-11-29T15:00:00Z')).toEqual({ readsWholeList: false, day: '2026-11-29' })
  expect(plan('2026-11-29T15:59:59Z', record(noon))).toBeUndefined()
  expect(plan('2026-11-29T16:00:00Z', record(noon))).toMatchObject({ readsWholeList: false })
})

test.each([
  ['2026-11-29T04:59:59Z', undefined],
  ['2026-11-29T05:00:00Z', '2026-11-29'],
  ['2026-11-29T07:59:59Z', '2026-11-29'],
  ['2026-11-29T08:00:00Z', undefined],
])('the whole list is read once a night, from two to five in the zone of the installation: at %s', (now, day) => {
  const last = (wholeDay: string) => record(Date.parse(now) - MINUTE, wholeDay)
  expect(plan(now, last('2026-11-28'))).toEqual(day === undefined ? undefined : { readsWholeList: true, day })
  expect(plan(now, last('2026-11-29'))).toBeUndefined()
})

test('a night that lacks an hour, or has one twice, has its whole list once', () => {
  // Lisbon: one o'clock is skipped in March, and comes twice in October.
  expect(plan('2026-03-29T01:00:00Z', record(0, '2026-03-28'), 'Europe/Lisbon')).toMatchObject({ readsWholeList: true })
  const night = Date.parse('2026-10-25T02:30:00Z')
  expect(plan('2026-10-25T02:31:00Z', record(night, '2026-10-25'), 'Europe/Lisbon')).toBeUndefined()
})
