import { DAY_MS } from '@ponte/contracts'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SendResult } from '../alerts/channels.ts'
import { afterSummary, lastDue, planSummary } from './plan-summary.ts'

const timeZone = 'America/Sao_Paulo'
const at = (text: string): number => Date.parse(text)

test('a summary is due at its hour of its weekday, in the time zone of the installation', () => {
  const due = (now: string) => lastDue({ weekday: 'monday', hour: 8 }, { now: at(now), timeZone })
  // 23 November 2026 is a Monday; 08:00 in São Paulo is 11:00 by UTC.
  expect(due('2026-11-23T11:00:00Z')).toBe(at('2026-11-23T11:00:00Z'))
  expect(due('2026-11-23T10:59:59Z')).toBe(at('2026-11-16T11:00:00Z'))
  expect(due('2026-11-29T23:00:00Z')).toBe(at('2026-11-23T11:00:00Z'))
})

test.each([
  {
    what: 'the clocks went forward',
    zone: 'America/New_York',
    hour: 8,
    now: '2026-03-09',
    due: '2026-03-08T12:00:00Z',
  },
  { what: 'the clocks went back', zone: 'America/New_York', hour: 8, now: '2026-11-02', due: '2026-11-01T13:00:00Z' },
  { what: 'the clocks went back', zone: 'America/New_York', hour: 1, now: '2026-11-02', due: '2026-11-01T05:00:00Z' },
  { what: 'the hour is left out', zone: 'America/New_York', hour: 2, now: '2026-03-09', due: '2026-03-08T07:00:00Z' },
  {
    what: 'its last hour is meant',
    zone: 'America/New_York',
    hour: 23,
    now: '2026-03-10',
    due: '2026-03-09T03:00:00Z',
  },
  { what: 'midnight is left out', zone: 'America/Sao_Paulo', hour: 0, now: '2018-11-05', due: '2018-11-04T03:00:00Z' },
  { what: 'midnight is left out', zone: 'America/Sao_Paulo', hour: 8, now: '2018-11-05', due: '2018-11-04T10:00:00Z' },
  {
    what: 'they change by half an hour',
    zone: 'Australia/Lord_Howe',
    hour: 8,
    now: '2026-10-05',
    due: '2026-10-03T21:00:00Z',
  },
])('on a Sunday on which $what it is due at $hour by the clock of $zone', ({ zone, hour, now, due }) => {
  expect(lastDue({ weekday: 'sunday', hour }, { now: at(now), timeZone: zone })).toBe(at(due))
})

test('whatever the weekday, the hour and the moment, the last summary was due in the last seven days', () => {
  const weekday = fc.constantFrom('sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday')
  const moment = fc.integer({ min: at('2015-01-01'), max: at('2035-01-01') })
  fc.assert(
    fc.property(weekday, fc.integer({ min: 0, max: 23 }), moment, (day, hour, now) => {
      const due = lastDue({ weekday: day, hour }, { now, timeZone })
      expect(due).toBeLessThanOrEqual(now)
      // The week in which the clocks go back is an hour longer.
      expect(now - due).toBeLessThanOrEqual(7 * DAY_MS + 3_600_000)
    }),
  )
})

const monday = at('2026-11-23T11:00:00Z')
const over = { due: monday, isOver: true, tries: 1, refusals: 0, notBefore: 0 }

test('a tenant that has just named somebody gets its first summary when the next one is due', () => {
  const first = planSummary(undefined, monday, monday + 1)
  expect(first).toMatchObject({ isSent: false, keep: { due: monday, isOver: true } })
  expect(planSummary(first.keep, monday, monday + DAY_MS)).toEqual({ keep: first.keep, isSent: false })
  expect(planSummary(first.keep, monday + 7 * DAY_MS, monday + 9 * DAY_MS).isSent).toBe(true)
})

test('another weekday brings no second summary in a week', () => {
  expect(planSummary(over, monday + DAY_MS, monday + DAY_MS)).toEqual({ keep: over, isSent: false })
  expect(planSummary(over, monday + 8 * DAY_MS, monday + 8 * DAY_MS).isSent).toBe(true)
})

test('a summary that is refused is sent until it is taken, and one without an answer once more at the most', () => {
  const answer = fc.constantFrom<SendResult>('sent', 'refused', 'unknown')
  fc.assert(
    fc.property(fc.array(answer, { minLength: 40, maxLength: 40 }), answers => {
      let now = monday + 7 * DAY_MS
      let sent = over
      const given: SendResult[] = []
      for (const each of answers) {
        const { keep, isSent } = planSummary(sent, monday + 7 * DAY_MS, now)
        sent = isSent ? afterSummary(keep, each, now) : keep
        if (isSent) given.push(each)
        now += 16 * 60_000
      }
      const mayHaveArrived = given.filter(each => each !== 'refused')
      expect(mayHaveArrived.length).toBeLessThanOrEqual(2)
      expect(given.filter(each => each === 'sent').length).toBeLessThanOrEqual(1)
      if (mayHaveArrived.length === 0) expect(given).toHaveLength(answers.length)
      if (given.includes('sent')) expect(given.at(-1)).toBe('sent')
    }),
  )
})
