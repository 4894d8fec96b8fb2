import { expect, test } from 'vitest'
import { readQueueCondition, type QueueState } from './queue-status.ts'

const quiet = {
  counts: {},
  paused: false,
  startable: 0,
  overdue: 0,
  oldestWaitingMs: undefined,
  oldestDelayedMs: undefined,
  longestActiveMs: undefined,
  waitingTooLong: 0,
  longest: [],
  movedMs: undefined,
}
const old = { ...quiet, startable: 1, oldestWaitingMs: 120_000 }
const rest = { system: 'totvs-crm', reason: 'down', code: 'CRM_UNREACHABLE', kind: 'read', since: 0, until: 1 } as const
const limitMs = 60_000

const judge = (kind: 'totvs-crm' | 'rd-station', state: QueueState, rests: readonly (typeof rest)[] = []) =>
  readQueueCondition(kind, state, { rests, limitMs }).verdict

test.each([
  { what: 'nothing waits', snapshot: quiet, verdict: 'fine' },
  { what: 'something waits for a moment', snapshot: { ...old, oldestWaitingMs: 5000 }, verdict: 'fine' },
  { what: 'nothing waits and something failed', snapshot: { ...quiet, counts: { failed: 1 } }, verdict: 'failures' },
  { what: 'something waits for two minutes and nothing ever moved', snapshot: old, verdict: 'slow' },
  { what: 'something waits and nothing has moved for two', snapshot: { ...old, movedMs: 120_000 }, verdict: 'slow' },
  { what: 'something waits and another ended lately', snapshot: { ...old, movedMs: 5000 }, verdict: 'backlog' },
  { what: 'something waits and another runs', snapshot: { ...old, counts: { active: 1 } }, verdict: 'backlog' },
  { what: 'it is paused', snapshot: { ...old, paused: true }, verdict: 'paused' },
  {
    what: 'the worker of a run is gone',
    snapshot: { ...quiet, longestActiveMs: 9000 },
    stalled: 1,
    verdict: 'stalled',
  },
  { what: 'a run takes two minutes', snapshot: { ...quiet, longestActiveMs: 120_000 }, verdict: 'long' },
] as const)('a queue with workers, of which $what, is $verdict', of => {
  const { snapshot, verdict } = of
  const stalled = 'stalled' in of ? of.stalled : 0
  expect(judge('totvs-crm', { snapshot, stalled, workers: 2 })).toBe(verdict)
})

test('what waits for a system that rests is not called stuck, and marks rest with either system', () => {
  const state = { snapshot: old, stalled: 0, workers: 1 }
  expect(judge('totvs-crm', state, [rest])).toBe('rested')
  expect(judge('rd-station', state, [rest])).toBe('rested')
  expect(readQueueCondition('totvs-crm', state, { rests: [{ ...rest, system: 'rd-station' }], limitMs }).verdict).toBe(
    'slow',
  )
  expect(readQueueCondition('rd-station', state, { rests: [{ ...rest, kind: 'write' }], limitMs }).verdict).toBe('slow')
})

test('where Redis does not tell of workers, none missing is claimed', () => {
  expect(judge('totvs-crm', { snapshot: quiet, stalled: 0, workers: undefined })).toBe('fine')
})
