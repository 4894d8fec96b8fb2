import { expect, test } from 'vitest'
import { isAbandoned } from './reaction.ts'

test('a job whose workers die again and again is abandoned; deploys and attempts alone abandon none', () => {
  expect(isAbandoned({ stalledCounter: 24, attemptsStarted: 40 })).toBe(false)
  expect(isAbandoned({ stalledCounter: 3, attemptsStarted: 400 })).toBe(false)
  expect(isAbandoned({ stalledCounter: 25, attemptsStarted: 26 })).toBe(true)
})

test('a retry by hand gives it the whole number of takeovers again', () => {
  expect(isAbandoned({ stalledCounter: 25, attemptsStarted: 1 })).toBe(false)
})
