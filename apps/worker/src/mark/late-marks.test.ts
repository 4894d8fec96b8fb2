import { createLogger, openWorkerRedis } from '@ponte/runtime'
import fc from 'fast-check'
import { afterAll, expect, inject, test } from 'vitest'
import { type Change, openRecordedMarks } from '../testing/recorded-marks.ts'
import { marksShown } from './plan/was-mark-applied.ts'

// What a person sends after a way back: another program has worked since the event came, and may have made the marks.
const redis = openWorkerRedis(inject('redisUrl'), createLogger({ level: 'silent', process: 'test' }))
afterAll(() => redis.disconnect())

const late: Change = () => ({
  mode: () => ({ isShadow: false, isLate: true, packageUntil: undefined, mayWrite: () => true }),
})
const receivedAt = Date.now() - 60_000
const sale = { status: 'WON', totalValue: 5 }

test.each([
  ['what the other program has made is not made again', sale, ['OPPORTUNITY', 'SALE'], []],
  ['of what it made in part the rest is made', sale, ['OPPORTUNITY'], ['SALE']],
  ['what it has not made is made', sale, [], ['OPPORTUNITY', 'SALE']],
  ['an opportunity that it has marked is not marked again', { status: 'PROGRESS' }, ['OPPORTUNITY'], []],
  ['a loss that it has marked is not marked again', { status: 'LOST' }, ['OPPORTUNITY', 'OPPORTUNITY_LOST'], []],
] as const)('%s', async (_what, opportunity, made, wanted) => {
  const { opportunities, marks, take, people, run } = openRecordedMarks(redis)
  opportunities.set('one', opportunity)
  for (const type of made)
    take({ type, email: people[0]?.email ?? '', ...(type === 'SALE' && { value: 5 }) } as Parameters<typeof take>[0])
  marks.length = 0
  await run('one', late, undefined, { receivedAt })
  expect(marks).toEqual(wanted)
  // What counts as made is recorded: a later run finds nothing to do.
  await run('one')
  expect(marks).toEqual(wanted)
})

test('an event that is not late asks RD Station nothing of this, and makes its marks', async () => {
  const { opportunities, marks, run } = openRecordedMarks(redis)
  opportunities.set('one', sale)
  const unasked: Change = ({ rd }) => ({ rd: { ...rd, findFunnel: () => Promise.reject(new Error('it was asked')) } })
  await run('one', unasked, undefined, { receivedAt })
  expect(marks).toEqual(['OPPORTUNITY', 'SALE'])
})

test('what counts as made are the first of the marks that are due, and none where RD Station does not know the contact', () => {
  const due = fc.constantFrom(
    ...([['opportunity'], ['sale'], ['loss'], ['opportunity', 'sale'], ['opportunity', 'loss']] as const),
  )
  const funnel = fc.record({ opportunity: fc.boolean(), lifecycle_stage: fc.constantFrom('Lead', 'Client') })
  const events = fc.array(fc.integer({ min: -600_000, max: 600_000 }))
  const recorded = fc.record({ shown: fc.boolean(), sold: fc.boolean() })
  fc.assert(
    fc.property(due, fc.option(funnel, { nil: undefined }), events, recorded, (marks, shows, ats, record) => {
      const evidence = {
        funnel: shows,
        opened: { times: ats.map(at => receivedAt + at), aheadMs: 0 },
      }
      const made = marksShown(marks, { since: receivedAt, ...record }, evidence)
      expect(made).toEqual(marks.slice(0, made.length))
      if (shows === undefined) expect(made).toEqual([])
      // A contact that RD Station shows as an opportunity has been told of no loss.
      if (shows?.opportunity === true) expect(made).not.toContain('loss')
    }),
  )
})
