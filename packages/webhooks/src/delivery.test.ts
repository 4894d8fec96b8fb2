import { expect, test } from 'vitest'
import { type Delivery, joinInSlices, joinParts } from './delivery.ts'

/** Reading one part takes longer than other requests may have to wait. */
function* slowParts(count: number): Generator<Delivery> {
  for (let index = 0; index < count; index++) {
    const until = performance.now() + 20
    while (performance.now() < until);
    yield { events: [], quarantined: [], ignored: [{ kind: `part ${index}` }] }
  }
}

test('others get their turn between the parts of a delivery that takes long to read', async () => {
  let turns = 0
  let isOver = false
  const count = (): void => {
    turns += 1
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  const joined = await joinInSlices(slowParts(8))
  isOver = true
  expect(turns).toBeGreaterThanOrEqual(7)
  expect(joined).toEqual(joinParts(slowParts(8)))
})
