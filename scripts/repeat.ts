import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'

/** In the environment of a run: the file that it writes its report to. */
export const REPORT_FILE = 'PONTE_TEST_REPORT'

/** What one run of the tests says of itself, in JSON. */
export interface RunReport {
  /** Names of checks, of tests, each with its file, and of files that could not be read. */
  readonly failed: readonly string[]
  readonly files: readonly { readonly file: string; readonly ms: number }[]
}

interface Run extends RunReport {
  readonly seconds: number
  readonly isPassed: boolean
  /** Its last line, that counts. */
  readonly counts: string
}

const SHOWN_FILES = 15

/** With `--repeat N` among the arguments: runs the tests with the others N times, and resolves to the exit code. */
export function repeatedRun(argv: readonly string[]): (() => Promise<number>) | undefined {
  const at = argv.indexOf('--repeat')
  if (at === -1) return undefined
  const times = Number(argv[at + 1])
  if (!Number.isInteger(times) || times < 1) throw new Error('--repeat takes the number of runs: --repeat 10')
  return () => repeat(times, argv.toSpliced(at, 2))
}

async function repeat(times: number, argv: readonly string[]): Promise<number> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-repeat-'))
  console.log(`${times} runs, one after the other. What they print is in ${folder}.`)
  const runs: Run[] = []
  for (let number = 1; number <= times; number += 1) {
    const run = await runOnce(path.join(folder, `run-${number}`), argv)
    runs.push(run)
    console.log(`run ${number}: ${run.isPassed ? 'passed' : 'FAILED'} in ${run.seconds.toFixed(0)} s (${run.counts})`)
  }
  console.log(`\n${summary(runs)}`)
  return runs.every(({ isPassed }) => isPassed) ? 0 : 1
}

async function runOnce(name: string, argv: readonly string[]): Promise<Run> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'test.ts'), ...argv], {
    env: { ...process.env, [REPORT_FILE]: `${name}.json` },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  await pipeline(child.stdout, createWriteStream(`${name}.log`))
  const [code] = await exited
  const lines = (await readFile(`${name}.log`, 'utf8')).trimEnd().split('\n')
  const nothing = JSON.stringify({ failed: ['the run has left no report'], files: [] } satisfies RunReport)
  const report: RunReport = JSON.parse(await readFile(`${name}.json`, 'utf8').catch(() => nothing))
  const seconds = (performance.now() - startedAt) / 1000
  // A run that was ended from outside may exit with 0.
  const isPassed = code === 0 && report.failed.length === 0
  return { ...report, seconds, isPassed, counts: lines.at(-1) ?? '' }
}

/** How long the runs took, what failed in how many of them, and the files that took longest. */
export function summary(runs: readonly Pick<Run, 'seconds' | 'isPassed' | 'failed' | 'files'>[]): string {
  const seconds = runs.map(run => run.seconds)
  const failures = Map.groupBy(
    runs.flatMap(({ failed }) => failed),
    name => name,
  )
  const files = Map.groupBy(
    runs.flatMap(run => run.files),
    ({ file }) => file,
  )
  const slowest = [...files]
    .map(([file, times]) => ({ file, times: times.map(({ ms }) => ms / 1000) }))
    .toSorted((one, other) => median(other.times) - median(one.times))
    .slice(0, SHOWN_FILES)
  return [
    `${runs.filter(({ isPassed }) => isPassed).length} of ${runs.length} runs passed, in ${range(seconds)}.`,
    ...[...failures].map(([name, times]) => `failed in ${times.length} of ${runs.length}: ${name}`),
    'Slowest files (least, median, most):',
    ...slowest.map(({ file, times }) => `  ${range(times)}  ${file}`),
  ].join('\n')
}

function range(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((one, other) => one - other)
  return `${[sorted[0] ?? 0, median(numbers), sorted.at(-1) ?? 0].map(each => each.toFixed(0)).join(' / ')} s`
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
}
