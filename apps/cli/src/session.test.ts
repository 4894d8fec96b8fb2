import { expect, test } from 'vitest'
import { exitCodeOfFailure } from './session.ts'

test.each([
  ['CRM_UNREACHABLE', 3],
  ['CRM_UNAVAILABLE', 3],
  ['CRM_THROTTLED', 3],
  ['RD_QUOTA_EXCEEDED', 3],
  ['STATE_UNAVAILABLE', 3],
  ['CRM_UNAUTHORIZED', 1],
  ['CRM_REJECTED', 1],
] as const)(
  '%s ends a command with %i: a person who tries again later may have an answer, or not',
  (code, exitCode) => {
    expect(exitCodeOfFailure(code)).toBe(exitCode)
  },
)
