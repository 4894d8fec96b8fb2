import { expect, test } from 'vitest'
import { backoffMs } from './backoff.ts'

const retry = { attempts: 12, firstDelaySeconds: 5, maxDelaySeconds: 3600 }

test('the pause doubles from 5 s up to an hour', () => {
  const pauses = Array.from({ length: 12 }, (_, index) => backoffMs(index + 1, retry, () => 0.5) / 1000)
  expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600])
})

test('a pause varies randomly by at most 20 %, so that jobs that failed together do not come back together', () => {
  expect(backoffMs(1, retry, () => 0)).toBe(4000)
  expect(backoffMs(1, retry, () => 1)).toBe(6000)
})
