import type { JobData } from '@ponte/contracts'
import type { MarkHistory } from '@ponte/state'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { attemptBeforeReading, decideAttempt, type Read, type Run, supersededRound } from './decide-attempt.ts'

const NOW = Date.parse('2026-01-02T03:04:05.000Z')
const OVERDUE_MS = 60_000

type Data = JobData<'opportunity.updated'>
const event: Data = {
  v: 1,
  key: 'k',
  receivedAt: '2026-01-02T03:04:05.000Z',
  opportunityId: 'o',
  contextUrl: '/api/v1/opportunity/opportunities',
}
/** The job of a round that Ponte scheduled. */
const roundJob = (number: number, attemptId = 'before'): Data => ({ ...event, round: { series: attemptId, number } })

/** The first round has failed, and the next is to come in a second. */
const failing: NonNullable<MarkHistory['failing']> = {
  attemptId: 'before',
  round: 1,
  code: 'RD_REJECTED',
  fingerprint: 'same',
  jobId: 'last',
  stalled: 0,
  failedJobs: ['first', 'last'],
  nextAt: NOW + 1000,
}
const { nextAt: _nextAt, ...failedFinally } = failing
/** Ponte's text was written, and read in the field since. */
const statusRd = { text: 'ERRO 1/3', written: true, seen: true }

const failed: MarkHistory = { marked: 'open', failing }
const read: Read = { data: event, history: failed, fingerprint: 'same', reading: 'own' }
const run: Run = { jobId: 'new', stalled: 0, now: NOW, newAttemptId: 'fresh' }

const freshAfter = (humanAction: 'request' | 'change' | undefined) => ({
  allowed: true,
  attemptId: 'fresh',
  round: 1,
  humanAction,
})
const goesOn = (round: number) => ({ allowed: true, attemptId: 'before', round, humanAction: undefined })
const refused = (key: string) => ({ allowed: false, reason: expect.objectContaining({ key }) })

test.each<[string, Partial<Read>, Partial<Run>, object]>([
  ['without a failure every run may try', { history: { marked: 'open' } }, {}, freshAfter(undefined)],
  [
    'a request of a person counts without a failure as well',
    { history: { marked: 'open' }, reading: 'request' },
    {},
    freshAfter('request'),
  ],
  [
    'a request that was followed is no further one',
    { history: { marked: 'open', statusRd: { ...statusRd, followed: true } }, reading: 'request' },
    {},
    freshAfter(undefined),
  ],
  ['a job that comes back from a crash is the same round again', {}, { jobId: 'last', stalled: 1 }, goesOn(1)],
  ['a retry of the job that failed last begins anew', {}, { jobId: 'last' }, freshAfter('change')],
  ['a retry of a job that failed before begins anew', {}, { jobId: 'first', stalled: 3 }, freshAfter('change')],
  [
    'a retry by hand begins anew when all rounds are used up',
    { history: { marked: 'open', failing: failedFinally } },
    { jobId: 'last' },
    freshAfter('change'),
  ],
  ['a retry beside a request is the request', { reading: 'request' }, { jobId: 'last' }, freshAfter('request')],
  ['the round that was scheduled may try', { data: roundJob(2) }, {}, goesOn(2)],
  ['a round that was made is over', { data: roundJob(1) }, {}, refused('round-superseded')],
  ['a round that is not the next is over', { data: roundJob(3) }, {}, refused('round-superseded')],
  ['a round of another attempt is over', { data: roundJob(2, 'another') }, {}, refused('round-superseded')],
  ['what the mark depends on has changed', { fingerprint: 'other' }, {}, freshAfter('change')],
  ['a person writes REENVIAR', { reading: 'request' }, {}, freshAfter('request')],
  [
    'a person empties the field after Ponte read its own text there',
    { history: { ...failed, statusRd }, reading: 'empty' },
    {},
    freshAfter('change'),
  ],
  [
    'a field that never showed the text of Ponte was not emptied by a person',
    { history: { ...failed, statusRd: { ...statusRd, seen: false } }, reading: 'empty' },
    {},
    refused('round-later'),
  ],
  [
    'a request that was followed starts nothing again',
    { history: { ...failed, statusRd: { ...statusRd, followed: true } }, reading: 'request' },
    {},
    refused('round-later'),
  ],
  ['an echo before the next round waits for it', {}, {}, refused('round-later')],
  ['a round that is a minute late may still come', {}, { now: NOW + 1000 + OVERDUE_MS }, refused('round-later')],
  ['a round whose job is gone is made by the next event', {}, { now: NOW + 1001 + OVERDUE_MS }, goesOn(2)],
  [
    'an echo after the last round starts nothing, however late',
    { history: { marked: 'open', failing: failedFinally } },
    { now: NOW + 1e12 },
    refused('rounds-used'),
  ],
])('%s', (_guarantee, ofRead, ofRun, expected) => {
  expect(decideAttempt({ ...read, ...ofRead }, { ...run, ...ofRun })).toEqual(expected)
})

