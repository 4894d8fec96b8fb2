/**
 * `npm run storm -- --minutes 10 --seed 1`: storms, one seed after the other, until the time is over. Ends with 1 as soon as one
 * of them breaks a promise, and says which seed brings it back.
 */
import { writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { checkStorm } from './check/check-storm.ts'
import { createPlan } from './plan/plan.ts'
import { runStorm } from './run/run-storm.ts'
import { summarize } from './check/summary.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    people: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '45' },
  },
})
const size = { people: Number(values.people), lengthMs: Number(values.seconds) * 1000, longestFreezeMs: 9000 }
const until = performance.now() + Number(values.minutes) * 60_000

let seed = Number(values.seed)
do {
  console.log(`\nstorm of seed ${seed}`)
  const startedAt = performance.now()
  const result = await runStorm(createPlan(seed, size), text =>
    console.log(`  ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${text}`),
  )
  for (const line of summarize(result)) console.log(`  ${line}`)
  const problems = checkStorm(result.evidence)
  for (const problem of problems) console.log(`  ✗ ${problem}`)
  if (problems.length > 0) {
    const file = path.join(os.tmpdir(), `ponte-storm-${seed}.json`)
    await writeFile(file, JSON.stringify(result.evidence, undefined, 2))
    console.log(`\nall that is known: ${file}`)
    console.log(`${problems.length} promises broken: npm run storm -- --minutes 0 --seed ${seed}`)
    process.exitCode = 1
    break
  }
  console.log('  every promise was kept')
  seed += 1
} while (performance.now() < until)
