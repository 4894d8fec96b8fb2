import { expect, test } from 'vitest'
import { medianOf, spreadOf } from './figures.ts'

test('of an even number of turns the median is the mean of the two in the middle', () => {
  expect(medianOf([4, 1])).toBe(2.5)
  expect(medianOf([9, 1, 3, 2])).toBe(2.5)
})

test('of an odd number of turns the median is one of them', () => {
  expect(medianOf([7])).toBe(7)
  expect(medianOf([9, 1, 3])).toBe(3)
})

test('of five turns half lie between the second and the fourth, in whatever order they came', () => {
  expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ low: 2, median: 3, high: 4 })
})

test('of no turn nothing is said', () => {
  expect(medianOf([])).toBeNaN()
})
