import { expect, inject, test } from 'vitest'
import { checkStorm } from './check/check-storm.ts'
import { createPlan } from './plan/plan.ts'
import { runStorm } from './run/run-storm.ts'
import { summarize } from './check/summary.ts'

/** Another one: `npm run storm -- --minutes 0 --seed 2`. */
const SEED = 1
/** The long one is part of `npm test -- --all`. */
const storm = inject('isLongRun')
  ? { people: 500, lengthMs: 45_000, longestFreezeMs: 2500, leastDeliveries: 2000 }
  : { people: 120, lengthMs: 12_000, longestFreezeMs: 2500, leastDeliveries: 300 }

test(
  'a storm of kills, frozen processes and faults: nothing acknowledged is lost, and nothing happens twice',
  { timeout: 300_000 },
  async () => {
    const events: string[] = []
    const result = await runStorm(createPlan(SEED, storm), text => void events.push(text))
    const { sent, webhooks } = result.evidence
    console.log([`storm of seed ${SEED}`, ...summarize(result)].join('\n'))
    expect(checkStorm(result.evidence), events.join('\n')).toEqual([])
    expect(sent.length + webhooks.length).toBeGreaterThanOrEqual(storm.leastDeliveries)
  },
)
