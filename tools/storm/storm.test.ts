import { expect, inject, test } from 'vitest'
import { checkStorm } from './check/check-storm.ts'
import type { Evidence } from './check/evidence.ts'
import { createPlan } from './plan/plan.ts'
import { keepEvidence } from './run/keep-evidence.ts'
import { runStorm } from './run/run-storm.ts'
import { summarize } from './check/summary.ts'

/** Another one: `npm run storm -- --minutes 0 --seed 2`. */
const SEED = 1
const storm = { people: 500, lengthMs: 45_000, longestFreezeMs: 2500, leastDeliveries: 2000 }

async function expectPromisesKept(name: string, evidence: Evidence, events: readonly string[]): Promise<void> {
  const problems = checkStorm(evidence)
  const file = problems.length === 0 ? '' : await keepEvidence(name, evidence)
  expect(problems, [...events, `all that is known: ${file}`].join('\n')).toEqual([])
}

// Each takes more than a minute of both processors, so they are part of `npm test -- --all`.
test.runIf(inject('isLongRun'))(
  'a storm of kills, frozen processes and faults: nothing acknowledged is lost, and nothing happens twice',
  async () => {
    const events: string[] = []
    const result = await runStorm(createPlan(SEED, storm), text => void events.push(text))
    const { sent, webhooks } = result.evidence
    console.log([`storm of seed ${SEED}`, ...summarize(result)].join('\n'))
    await expectPromisesKept('alone', result.evidence, events)
    expect(sent.length + webhooks.length).toBeGreaterThanOrEqual(storm.leastDeliveries)
  },
)

const failovers = [
  // Another one: `npm run storm -- --minutes 0 --seed 2 --people 250 --seconds 90 --failover sentinel`.
  { name: 'behind Sentinels', failover: 'sentinel', people: 250, lengthMs: 90_000 },
  { name: 'on a Cluster', failover: 'cluster', people: 200, lengthMs: 60_000 },
] as const

test.runIf(inject('isLongRun')).each(failovers)(
  'a storm $name in which the primary is frozen, cut off or lost with its disk every 20 s: nothing acknowledged is lost, and nothing happens twice',
  async ({ name, failover, ...size }) => {
    const events: string[] = []
    const log = (text: string): void => void events.push(`${new Date().toISOString()} ${text}`)
    const result = await runStorm(createPlan(SEED, { ...size, longestFreezeMs: 2500 }), log, { failover })
    console.log([`storm of seed ${SEED} ${name}`, ...summarize(result)].join('\n'))
    await expectPromisesKept(failover, result.evidence, events)
    expect(events.filter(event => event.includes('failover of')).length, events.join('\n')).toBeGreaterThanOrEqual(2)
  },
)
