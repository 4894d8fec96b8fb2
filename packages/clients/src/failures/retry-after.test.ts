import { expect, test } from 'vitest'
import { readRetryAfterMs } from './failure-of-answer.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')

test.each([
  [{ 'retry-after': '30' }, 30_000],
  [{ 'retry-after': 'Tue, 24 Nov 2026 12:02:00 GMT' }, 120_000],
  [{ 'retry-after-quotas': '17' }, 17_000],
  [{ 'ratelimit-reset': '44' }, 44_000],
  [{ 'ratelimit-reset': String(NOW / 1_000 + 9) }, 9_000],
  [{ 'retry-after': '5', 'ratelimit-reset': '44' }, 5_000],
  [{ 'retry-after': 'soon', 'ratelimit-reset': '44' }, 44_000],
  [{}, 60_000],
  [{ 'retry-after': '' }, 60_000],
  [{ 'retry-after': '0' }, 1_000],
  [{ 'retry-after': '-5' }, 1_000],
  [{ 'retry-after': 'Tue, 24 Nov 2020 12:02:00 GMT' }, 1_000],
  [{ 'retry-after': '999999' }, 3_600_000],
  [{ 'retry-after': 'Infinity' }, 60_000],
])('%j asks for a wait of %i ms', (headers, waitMs) => {
  expect(readRetryAfterMs(headers, NOW)).toBe(waitMs)
})
