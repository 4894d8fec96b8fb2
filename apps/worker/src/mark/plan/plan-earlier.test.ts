import type { MarkHistory } from '@ponte/state'
import { expect, test } from 'vitest'
import { earlierThan, isEnd, planEarlier } from './plan-earlier.ts'

test.each([
  ['those that became known before it', 'two', ['one']],
  ['none, for the first', 'one', []],
  ['all, for one that is not known yet', 'new', ['one', 'two', 'three']],
])('earlier than an opportunity are %s', (_which, id, earlier) => {
  expect(earlierThan(id, ['one', 'two', 'three'])).toEqual(earlier)
})

test.each([
  ['open', false],
  ['won', true],
  ['lost', true],
  ['ignored', false],
] as const)('%s is an end: %s', (outcome, expected) => {
  expect(isEnd(outcome)).toBe(expected)
})

const failing = {
  attemptId: 'a',
  round: 1,
  code: 'RD_REJECTED',
  fingerprint: 'f',
  jobId: 'job',
  stalled: 0,
  failedJobs: ['job'],
}
const sending = { mark: 'sale', at: 0 } as const

test.each<[string, Parameters<typeof planEarlier>[0], MarkHistory, ReturnType<typeof planEarlier>]>([
  ['is open is left as it is', 'open', { marked: 'open' }, 'leave'],
  ['is open and was never marked is left as it is', 'open', { marked: 'none' }, 'leave'],
  ['is ignored is left as it is', 'ignored', { marked: 'open' }, 'leave'],
  ['has ended, and RD Station knows, is forgotten', 'won', { marked: 'won' }, 'forget'],
  [
    'has ended, and RD Station knows, is forgotten although another try failed',
    'lost',
    { marked: 'lost', failing },
    'forget',
  ],
  [
    'has ended, and whose contact may have to be marked again, is forgotten: the next one does that',
    'won',
    { marked: 'won', restoring: true },
    'forget',
  ],
  [
    'has ended, and whose contact may have been marked again, is left to the job that asks',
    'won',
    { marked: 'won', restoring: true, restoreSent: { at: 0, contact: 'c', recheckAfter: 0 } },
    'leave',
  ],
  [
    'has another end while its contact may have been marked again is left to the job that asks',
    'lost',
    { marked: 'open', restoreSent: { at: 0, contact: 'c', recheckAfter: 0 } },
    'leave',
  ],
  ['was won is marked as sale first', 'won', { marked: 'open' }, ['sale']],
  ['was lost is marked as loss first', 'lost', { marked: 'open' }, ['loss']],
  ['was won after a loss is marked as sale first', 'won', { marked: 'lost' }, ['sale']],
  ['was lost after a sale is marked as loss first', 'lost', { marked: 'won' }, ['loss']],
  ['was won and never marked gets both marks first', 'won', { marked: 'none' }, ['opportunity', 'sale']],
  ['was lost and never marked gets both marks first', 'lost', { marked: 'none' }, ['opportunity', 'loss']],
  ['has failed is left to its own rounds', 'won', { marked: 'open', failing }, 'leave'],
  ['may have been marked is left to the job that asks', 'won', { marked: 'open', sending }, 'leave'],
])('an earlier opportunity that %s', (_what, outcome, history, expected) => {
  expect(planEarlier(outcome, history)).toEqual(expected)
})
