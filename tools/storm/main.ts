/**
 * `npm run storm -- --minutes 10 --seed 1`: storms, one seed after the other, until the time is over. Ends with 1 as soon as one
 * of them breaks a promise, and says which seed brings it back. With `--failover sentinel`, Redis is a primary with two replicas and
 * three Sentinels, with `--failover cluster` three primaries with a replica each, and the tenant's primary is lost every 20 s.
 * `npm run storm -- --restarts --minutes 10`: one process after the other is stopped and started again, `--every` 10 seconds, while
 * both systems send `--rate` 50 deliveries a second. With `--beside FOLDER`, a checkout of another version with its dependencies, the two take turns. Ends with 1 if
 * a delivery was refused, lost or done twice.
 */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { runRestarts } from './restarts/run-restarts.ts'
import { checkStorm } from './check/check-storm.ts'
import { createPlan } from './plan/plan.ts'
import type { FailoverKind } from './run/fail-over.ts'
import { keepEvidence } from './run/keep-evidence.ts'
import { runStorm } from './run/run-storm.ts'
import { summarize } from './check/summary.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    people: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '45' },
    restarts: { type: 'boolean', default: false },
    every: { type: 'string', default: '10' },
    rate: { type: 'string', default: '50' },
    beside: { type: 'string' },
    failover: { type: 'string' },
  },
})

const failover = readFailover(values.failover)

if (values.restarts) await restartForMinutes()
else await stormForMinutes()

async function restartForMinutes(): Promise<void> {
  const plan = {
    seconds: Number(values.minutes) * 60,
    everySeconds: Number(values.every),
    deliveriesPerSecond: Number(values.rate),
    beside: values.beside === undefined ? undefined : path.resolve(values.beside),
  }
  const { problems, figures } = await runRestarts(plan, createLog())
  for (const [what, value] of Object.entries(figures)) console.log(`  ${what}: ${Math.round(value)}`)
  for (const problem of problems.slice(0, 50)) console.log(`  ✗ ${problem}`)
  console.log(problems.length === 0 ? '  none was refused, lost or done twice' : `${problems.length} problems`)
  if (problems.length > 0) process.exitCode = 1
}

async function stormForMinutes(): Promise<void> {
  const size = { people: Number(values.people), lengthMs: Number(values.seconds) * 1000, longestFreezeMs: 9000 }
  const until = performance.now() + Number(values.minutes) * 60_000
  let seed = Number(values.seed)
  do {
    console.log(`\nstorm of seed ${seed}`)
    const result = await runStorm(createPlan(seed, size), createLog(), { failover })
    for (const line of summarize(result)) console.log(`  ${line}`)
    const problems = checkStorm(result.evidence)
    for (const problem of problems) console.log(`  ✗ ${problem}`)
    if (problems.length > 0) {
      console.log(`\nall that is known: ${await keepEvidence(String(seed), result.evidence)}`)
      const flag = failover === undefined ? '' : ` --failover ${failover}`
      console.log(`${problems.length} promises broken: npm run storm -- --minutes 0 --seed ${seed}${flag}`)
      process.exitCode = 1
      break
    }
    console.log('  every promise was kept')
    seed += 1
  } while (performance.now() < until)
}

function readFailover(value: string | undefined): FailoverKind | undefined {
  if (value === undefined || value === 'sentinel' || value === 'cluster') return value
  throw new Error(`--failover ${value}: it is sentinel or cluster`)
}

function createLog(): (text: string) => void {
  const startedAt = performance.now()
  return text => console.log(`  ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${text}`)
}
