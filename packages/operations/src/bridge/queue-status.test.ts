import { expect, test } from 'vitest'
import type { Connection } from '../bridge/connections.ts'
import { type QueueState, readQueueStatus } from '../bridge/queue-status.ts'

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
const connection = (state: Connection['state'], system: Connection['system'] = 'totvs-crm'): Connection => ({
  tenant: 'acme',
  system,
  state,
})

const statusOf = (kind: 'totvs-crm' | 'rd-station', state: QueueState, connections: readonly Connection[] = []) =>
  readQueueStatus(kind, state, { connections, command: undefined, limitMs: 60_000 })
const conditionOf = (...of: Parameters<typeof statusOf>) => statusOf(...of).condition

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

const waiting = { snapshot: old, stalled: 0, failed: 0, workers: 1 }

test('an event that waits for a paused system is not called stuck, and marks wait for either system', () => {
  expect(conditionOf('totvs-crm', waiting, [connection('down')])).toBe('breaker')
  expect(conditionOf('rd-station', waiting, [connection('down')])).toBe('breaker')
  expect(conditionOf('totvs-crm', waiting, [connection('down', 'rd-station')])).toBe('stuck')
  expect(conditionOf('rd-station', waiting, [connection('no-answer-to-writes')])).toBe('stuck')
})

test('a queue that waits for a system that is down and for a person waits for the person', () => {
  const connections = [connection('down'), connection('disconnected', 'rd-station')]
  expect(statusOf('rd-station', waiting, connections)).toEqual({
    ...{ condition: 'breaker', system: 'rd-station', tone: 'bad' },
  })
  expect(statusOf('totvs-crm', waiting, connections)).toEqual({
    ...{ condition: 'breaker', system: 'totvs-crm', tone: 'warn' },
  })
})

test('a queue that a person paused waits for a person', () => {
  const paused = { ...waiting, snapshot: { ...quiet, paused: true } }
  expect(statusOf('totvs-crm', paused)).toMatchObject({ condition: 'paused', tone: 'bad' })
})

test('where Redis does not tell of workers, none missing is claimed', () => {
  expect(conditionOf('totvs-crm', { snapshot: quiet, stalled: 0, failed: 0, workers: undefined })).toBe('fine')
})
