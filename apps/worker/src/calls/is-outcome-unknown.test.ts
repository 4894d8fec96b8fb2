import { message, PermanentFailure, TransientFailure } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { BreakerOpen, isOutcomeUnknown, JobDelayed } from './job-delayed.ts'

test.each([
  ['an answer that was lost', new TransientFailure('RD_UNREACHABLE', { isOutcomeUnknown: true }), true],
  ['an answer 2xx that could not be read', new PermanentFailure('RD_UNREADABLE'), true],
  ['an unexpected error', new Error('bug'), true],
  ['a connection that was refused', new TransientFailure('RD_UNREACHABLE', { isOutcomeUnknown: false }), false],
  ['a refusal that was read', new PermanentFailure('RD_REJECTED'), false],
  ['an open circuit breaker, so that nothing was sent', new BreakerOpen('rd-station', 1, 'RD_UNAVAILABLE'), false],
  ['a slot that was too far away, so that nothing was sent', new JobDelayed(message('call-not-made'), 1), false],
])('after %s, the outcome of the write is unknown: %#', (_case, error, expected) => {
  expect(isOutcomeUnknown(error)).toBe(expected)
})
