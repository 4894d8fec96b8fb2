import { expect, inject, test } from 'vitest'
import { checkStorm } from './check/check-storm.ts'
import { createPlan } from './plan/plan.ts'
import { runStorm } from './run/run-storm.ts'
import { summarize } from './check/summary.ts'

/** Another one: `npm run storm -- --minutes 0 --seed 2`. */
const SEED = 1
const storm = { people: 500, lengthMs: 45_000, longestFreezeMs: 2500, leastDeliveries: 2000 }

// It takes more than a minute of both processors, so it is part of `npm test -- --all`.
test.runIf(inject('isLongRun'))(
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
