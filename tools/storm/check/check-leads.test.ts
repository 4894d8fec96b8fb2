import { expect, test } from 'vitest'
import { calmEvidence, leadOf, opportunityOf, personOf, writeOf } from './calm-evidence.ts'
import { checkStorm } from './check-storm.ts'

const visitor = personOf('visitor', 2)
const newer = writeOf(visitor, 2, 1, 'create')
const older = writeOf(visitor, 1, 2, 'update')
const again = writeOf(visitor, 2, 3, 'update')
const lossOver = (at: string) => [{ from: at, to: at }]

test('an older conversion may be written over one that a lost primary alone knew of, if that is written again', () => {
  expect(checkStorm({ ...calmEvidence(), losses: lossOver(newer.at), calls: [newer, older, again] })).toEqual([])
})

test('the answer to the conversion that is written again may be lost', () => {
  const calls = [newer, older, { ...again, status: null }]
  expect(checkStorm({ ...calmEvidence(), losses: lossOver(newer.at), calls })).toEqual([])
})

test('of what was never acknowledged nobody needs to know after the only primary that did was lost', () => {
  const calm = calmEvidence()
  const [first, second, ...others] = calm.sent
  const refused = { contents: second?.contents ?? [], statuses: [503, null] }
  const evidence = { ...calm, sent: [first ?? refused, refused, ...others], leads: [leadOf(visitor, 1)] }
  expect(checkStorm({ ...evidence, losses: lossOver(newer.at), calls: [newer, older] })).toEqual([])
  expect(checkStorm({ ...evidence, calls: [newer, older] })).toEqual([expect.stringContaining('after conversion 2')])
})

test.each([
  ['was not written again', lossOver(newer.at), [newer, older]],
  ['was safe', lossOver(older.at), [newer, older, again]],
])('an older conversion written over a newer one that %s is found', (_what, losses, calls) => {
  const problems = checkStorm({ ...calmEvidence(), losses, calls })
  expect(problems).toEqual([expect.stringMatching(/conversion 1 was written .* after conversion 2/)])
})

test.each([
  ['is open', 'PROGRESS' as const],
  ['was closed before', 'WON' as const],
])(
  'a second opportunity of a conversion whose first one %s is found, also when a primary was lost',
  (_what, status) => {
    const calm = calmEvidence()
    const first = opportunityOf(visitor, 1, { id: 'first', createdAt: newer.at, status, totalValue: 100.25 })
    const opportunities = [first, opportunityOf(visitor, 1)]
    const problems = checkStorm({ ...calm, opportunities, losses: lossOver(newer.at) })
    expect(problems).toContainEqual(expect.stringContaining('conversion 1 opened more than one opportunity'))
  },
)
