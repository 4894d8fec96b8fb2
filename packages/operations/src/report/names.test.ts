import { otherText } from '@ponte/state'
import { expect, test } from 'vitest'
import type { MeasuredSpan } from '../report/measures.ts'
import { lossesByDay, namesOf, sumSpans } from '../report/read-report.ts'

const nothing = sumSpans([])
const conversions = (identifiers: Readonly<Record<string, number>>): MeasuredSpan => ({
  ...nothing,
  figures: { ...nothing.figures, identifiers },
})
const losses = (lossReasons: Readonly<Record<string, number>>, loss: number): MeasuredSpan => ({
  ...nothing,
  figures: { ...nothing.figures, lossReasons, marks: { ...nothing.figures.marks, loss } },
})

test('names come with the most frequent first, each beside its number before, and none that was not counted', () => {
  const results = {
    total: conversions({ ebook: 2, webinar: 7, constructor: 1, none: 0 }),
    formerTotal: conversions({ webinar: 3 }),
  }
  expect(namesOf('conversionsByIdentifier', { ...results, readers: 'operators' })).toEqual([
    { name: 'webinar', count: 7, before: 3 },
    { name: 'ebook', count: 2, before: 0 },
    { name: 'constructor', count: 1, before: 0 },
  ])
})

test('who does not see rare names cannot tell a name that was rare before from one that was not there', () => {
  const of = (before: Readonly<Record<string, number>>, readers: 'operators' | 'anybody') =>
    namesOf('conversionsByIdentifier', { total: conversions({ ebook: 9 }), formerTotal: conversions(before), readers })
  expect(of({ [otherText]: 4 }, 'anybody')).toEqual([{ name: 'ebook', count: 9, before: undefined }])
  expect(of({ [otherText]: 4 }, 'operators')).toEqual([{ name: 'ebook', count: 9, before: 0 }])
  expect(of({ ebook: 6, [otherText]: 4 }, 'anybody')).toEqual([{ name: 'ebook', count: 9, before: 6 }])
  expect(of({}, 'anybody')).toEqual([{ name: 'ebook', count: 9, before: 0 }])
})

test('losses of a day are those of the most frequent reasons of all days, and all others, also without a reason', () => {
  const days = [losses({ price: 2, late: 1 }, 5), losses({ late: 3, [otherText]: 4 }, 8), losses({}, 0)]
  expect(lossesByDay(days, 1)).toEqual({ named: [{ name: 'late', counts: [1, 3, 0] }], others: [4, 5, 0] })
  expect(lossesByDay(days, 4).named.map(({ name }) => name)).toEqual(['late', 'price'])
})
