import { PermanentFailure, TransientFailure } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { Resting } from './resting.ts'
import { mayHaveHadEffect } from './may-have-had-effect.ts'
import { Postponed } from './postponed.ts'

test.each([
  ['an answer that was lost', new TransientFailure('RD_UNREACHABLE', { effectUnknown: true }), true],
  ['an answer 2xx that could not be read', new PermanentFailure('RD_UNREADABLE'), true],
  ['an error that nobody foresaw', new Error('bug'), true],
  ['a connection that was refused', new TransientFailure('RD_UNREACHABLE', { effectUnknown: false }), false],
  ['a refusal that was read', new PermanentFailure('RD_REJECTED'), false],
  ['a system that rests, so that nothing was sent', new Resting('rd-station', 1, 'RD_UNAVAILABLE'), false],
  ['a turn that was too far away, so that nothing was sent', new Postponed('later', 1), false],
])('after %s, the write may have had its effect: %#', (_case, error, expected) => {
  expect(mayHaveHadEffect(error)).toBe(expected)
})
