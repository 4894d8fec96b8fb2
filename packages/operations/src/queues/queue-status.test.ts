import { expect, test } from 'vitest'
import { readQueueStatus, type QueueState } from './queue-status.ts'

const quiet = {
  counts: {},
  paused: false,
  startable: 0,
  later: 0,
  oldestWaitingMs: undefined,
  oldestDelayedMs: undefined,
  longestActiveMs: undefined,
  waitingTooLong: 0,
  longest: [],
  movedMs: undefined,
}
const old = { ...quiet, startable: 1, oldestWaitingMs: 120_000 }
const breaker = {
  system: 'totvs-crm',
  reason: 'down',
  code: 'CRM_UNREACHABLE',
  kind: 'read',
  since: 0,
  until: 1,
} as const
const limitMs = 60_000

const conditionOf = (kind: 'totvs-crm' | 'rd-station', state: QueueState, breakers: readonly (typeof breaker)[] = []) =>
  readQueueStatus(kind, state, { breakers, limitMs }).condition

test.each([
  { what: 'nothing waits', snapshot: quiet, condition: 'fine' },
  { what: 'something waits for a moment', snapshot: { ...old, oldestWaitingMs: 5000 }, condition: 'fine' },
  { what: 'nothing waits and something failed', snapshot: quiet, failed: 1, condition: 'failures' },
  { what: 'something waits for two minutes and nothing ever moved', snapshot: old, condition: 'stuck' },
  { what: 'something waits and nothing has moved for two', snapshot: { ...old, movedMs: 120_000 }, condition: 'stuck' },
  { what: 'something waits and another ended lately', snapshot: { ...old, movedMs: 5000 }, condition: 'backlog' },
  { what: 'something waits and another runs', snapshot: { ...old, counts: { active: 1 } }, condition: 'backlog' },
  { what: 'it is paused', snapshot: { ...old, paused: true }, condition: 'paused' },
  {
    what: 'the worker of a run is gone',
    snapshot: { ...quiet, longestActiveMs: 9000 },
    stalled: 1,
    condition: 'stalled',
  },
  { what: 'a run takes two minutes', snapshot: { ...quiet, longestActiveMs: 120_000 }, condition: 'long' },
] as const)('a queue with workers, of which $what, is $condition', of => {
  const { snapshot, condition } = of
  const stalled = 'stalled' in of ? of.stalled : 0
  const failed = 'failed' in of ? of.failed : 0
  expect(conditionOf('totvs-crm', { snapshot, stalled, failed, workers: 2 })).toBe(condition)
})

test('an event that waits for a paused system is not called stuck, and marks wait for either system', () => {
  const state = { snapshot: old, stalled: 0, failed: 0, workers: 1 }
  expect(conditionOf('totvs-crm', state, [breaker])).toBe('breaker')
  expect(conditionOf('rd-station', state, [breaker])).toBe('breaker')
  expect(
    readQueueStatus('totvs-crm', state, { breakers: [{ ...breaker, system: 'rd-station' }], limitMs }).condition,
  ).toBe('stuck')
  expect(readQueueStatus('rd-station', state, { breakers: [{ ...breaker, kind: 'write' }], limitMs }).condition).toBe(
    'stuck',
  )
})

test('where Redis does not tell of workers, none missing is claimed', () => {
  expect(conditionOf('totvs-crm', { snapshot: quiet, stalled: 0, failed: 0, workers: undefined })).toBe('fine')
})
