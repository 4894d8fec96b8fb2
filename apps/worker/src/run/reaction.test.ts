import { ConflictFailure, message, PermanentFailure, ThrottledFailure, TransientFailure } from '@ponte/contracts'
import { LockLost } from '@ponte/state'
import { expect, test, vi } from 'vitest'
import { BreakerOpen, JobDelayed } from '../calls/job-delayed.ts'
import { isAbandoned, reactTo, retryOnConflict } from './reaction.ts'

const first = { made: 1, allowed: 12 }
const last = { made: 12, allowed: 12 }
const transient = new TransientFailure('RD_UNAVAILABLE', { system: 'rd-station' })
const conflict = new ConflictFailure('CRM_CONFLICT')
const redisDown = Object.assign(new Error('Reached the max retries per request limit'), {
  name: 'MaxRetriesPerRequestError',
})

test.each([
  ['a transient failure spends an attempt', transient, first, { kind: 'counted' }, { kind: 'retry' }],
  [
    'a failure of a call that another job made for all spends none',
    transient,
    last,
    undefined,
    { kind: 'delay', waitMs: 1000 },
  ],
  [
    'a write refused because its lock was lost spends none',
    new LockLost(),
    last,
    undefined,
    { kind: 'delay', waitMs: 1000 },
  ],
  [
    'a transient failure on the last attempt is final',
    transient,
    last,
    { kind: 'counted' },
    { kind: 'fail', failure: transient },
  ],
  [
    'a transient failure while the circuit breaker opens or is open spends none, even on the last attempt',
    transient,
    last,
    { kind: 'opened', waitMs: 15_000 },
    { kind: 'delay', waitMs: 15_000 },
  ],
  [
    'a conflict that outlasted the run is final, and takes no backoff',
    conflict,
    first,
    undefined,
    { kind: 'fail', failure: conflict },
  ],
  [
    'a call that was stopped because a lock was lost spends nothing',
    new TransientFailure('STATE_UNAVAILABLE'),
    last,
    undefined,
    { kind: 'delay', waitMs: 1000 },
  ],
  ['Redis being away spends nothing', redisDown, last, undefined, { kind: 'delay', waitMs: 1000 }],
  [
    'a delayed job waits as long as it said',
    new JobDelayed(message('call-not-made'), 250),
    last,
    undefined,
    { kind: 'delay', waitMs: 250 },
  ],
  [
    'an open circuit breaker pauses the queue',
    new BreakerOpen('rd-station', 700, 'RD_UNAVAILABLE'),
    last,
    undefined,
    { kind: 'pause-queue', waitMs: 700 },
  ],
  ['an unexpected error is retried', new Error('bug'), first, undefined, { kind: 'retry' }],
  [
    'an unexpected error is final after the last attempt',
    new Error('bug'),
    last,
    undefined,
    { kind: 'fail', failure: undefined },
  ],
] as const)('%s', (_guarantee, error, attempts, effect, reaction) => {
  expect(reactTo(error, attempts, effect)).toEqual(reaction)
})

test('a permanent failure is final at once', () => {
  const failure = new PermanentFailure('RD_REJECTED')
  expect(reactTo(failure, first, undefined)).toEqual({ kind: 'fail', failure })
})

test('the limit of one contact delays only its job, the limit of the account pauses the queue', () => {
  const contact = new ThrottledFailure('RD_CONTACT_LIMITED', { retryAfterMs: 9000, scope: 'job', system: 'rd-station' })
  const account = new ThrottledFailure('RD_QUOTA_EXCEEDED', {
    retryAfterMs: 9000,
    scope: 'system',
    system: 'rd-station',
  })
  expect(reactTo(contact, last, undefined)).toEqual({ kind: 'delay', waitMs: 9000 })
  expect(reactTo(account, last, { kind: 'extended', waitMs: 11_000 })).toEqual({
    kind: 'pause-queue',
    waitMs: 11_000,
  })
})

test.each([
  ['meets two conflicts is done the third time', [conflict, conflict], 'done', 3],
  ['meets a third conflict ends with it', [conflict, conflict, conflict], conflict, 3],
  [
    'fails otherwise is not done again',
    [new PermanentFailure('CRM_REJECTED')],
    new PermanentFailure('CRM_REJECTED'),
    1,
  ],
])('work that %s', async (_what, failures, end, times) => {
  const work = vi.fn<() => Promise<string>>().mockResolvedValue('done')
  for (const failure of failures) work.mockRejectedValueOnce(failure)
  expect(await retryOnConflict(work).catch((error: unknown) => error)).toEqual(end)
  expect(work).toHaveBeenCalledTimes(times)
})

test.each([
  [{ stalledCounter: 24, attemptsStarted: 40 }, false],
  [{ stalledCounter: 3, attemptsStarted: 400 }, false],
  [{ stalledCounter: 25, attemptsStarted: 26 }, true],
  // A person has retried it: it has the whole number of takeovers again.
  [{ stalledCounter: 25, attemptsStarted: 1 }, false],
])('a job whose workers die again and again is abandoned, unlike one of deploys and attempts: %j', (job, expected) => {
  expect(isAbandoned(job)).toBe(expected)
})
