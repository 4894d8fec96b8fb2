import { expect, test } from 'vitest'
import { checkStorm } from './check/check-storm.ts'
import { createPlan } from './plan/plan.ts'
import { runStorm } from './run/run-storm.ts'
import { summarize } from './check/summary.ts'

/** Another one: `npm run storm -- --minutes 0 --seed 2`. */
const SEED = 1
const size = { people: 500, lengthMs: 45_000, longestFreezeMs: 2500 }

test(
  'a storm of kills, frozen processes and faults: nothing acknowledged is lost, and nothing happens twice',
  { timeout: 300_000 },
  async () => {
    const told: string[] = []
    const result = await runStorm(createPlan(SEED, size), text => void told.push(text))
    const { sent, webhooks } = result.evidence
    console.log([`storm of seed ${SEED}`, ...summarize(result)].join('\n'))
    expect(checkStorm(result.evidence), told.join('\n')).toEqual([])
    expect(sent.length + webhooks.length).toBeGreaterThanOrEqual(2000)
  },
)
