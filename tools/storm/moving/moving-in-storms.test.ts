import { expect, test } from 'vitest'
import { playJourney } from './journey.ts'

// Another one: `PONTE_SEED=6 npm test -- tools/storm/moving/moving-in-storms`.
const given = process.env['PONTE_SEED']
const seeds = given === undefined ? [1, 2, 3, 4, 5] : [Number(given)]

test.each(seeds)(
  'seed %i: while workers, the ingress and Redis are killed and frozen, a company moves, and nothing is lost or told twice',
  async seed => {
    expect(await playJourney({ seed, people: 40, stormMs: 12_000 })).toEqual([])
  },
)
