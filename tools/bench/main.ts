/**
 * `npm run bench`: Ponte against the shape that a good engineer writes in a day (`tools/bench/bare`), turn by turn in one run. Absolute
 * figures belong to the machine; the ratios are what to compare between two versions.
 */
import { startRedis } from '@ponte/testbed'
import { Command } from 'commander'
import { describeFigure, type Figure } from './measure/figures.ts'
import type { Row } from './row.ts'
import { accept } from './rows/accept.ts'
import { kept } from './rows/kept.ts'
import { failover } from './rows/failover.ts'
import { growth } from './rows/growth.ts'
import { idle } from './rows/idle.ts'
import { knownLeads, leads, leadsWithRules, marks, sales } from './rows/jobs.ts'
import { answer, arrival } from './rows/latency.ts'
import { resident, waiting } from './rows/memory.ts'
import { neighbour } from './rows/neighbour.ts'
import { pages } from './rows/pages.ts'
import { parsers } from './rows/parsers.ts'
import { processorTime } from './rows/processor-time.ts'
import { quota } from './rows/quota.ts'
import { reconcile } from './rows/reconcile.ts'
import { recovery } from './rows/recovery.ts'
import { startUp } from './rows/start-up.ts'
import { tenants } from './rows/tenants.ts'

const rows: readonly Row[] = [
  ...[accept, leads, leadsWithRules, knownLeads, marks, sales, arrival, answer, waiting, kept, resident, idle],
  ...[processorTime, parsers, quota, recovery, failover, neighbour, reconcile, growth, startUp, tenants, pages],
]

const program = new Command('bench')
  .argument('[rows...]', `only these rows: ${rows.map(({ name }) => name).join(', ')}`)
  .option('--flood <events>', 'how many events come to one of a thousand tenants (row tenants)', Number, 10_000)
  .option('--json', 'print the figures as JSON')
  .parse()
const { json = false, flood } = program.opts<{ json?: boolean; flood: number }>()
/** JSON has stdout for itself. */
const print = json ? console.error : console.log
const unknown = program.args.filter(name => rows.every(row => row.name !== name))
if (unknown.length > 0) program.error(`there is no row ${unknown.join(', ')}`)

const results: { readonly row: string; readonly title: string; readonly figures: readonly Figure[] }[] = []
for (const { name, title, measure } of rows.filter(
  row => program.args.length === 0 || program.args.includes(row.name),
)) {
  // One for each row: what an earlier row left in it must not slow down a later one.
  const redis = await startRedis()
  const startedAt = performance.now()
  // Some rows take minutes, so each says that it has begun.
  print(`${name}: ${title}`)
  try {
    const figures = await measure(redis.url, { flood })
    results.push({ row: name, title, figures })
    if (!json) print(figures.map(describeFigure).join('\n'))
    print(`  took ${Math.round((performance.now() - startedAt) / 1000)} s`)
  } finally {
    await redis.stop()
  }
}
if (json) console.log(JSON.stringify(results, undefined, 2))
