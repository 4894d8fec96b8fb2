import type { FailingMark, StatusRecord } from '@ponte/state'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { roundBeforeReading, decideRound, type Read, type Run, supersededRound } from './decide-round.ts'

const NOW = Date.parse('2026-01-02T03:04:05.000Z')
const OVERDUE_MS = 60_000

/** The first round has failed, and the next is to come in a second. */
const failing: FailingMark = {
  round: 1,
  code: 'RD_REJECTED',
  fingerprint: 'same',
  failedJobs: ['first', 'last'],
  next: { jobId: 'round-2', at: NOW + 1000 },
}
const { next: _next, ...failedFinally } = failing
/** Ponte's text was written, and has been read in the field since. */
const field = { text: 'ERRO 1/3', state: 'shown', writes: 1 } as const

const failed: StatusRecord = { failing }
/** A person has asked since. */
const asked: StatusRecord = { failing: { ...failing, round: 0 } }
const read: Read = { status: failed, fingerprint: 'same', reading: 'own' }
const run: Run = { jobId: 'new', isRound: false, retry: undefined, now: NOW }
const round = (jobId: string) => ({ jobId, isRound: true })

const freshAfter = (humanAction: 'request' | 'change' | undefined) => ({
  allowed: true,
  round: 1,
  fingerprint: 'same',
  humanAction,
})
const goesOn = (number: number) => ({
  allowed: true,
  round: number,
  fingerprint: 'same',
  humanAction: undefined,
})
const refused = (key: string) => ({ allowed: false, reason: expect.objectContaining({ key }) })

test.each<[string, Partial<Read>, Partial<Run>, object]>([
  ['without a failure every run may try', { status: {} }, {}, freshAfter(undefined)],
  [
    'a request of a person counts without a failure as well',
    { status: {}, reading: 'request' },
    {},
    freshAfter('request'),
  ],
  [
    'a request that was followed is no further one',
    { status: { field: { ...field, followed: true } }, reading: 'request' },
    {},
    freshAfter(undefined),
  ],
  ['a job that only comes again is the same round', {}, { jobId: 'last' }, goesOn(1)],
  ['a retry of the job that failed last begins anew', {}, { jobId: 'last', retry: 'r' }, freshAfter('change')],
  ['a retry of a job that failed before begins anew', {}, { jobId: 'first', retry: 'r' }, freshAfter('change')],
  [
    'a job that had been retried, failed again and only comes again is the same round',
    { status: { failing: { ...failing, retry: 'r' } } },
    { jobId: 'last', retry: 'r' },
    goesOn(1),
  ],
  [
    'one that is retried a second time begins anew',
    { status: { failing: { ...failing, retry: 'r' } } },
    { jobId: 'last', retry: 'again' },
    freshAfter('change'),
  ],
  [
    'a retry by hand begins anew when all rounds are used up',
    { status: { failing: failedFinally } },
    { jobId: 'last', retry: 'r' },
    freshAfter('change'),
  ],
  [
    'a retry beside a request is the request',
    { reading: 'request' },
    { jobId: 'last', retry: 'r' },
    freshAfter('request'),
  ],
  ['the round that was scheduled may try', {}, round('round-2'), goesOn(2)],
  ['a round that was made is over', {}, round('round-1'), refused('round-superseded')],
  [
    'a round after which another round has begun is over',
    { fingerprint: 'other' },
    round('round-3'),
    refused('round-superseded'),
  ],
  [
    'what the mark depends on has changed',
    { fingerprint: 'other' },
    {},
    { ...freshAfter('change'), fingerprint: 'other' },
  ],
  [
    'the first of the rounds that a person asked for begins anew, whatever it reads',
    { status: asked },
    round('round-2'),
    freshAfter('request'),
  ],
  [
    'while it is to come, the job that failed before and comes again does nothing',
    { status: asked },
    { jobId: 'last' },
    refused('round-later'),
  ],
  [
    'where its job is gone, the next event is that round',
    { status: asked },
    { now: NOW + 1001 + OVERDUE_MS },
    freshAfter('request'),
  ],
  ['a person writes REENVIAR', { reading: 'request' }, {}, freshAfter('request')],
  [
    'a person empties the field after Ponte read its own text there',
    { status: { ...failed, field }, reading: 'empty' },
    {},
    freshAfter('change'),
  ],
  [
    'a field that never showed what was written was emptied by nobody',
    { status: { ...failed, field: { ...field, state: 'taken' } }, reading: 'empty' },
    {},
    refused('round-later'),
  ],
  [
    'a request that was followed starts nothing again',
    { status: { ...failed, field: { ...field, followed: true } }, reading: 'request' },
    {},
    refused('round-later'),
  ],
  ['an echo before the next round waits for it', {}, {}, refused('round-later')],
  ['a round that is a minute late may still come', {}, { now: NOW + 1000 + OVERDUE_MS }, refused('round-later')],
  ['a round whose job is gone is made by the next event', {}, { now: NOW + 1001 + OVERDUE_MS }, goesOn(2)],
  [
    'an echo after the last round starts nothing, however late',
    { status: { failing: failedFinally } },
    { now: NOW + 1e12 },
    refused('rounds-used'),
  ],
])('%s', (_guarantee, ofRead, ofRun, expected) => {
  expect(decideRound({ ...read, ...ofRead }, { ...run, ...ofRun })).toEqual(expected)
})

