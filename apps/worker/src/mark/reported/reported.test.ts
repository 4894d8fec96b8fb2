import { lastMarks, markNames } from '@ponte/contracts'
import type { ContactRecord, MarkRecord } from '@ponte/state'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  acceptMark,
  answerMark,
  asRecorded,
  askMark,
  changeMark,
  endRun,
  giveAway,
  readdress,
  reopen,
  type Reported,
  setMark,
  takeBack,
  unmarking,
  withdrawMark,
} from './reported.ts'

const sent = {
  mark: 'sale',
  opportunityId: 'one',
  at: 1_000_000,
  address: 'a',
  wasShown: true,
  wasSold: false,
} as const

test('an end hides the other opportunities that are open, and a mark shows all of them again', () => {
  const marks = new Map<string, MarkRecord>([
    ['one', { marked: 'open' }],
    ['two', { marked: 'open' }],
    ['three', { marked: 'none' }],
  ])
  const ended = acceptMark(asRecorded({ contact: { shown: true, sold: false }, marks }), sent, undefined)
  expect([ended.contact.shown, ended.contact.sold]).toEqual([false, true])
  expect([...ended.marks.values()].map(({ marked }) => marked)).toEqual(['won', 'hidden', 'none'])
  const again = acceptMark(ended, { ...sent, mark: 'opportunity', opportunityId: 'three' }, undefined)
  expect([...again.marks.values()].map(({ marked }) => marked)).toEqual(['won', 'open', 'open'])
})

test('a mark that went astray counts as never told, as far as RD Station shows it, and as counted', () => {
  const contact: ContactRecord = { shown: false, sold: true, last: sent }
  const reported = asRecorded({ contact, marks: new Map<string, MarkRecord>([['one', { marked: 'won' }]]) })
  expect(takeBack(reported, sent, true)).toMatchObject({
    contact: { shown: true, sold: false },
    marks: new Map([['one', { marked: 'open', counted: ['open', 'won'], reportedAgain: true }]]),
  })
  expect(takeBack(reported, sent, false).marks.get('one')).toEqual({
    marked: 'none',
    counted: ['open', 'won'],
    reportedAgain: true,
  })
})

const ids = ['one', 'two', 'three'] as const
const record: fc.Arbitrary<MarkRecord> = fc.record({
  marked: fc.constantFrom(...lastMarks),
  pending: fc.constantFrom(true, undefined),
  reportedAgain: fc.constantFrom(true, undefined),
})
const contact: fc.Arbitrary<ContactRecord> = fc.record({
  shown: fc.boolean(),
  sold: fc.boolean(),
  kept: fc.constantFrom([], [{ opportunityId: 'one', marked: 'won' as const }], undefined),
  last: fc.constantFrom(sent, undefined),
})
const reported = fc
  .record({ contact, marks: fc.dictionary(fc.constantFrom(...ids), record) })
  .map(({ contact, marks }) => asRecorded({ contact, marks: new Map(Object.entries(marks)) }))
const mark = fc
  .record({ mark: fc.constantFrom(...markNames), opportunityId: fc.constantFrom(...ids) })
  .map(each => ({ ...sent, ...each }))
const unanswered = fc
  .record({ mark, by: fc.constantFrom(...ids), wasPending: fc.constantFrom(true, undefined) })
  .map(({ mark, ...more }) => ({ ...mark, ...more, recheckAfter: 0, isCounted: true }))

const transition: fc.Arbitrary<(before: Reported) => Reported> = fc
  .record({ mark, unanswered, id: fc.constantFrom(...ids), is: fc.boolean(), has: fc.boolean(), recorded: record })
  .chain(({ mark, unanswered, id, is, has, recorded }) =>
    fc.constantFrom<(before: Reported) => Reported>(
      before => askMark(before, unanswered),
      before => answerMark(before, unanswered, is),
      before => acceptMark(before, mark, { cents: 5 }),
      before =>
        endRun(before, { opportunityId: id, known: [...ids], isPending: is, isReported: has, removed: ['two'] })
          .reported,
      before => unmarking(before, id),
      before => takeBack(before, mark, is),
      before => readdress(before, mark, 'b'),
      before => reopen(before, id),
      before => changeMark(before, id, { pending: true }),
      before => setMark(before, id, recorded),
      before => giveAway(before, { opportunityId: id, recorded }, { isShown: is, isUnmarked: is && has }).reported,
    ),
  )

/** What Redis has after the changes are written. */
const written = (before: Reported, after: Reported): Pick<Reported, 'contact' | 'marks'> => ({
  contact: after.changes.contact ? after.contact : before.contact,
  marks: new Map(
    [...after.marks].flatMap(([id, record]) => {
      const kept = after.changes.marks.has(id) ? record : before.marks.get(id)
      return kept === undefined ? [] : [[id, kept]]
    }),
  ),
})

test('whatever happens to a contact, the changes that are to be written leave Redis with all of it', () => {
  fc.assert(
    fc.property(reported, fc.array(transition, { minLength: 1, maxLength: 4 }), (before, transitions) => {
      const after = transitions.reduce((each, make) => make(each), before)
      expect(written(before, after)).toEqual({ contact: after.contact, marks: after.marks })
    }),
    { numRuns: 2000 },
  )
})

test('an opportunity of which nothing was reported, and that nobody adds, is not written', () => {
  const after = acceptMark(asRecorded({ contact: { shown: false, sold: false }, marks: new Map() }), sent, undefined)
  expect([after.changes.contact, [...after.changes.marks], [...after.marks]]).toEqual([true, [], []])
})

test('a mark that was certainly not made leaves Redis as it was before it', () => {
  fc.assert(
    fc.property(reported, unanswered, (before, mark) => {
      const asked = askMark(before, mark)
      const after = withdrawMark(before, mark)
      expect(written(asked, after)).toEqual({ contact: before.contact, marks: before.marks })
    }),
  )
})

test('the list of a contact keeps the opportunities whose end it does not have, and loses the others', () => {
  const end = (own: MarkRecord['marked'], more: Partial<Parameters<typeof endRun>[1]> = {}) => {
    const marks = new Map<string, MarkRecord>([
      ['own', { marked: own }],
      ['won', { marked: 'won' }],
      ['open', { marked: 'open' }],
    ])
    const known = ['won', 'open', 'gone', 'own']
    const given = { opportunityId: 'own', known, isPending: false, isReported: true, removed: [], ...more }
    const { added, dropped } = endRun(asRecorded({ contact: { shown: true, sold: false }, marks }), given)
    return { added, dropped }
  }
  expect(end('open', { removed: ['gone'] })).toEqual({ added: ['own'], dropped: ['won', 'gone'] })
  expect(end('lost')).toEqual({ added: [], dropped: ['own', 'won'] })
  expect(end('lost', { isPending: true })).toEqual({ added: ['own'], dropped: ['won'] })
  expect(end('none')).toEqual({ added: [], dropped: ['won'] })
})
