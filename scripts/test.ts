/**
 * Every check and every test, on a real Redis: `npm test`. With `--all` the long tests run too, those in a browser, and those with
 * random data and of quotas and bounds at full length. Other arguments go to Vitest and only tests run: `npm test -- test/leads`. The last line counts
 * each check and each test as one. `--repeat 10` does all this ten times and says what was slow, or failed now and then. `--strained`
 * runs beside busy loops, which finds tests that only a quiet machine passes.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseCLI, startVitest, type TestCase, type TestModule } from 'vitest/node'
import { startBusyLoops } from './busy-loops.ts'
import { repeatedRun, REPORT_FILE, type RunReport } from './repeat.ts'
import { runTool } from './run-tool.ts'
import { scanRun } from './scan-run.ts'
import { timed } from './timed.ts'

interface Count {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}
interface CheckCount extends Count {
  readonly title: string
}

const checks = [
  // The linter has the types at hand, so it checks them too.
  {
    title: 'types and lint',
    tool: 'oxlint',
    args: ['--type-aware', '--type-check', '--deny-warnings', '--report-unused-disable-directives'],
    // The checker of types is a program in Go: to collect garbage takes a third of its time, and saves little memory.
    env: { GOGC: 'off', GOMEMLIMIT: '3GiB' },
  },
  { title: 'format', tool: 'oxfmt', args: ['--check', '.'], env: {} },
  { title: 'unused code', tool: 'knip', args: [], env: {} },
] as const

/** Which tests run, by whether they measure a time. */
const tagsFilters = { no: [`!${timed.name}`], only: [timed.name] } as const
const isTimed = ({ options }: TestCase): boolean => options.tags?.includes(timed.name) === true

const repeated = repeatedRun(process.argv.slice(2))
if (repeated !== undefined) process.exit(await repeated())

const ownOptions = ['--all', '--strained']
/** Vitest takes what follows an option that it does not know for its value, and runs other tests. */
const vitestOptions = ['-t', '--testNamePattern', '--project', '--reporter', '-u', '--update', '--bail']
const unknown = process.argv
  .slice(2)
  .filter(argument => argument.startsWith('-') && ![...ownOptions, ...vitestOptions].includes(nameOfOption(argument)))
if (unknown.length > 0) {
  const known = ['--repeat', ...ownOptions, ...vitestOptions].join(', ')
  console.error(`${unknown.join(', ')}: no such option. There are ${known}.`)
  process.exit(2)
}
const vitestArgs = process.argv.slice(2).filter(argument => !ownOptions.includes(argument))
const isLong = process.argv.includes('--all')
const isStrained = process.argv.includes('--strained')
process.env['PONTE_TEST_ALL'] = String(isLong)
const isWhole = vitestArgs.length === 0
process.env['PONTE_TEST_SHORT'] = String(isWhole && !isLong)
/** In a run of everything more than there are processors: most tests wait for processes, pauses and time limits. */
const maxWorkers = isWhole ? 5 : 2
/** A time that Ponte promises says something of Ponte only where nothing else needs the processors. */
const timing = isStrained || (isWhole && !isLong) ? 'left out' : isWhole ? 'alone' : 'with the others'
const stopLoops = isStrained ? startBusyLoops() : () => undefined
const checking = isWhole ? runChecks() : Promise.resolve([])
const recorded = await mkdtemp(path.join(os.tmpdir(), 'ponte-run-'))
process.env['PONTE_TEST_RECORD'] = recorded
const { modules, counts } = await runTests()
const checked = [...(await checking), ...(await runScan(recorded, { isWhole }))]
stopLoops()
await rm(recorded, { recursive: true, force: true })
const reportFile = process.env[REPORT_FILE]
if (reportFile !== undefined) await writeFile(reportFile, JSON.stringify(reportOf(modules, checked)))