const statuses: fc.Arbitrary<StatusRecord> = fc.record({
  failing: fc.option(
    fc.record({
      code: fc.constant('RD_REJECTED'),
      round: fc.integer({ min: 0, max: 3 }),
      fingerprint: fc.constantFrom('same', 'other'),
      failedJobs: fc.subarray(['first', 'last']),
      next: fc.option(fc.record({ jobId: fc.constant('round-2'), at: fc.constantFrom(NOW - 100_000, NOW + 1000) }), {
        nil: undefined,
      }),
    }),
    { nil: undefined },
  ),
  field: fc.option(
    fc.record({
      text: fc.constant('ERRO'),
      state: fc.constantFrom('wanted' as const, 'sent' as const, 'taken' as const, 'shown' as const),
      writes: fc.nat(3),
    }),
    { nil: undefined },
  ),
})
const reads: fc.Arbitrary<Read> = fc.record({
  status: statuses,
  fingerprint: fc.constant('same'),
  reading: fc.constantFrom('own' as const, 'request' as const, 'empty' as const, 'other' as const, 'absent' as const),
})
const runs: fc.Arbitrary<Run> = fc.record({
  jobId: fc.constantFrom('new', 'first', 'last', 'round-2', 'round-3'),
  isRound: fc.boolean(),
  retry: fc.constantFrom(undefined, 'r'),
  now: fc.constant(NOW),
})
const always = (property: (given: Read, by: Run) => void): void =>
  fc.assert(fc.property(reads, runs, property), { numRuns: 1000 })

test('rounds begin anew only without a failure, after a change, after an act of a person, and never twice for one', () => {
  always((given, by) => {
    const { failing: before, field: shown } = given.status
    const permission = decideRound(given, by)
    if (!permission.allowed || permission.humanAction === undefined || before === undefined) return
    const isByHand = before.failedJobs.includes(by.jobId) && by.retry !== undefined
    const isWritten = given.reading === 'request' || (given.reading === 'empty' && shown?.state === 'shown')
    expect(isByHand || isWritten || before.round === 0 || before.fingerprint !== given.fingerprint).toBe(true)
  })
})

test('a run before the next round goes on with the rounds only as that round, or as the try that it was', () => {
  always((given, by) => {
    const { failing: before } = given.status
    const permission = decideRound(given, by)
    if (before === undefined || !permission.allowed || permission.humanAction !== undefined) return
    const isOwn = before.failedJobs.at(-1) === by.jobId || before.next?.jobId === by.jobId
    expect(isOwn || (before.next?.at ?? NOW) < NOW).toBe(true)
  })
})

test('a round is superseded before it reads anything exactly when another failure has replaced its own', () => {
  expect(supersededRound({}, round('round-2'))).toBeUndefined()
  expect(supersededRound(failed, round('round-2'))).toBeUndefined()
  expect(supersededRound(failed, round('last'))).toBeUndefined()
  expect(supersededRound(failed, { jobId: 'round-3', isRound: false })).toBeUndefined()
  expect(supersededRound(failed, round('round-3'))).toMatchObject({ key: 'round-superseded' })
})

test.each<[string, StatusRecord, Partial<Run>, object | undefined]>([
  ['the first failure', {}, {}, { round: 1, fingerprint: '', humanAction: undefined }],
  ['a further event while a failure is open', failed, {}, undefined],
  ['the round that was scheduled', failed, round('round-2'), { round: 2, fingerprint: 'same', humanAction: undefined }],
  ['a round of a failure that was replaced', failed, round('round-3'), undefined],
  ['a retry by hand', failed, { jobId: 'first', retry: 'r' }, { round: 1, fingerprint: 'same', humanAction: 'change' }],
  ['a job that only comes again', failed, { jobId: 'last' }, { round: 1, fingerprint: 'same', humanAction: undefined }],
])('before anything was read, %s is this round', (_run, status, by, expected) => {
  expect(roundBeforeReading(status, { ...run, ...by })).toEqual(expected)
})
