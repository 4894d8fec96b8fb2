import { expect, test } from 'vitest'
import {
  countDelivered,
  countEnded,
  countFailed,
  countRemoved,
  failuresByCode,
  type Figures,
  highestFirst,
  type Histogram,
  noFigures,
  otherText,
  quantileMs,
  quarantinedByCode,
  sumFigures,
} from '../index.ts'

const times = (entries: readonly (readonly [number, number])[]): Histogram => new Map(entries)
const monday: Figures = {
  ...noFigures,
  received: { 'lead.registered': 2 },
  ended: [
    { event: 'lead.registered', outcome: 'done', count: 1 },
    { event: 'lead.registered', outcome: 'failed', code: 'CRM_REJECTED', count: 2 },
    { event: 'status-rd.changed', outcome: 'done', count: 5 },
  ],
  times: times([[3, 1]]),
  sources: { Google: 1, [otherText]: 2 },
  saleCents: 1,
}
const tuesday: Figures = {
  ...noFigures,
  received: { 'lead.registered': 1, 'opportunity.won': 1 },
  ended: [
    { event: 'lead.registered', outcome: 'done', count: 3 },
    { event: 'opportunity.won', outcome: 'failed', code: 'CRM_REJECTED', count: 1 },
    { event: 'delivery', outcome: 'failed', code: 'BODY_NOT_UNDERSTOOD', count: 1 },
    { event: 'lead.registered', outcome: 'failed', code: 'CRM_CONFLICT', count: 0 },
    { event: 'lead.registered', outcome: 'removed', count: 2 },
  ],
  times: times([
    [3, 1],
    [20, 1],
  ]),
  sources: { [otherText]: 1 },
  saleCents: 20,
}

test('figures of several days are added up by name', () => {
  const sum = sumFigures([monday, tuesday])
  expect(sum).toMatchObject({
    received: { 'lead.registered': 3, 'opportunity.won': 1 },
    sources: { Google: 1, [otherText]: 3 },
    saleCents: 21,
  })
  expect(sum.ended).toContainEqual({ event: 'lead.registered', outcome: 'done', count: 4 })
  expect(sum.times).toEqual(
    times([
      [3, 2],
      [20, 1],
    ]),
  )
  expect(quantileMs(sum.times, 1)).toBeGreaterThan(quantileMs(sum.times, 0.5) ?? Infinity)
  expect(sumFigures([])).toEqual(noFigures)
})

test('what was delivered, failed and was removed is everything that ended, and causes are those of what failed', () => {
  const sum = sumFigures([monday, tuesday])
  expect([countDelivered(sum), countFailed(sum), countRemoved(sum), countEnded(sum)]).toEqual([4, 4, 2, 10])
  expect([failuresByCode(sum), quarantinedByCode(sum)]).toEqual([{ CRM_REJECTED: 3 }, { BODY_NOT_UNDERSTOOD: 1 }])
})

test('names come by their counts, the highest first, and equal ones by name', () => {
  expect(highestFirst({ b: 1, c: 3, a: 1 })).toEqual([
    ['c', 3],
    ['a', 1],
    ['b', 1],
  ])
})
