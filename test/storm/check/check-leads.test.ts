import { expect, test } from 'vitest'
import { calmEvidence, leadOf, opportunityOf, personOf, webhookOf, won, writeOf } from './calm-evidence.ts'
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

test('a conversion may open another opportunity if only a lost primary knew of its first one, which was closed meanwhile', () => {
  const calm = calmEvidence()
  const first = opportunityOf(visitor, 1, { id: 'first', status: 'WON', totalValue: 100.25, createdAt: newer.at })
  const again = opportunityOf(visitor, 1, { status: 'WON', totalValue: 100.25 })
  const opened = (closedAt: number) => ({
    ...calm,
    opportunities: [first, again],
    stands: [won('first', closedAt, 100.25), ...calm.stands],
    webhooks: [webhookOf('first', closedAt), ...calm.webhooks],
  })
  const twice = expect.stringContaining('conversion 1 opened more than one opportunity')
  expect(checkStorm({ ...opened(5), losses: lossOver(newer.at) })).not.toContainEqual(twice)
  expect(checkStorm({ ...opened(15), losses: lossOver(newer.at) })).toContainEqual(twice)
  expect(checkStorm(opened(5))).toContainEqual(twice)
})

test.each([
  ['was not written again', lossOver(newer.at), [newer, older]],
  ['was safe', lossOver(older.at), [newer, older, again]],
])('an older conversion written over a newer one that %s is found', (_what, losses, calls) => {
  const problems = checkStorm({ ...calmEvidence(), losses, calls })
  expect(problems).toEqual([expect.stringMatching(/conversion 1 was written .* after conversion 2/)])
})

test('a conversion may open another opportunity beside its first one, if Ponte knew an earlier one and a lost primary alone knew this', () => {
  const calm = calmEvidence()
  const earlier = opportunityOf(visitor, 2, { id: 'earlier', status: 'WON', createdAt: new Date(0).toISOString() })
  const first = opportunityOf(visitor, 1, { id: 'first', createdAt: newer.at })
  const opened = (...before: readonly (typeof earlier)[]) => ({
    ...calm,
    opportunities: [...before, first, opportunityOf(visitor, 1)],
  })
  const twice = expect.stringContaining('conversion 1 opened more than one opportunity')
  const bothOpen = expect.stringContaining('open opportunities')
  const excused = checkStorm({ ...opened(earlier), losses: lossOver(newer.at) })
  for (const problem of [twice, bothOpen]) expect(excused).not.toContainEqual(problem)
  for (const evidence of [opened(earlier), { ...opened(), losses: lossOver(newer.at) }])
    for (const problem of [twice, bothOpen]) expect(checkStorm(evidence)).toContainEqual(problem)
})
