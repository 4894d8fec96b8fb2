import { expect, test } from 'vitest'
import { playJourney } from './journey.ts'

test('a company moves from the package to Ponte and back: both systems agree, and nothing is told twice', async () => {
  expect(await playJourney({ seed: 1, people: 0 })).toEqual([])
})