const total = [...checked, ...counts].reduce((sum, count) => ({
  passed: sum.passed + count.passed,
  failed: sum.failed + count.failed,
  skipped: sum.skipped + count.skipped,
}))
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`)
process.exitCode = total.failed > 0 ? 1 : 0

/** One after the other, beside the tests, which mostly wait. */
async function runChecks(): Promise<CheckCount[]> {
  const counts: CheckCount[] = []
  for (const check of checks) counts.push(await runCheck(check))
  return counts
}

async function runCheck({ title, tool, args, env }: (typeof checks)[number]): Promise<CheckCount> {
  const startedAt = performance.now()
  const { code, output } = await runTool(tool, args, { env })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (code === 0) {
    console.log(`ok      ${title} (${tool}, ${seconds} s)`)
    return { title, passed: 1, failed: 0, skipped: 0 }
  }
  console.log(`FAILED  ${title} (${tool}, ${seconds} s)\n${output.trimEnd()}\n`)
  return { title, passed: 0, failed: 1, skipped: 0 }
}

/**
 * No log line, metric, trace or alert of the run holds anything of a person, or a secret. A whole run has some of each; where some tests have
 * written nothing, there was no check.
 */
async function runScan(folder: string, { isWhole }: { isWhole: boolean }): Promise<CheckCount[]> {
  const { files, lines, needles, leaks } = await scanRun(folder)
  const what = `${lines} lines of ${files} outputs, ${needles} texts`
  const isSomething = lines > 0 && needles > 0
  if (!isSomething && leaks.length === 0 && !isWhole) return []
  if (isSomething && leaks.length === 0) {
    console.log(`ok      leaks (${what})`)
    return [{ title: 'leaks', passed: 1, failed: 0, skipped: 0 }]
  }
  const found = leaks.slice(0, 50).map(leak => `${leak.file}:${leak.line} holds ${leak.what}`)
  console.log(`FAILED  leaks (${what}): ${leaks.length} found\n${found.join('\n')}\n`)
  return [{ title: 'leaks', passed: 0, failed: 1, skipped: 0 }]
}

interface Tests {
  readonly modules: readonly TestModule[]
  readonly counts: readonly Count[]
}

async function runTests(): Promise<Tests> {
  if (timing === 'with the others') return await runVitest(vitestArgs, { maxWorkers })
  const others = await runVitest(vitestArgs, { maxWorkers, timed: 'no' })
  const left = others.modules.flatMap(module => [...module.children.allTests()].filter(isTimed))
  if (timing === 'left out') {
    console.log(`left out: ${left.length} tests that measure a time; \`npm test -- --all\` has them`)
    for (const { module, fullName } of left) console.log(`  ${nameOf(module)}: ${fullName}`)
    return others
  }
  await checking
  const files = [...new Set(left.map(({ module }) => nameOf(module)))]
  const alone = await runVitest(files, { maxWorkers: 1, timed: 'only' })
  return { modules: [...others.modules, ...alone.modules], counts: [...others.counts, ...alone.counts] }
}

async function runVitest(
  args: readonly string[],
  { maxWorkers, timed }: { readonly maxWorkers: number; readonly timed?: keyof typeof tagsFilters },
): Promise<Tests> {
  const { filter, options } = parseCLI(['vitest', 'run', ...args])
  // What an earlier run of tests left behind says nothing of this one.
  process.exitCode = 0
  const tagsFilter = timed === undefined ? [] : [...tagsFilters[timed]]
  const vitest = await startVitest('test', filter, { maxWorkers, tagsFilter, ...options, watch: false })
  const modules = vitest.state.getTestModules()
  const tests = modules.flatMap(module => [...module.children.allTests()])
  const wanted = tests.filter(test => timed === undefined || isTimed(test) === (timed === 'only'))
  const results = wanted.map(test => test.result().state)
  const count = (state: (typeof results)[number]): number => results.filter(result => result === state).length
  // A file that could not be read has no tests; a crash, or a rejection that nobody awaited, belongs to none.
  const beside = modules.filter(module => module.errors().length > 0).length + vitest.state.getUnhandledErrors().length
  const failed = count('failed') + beside
  // Vitest is not content and none of these is why: no test was found, no Redis.
  const failedAsAWhole = failed === 0 && Boolean(process.exitCode)
  await vitest.close()
  const counts = [{ passed: count('passed'), failed: failedAsAWhole ? 1 : failed, skipped: count('skipped') }]
  return { modules, counts }
}

function reportOf(modules: readonly TestModule[], checked: readonly CheckCount[]): RunReport {
  const ofChecks = checked.filter(({ failed }) => failed > 0).map(({ title }) => title)
  const ofTests = modules.flatMap(module => [
    ...[...module.children.allTests('failed')].map(({ fullName }) => `${nameOf(module)}: ${fullName}`),
    ...(module.errors().length > 0 ? [nameOf(module)] : []),
  ])
  return {
    failed: [...ofChecks, ...ofTests],
    files: modules.map(module => ({ file: nameOf(module), ms: module.diagnostic().duration })),
  }
}

function nameOfOption(argument: string): string {
  return argument.split('=', 1)[0] ?? argument
}

function nameOf({ moduleId }: TestModule): string {
  return path.relative(process.cwd(), moduleId)
}