const reads = fc.record({
  data: fc.oneof(
    fc.constant(event),
    fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom('before', 'another')).map(args => roundJob(...args)),
  ),
  history: fc.record({
    marked: fc.constantFrom<MarkHistory['marked']>('none', 'open', 'won', 'lost'),
    failing: fc.option(
      fc.record({
        ...{ attemptId: fc.constant('before'), code: fc.constant('RD_REJECTED'), stalled: fc.nat(2) },
        round: fc.integer({ min: 1, max: 3 }),
        fingerprint: fc.constantFrom('same', 'other'),
        jobId: fc.constantFrom('first', 'last'),
        failedJobs: fc.subarray(['first', 'last']),
        nextAt: fc.option(fc.integer({ min: NOW - 200_000, max: NOW + 200_000 }), { nil: undefined }),
      }),
      { nil: undefined },
    ),
    statusRd: fc.option(
      fc.record({ text: fc.constant('ERRO'), written: fc.boolean(), seen: fc.boolean(), followed: fc.boolean() }),
      { nil: undefined },
    ),
  }),
  fingerprint: fc.constant('same'),
  reading: fc.constantFrom<Read['reading']>('own', 'request', 'empty', 'other', 'absent'),
})
const runs = fc.record({
  jobId: fc.constantFrom('first', 'last', 'new'),
  stalled: fc.nat(3),
  now: fc.constant(NOW),
  newAttemptId: fc.constant('fresh'),
})

test('whatever comes, a try is the first round of a new attempt, or the last or the next round of the one that failed', () => {
  fc.assert(
    fc.property(reads, runs, (given, by) => {
      const permission = decideAttempt(given, by)
      if (!permission.allowed) return
      const before = given.history.failing
      if (permission.attemptId === 'fresh') expect(permission.round).toBe(1)
      else expect([before?.round, (before?.round ?? 0) + 1]).toContain(permission.round)
    }),
  )
})

test("after a failure nothing starts a try but a person, the scheduled round, a crash or the round's absence", () => {
  fc.assert(
    fc.property(reads, runs, (given, by) => {
      const before = given.history.failing
      fc.pre(before !== undefined && given.data.round === undefined)
      const isByPerson =
        before.failedJobs.includes(by.jobId) ||
        before.fingerprint !== given.fingerprint ||
        ['request', 'empty'].includes(given.reading)
      const isFromCrash = before.jobId === by.jobId && by.stalled > before.stalled
      const isOverdue = before.nextAt !== undefined && by.now > before.nextAt + OVERDUE_MS
      if (!isByPerson && !isFromCrash && !isOverdue) expect(decideAttempt(given, by).allowed).toBe(false)
    }),
  )
})

test.each<[string, Data, MarkHistory, string, boolean]>([
  ['an event of TOTVS CRM is no round', event, failed, 'new', false],
  ['without a failure no round is replaced', roundJob(2), { marked: 'open' }, 'new', false],
  ['the next round is not replaced', roundJob(2), failed, 'new', false],
  ['a round that another failure has replaced has nothing to do', roundJob(2, 'another'), failed, 'new', true],
  ['a round that was made has nothing to do', roundJob(1), failed, 'new', true],
  ['a round that failed itself last may be retried', roundJob(1), failed, 'last', false],
  ['a round that failed itself before may be retried', roundJob(1), failed, 'first', false],
  [
    'the job of the last failure may run again although no list names it',
    roundJob(1),
    { marked: 'open', failing: { ...failing, failedJobs: [] } },
    'last',
    false,
  ],
])('%s', (_guarantee, data, history, jobId, isSuperseded) => {
  const reason = isSuperseded ? expect.objectContaining({ key: 'round-superseded' }) : undefined
  expect(supersededRound(data, history, { jobId })).toEqual(reason)
})

test.each<[string, Data, MarkHistory, string, object | undefined]>([
  [
    'the first failure begins an attempt',
    event,
    { marked: 'open' },
    'new',
    { attemptId: 'fresh', round: 1, fingerprint: '', humanAction: undefined },
  ],
  [
    'a retry by hand begins one, and what the mark depended on is remembered',
    event,
    failed,
    'last',
    { attemptId: 'fresh', round: 1, fingerprint: 'same', humanAction: 'change' },
  ],
  [
    'the next round belongs to the attempt',
    roundJob(2),
    failed,
    'new',
    { attemptId: 'before', round: 2, fingerprint: 'same', humanAction: undefined },
  ],
  ['another round is no attempt', roundJob(3), failed, 'new', undefined],
  ['an event beside an open failure is no attempt', event, failed, 'new', undefined],
])('of a run that could not read the opportunity: %s', (_guarantee, data, history, jobId, expected) => {
  expect(attemptBeforeReading(data, history, { jobId, newAttemptId: 'fresh' })).toEqual(expected)
})
