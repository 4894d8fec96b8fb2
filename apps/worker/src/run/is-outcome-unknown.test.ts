import { PermanentFailure, TransientFailure } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { BreakerOpen } from '../calls/breaker-open.ts'
import { isOutcomeUnknown } from './is-outcome-unknown.ts'
import { JobDelayed } from './job-delayed.ts'

test.each([
  ['an answer that was lost', new TransientFailure('RD_UNREACHABLE', { isOutcomeUnknown: true }), true],
  ['an answer 2xx that could not be read', new PermanentFailure('RD_UNREADABLE'), true],
  ['an error that nobody foresaw', new Error('bug'), true],
  ['a connection that was refused', new TransientFailure('RD_UNREACHABLE', { isOutcomeUnknown: false }), false],
  ['a refusal that was read', new PermanentFailure('RD_REJECTED'), false],
  ['a system that rests, so that nothing was sent', new BreakerOpen('rd-station', 1, 'RD_UNAVAILABLE'), false],
  ['a turn that was too far away, so that nothing was sent', new JobDelayed('later', 1), false],
])('after %s, the write may have had its effect: %#', (_case, error, expected) => {
  expect(isOutcomeUnknown(error)).toBe(expected)
})
