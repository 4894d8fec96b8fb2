/**
 * `npm run demo`: a whole Ponte in processes of its own, on a real Redis, between two simulated systems. One line a step, and at
 * the end what each system holds; ends with 0 only if that is right. `--verbose` prints every call that the two received,
 * `--stay` keeps everything up and leaves two failed events to practise on. `--trouble` plays two companies in trouble instead, and keeps
 * them up for an operator to help.
 */
import { once } from 'node:events'
import {
  createRepairs,
  findRedis,
  plantHistory,
  plantTrouble,
  startPonte,
  startSandbox,
  troubleTenants,
} from '@ponte/testbed'
import { readEndState } from './end-state.ts'
import { leaveFailures } from './practice.ts'
import { createReporter, print } from './reporter.ts'
import { type Demo, playScenario } from './scenario.ts'
import { startHelpDesk } from './trouble/help-desk.ts'
import { troubleNames } from './trouble/names.ts'
import { describeTrouble } from './trouble/what-to-do.ts'
import { describeNext, describeStay } from './what-next.ts'

const trouble = process.argv.includes('--trouble')
const stay = process.argv.includes('--stay')
const verbose = process.argv.includes('--verbose')
const started: (() => Promise<unknown>)[] = []
const stopAll = async (): Promise<void> => {
  for (const stop of started.splice(0).toReversed()) await stop()
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void stopAll().finally(() => process.exit(130)))
}

try {
  print('Starting Redis, both systems (simulated), the ingress, two workers and the board ...')
  const redis = await findRedis({ docker: 'last' })
  started.push(redis.stop)
  const sandbox = await startSandbox()
  started.push(sandbox.stop)
  const ponte = await startPonte({
    redisUrl: redis.url,
    sandboxUrl: sandbox.url,
    workers: 2,
    board: true,
    tenants: trouble
      ? troubleTenants(troubleNames)
      : // Short pauses, so that nobody has to wait: the defaults are 60 s between rounds and 5 min for a new contact.
        { demo: { statusRd: { rounds: 2, pauseSeconds: 2 }, rdStation: { minContactAgeSeconds: 1 } } },
    env: { LOG_LEVEL: 'warn', PONTE_COMMAND: './ponte' },
  })
  started.push(ponte.stop)

  const reporter = createReporter({ sandbox: sandbox.client, verbose })
  const demo = { ponte, sandbox: sandbox.client, reporter }
  const running = { ponte, redisUrl: redis.url, sandboxUrl: sandbox.url }
  if (trouble) {
    reporter.heading('Two companies get into trouble')
    await plantHistory({ redisUrl: redis.url, names: troubleNames, now: Date.now() })
    await plantTrouble({ ...demo, redisUrl: redis.url, names: troubleNames }, ({ title, act, isDone }) =>
      reporter.step(title, act, async () => ((await isDone()) ? true : undefined)),
    )
    const desk = await startHelpDesk(createRepairs({ ...demo, names: troubleNames }))
    started.push(desk.stop)
    print(describeTrouble(running, desk))
  } else {
    process.exitCode = await play(demo)
    print(stay ? describeStay(running) : describeNext({ verbose }))
  }
  if (stay || trouble) {
    const keepAlive = setInterval(() => {}, 60_000)
    await once(process, 'beforeExit')
    clearInterval(keepAlive)
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await stopAll()
}

/** The three leads. Resolves to the exit code. */
async function play(demo: Demo): Promise<number> {
  const { reporter, sandbox } = demo
  reporter.heading('Three leads go from RD Station to TOTVS CRM, and what became of each comes back')
  await playScenario(demo)
  const { rows, problems } = await readEndState(sandbox)
  reporter.heading('What the two systems hold now')
  reporter.table(rows)
  if (stay) {
    reporter.heading('Two failed events to practise on')
    await leaveFailures(demo)
  }
  print('')
  for (const problem of problems) print(`  ✗ ${problem}`)
  print(problems.length === 0 ? 'demo: all as expected' : `demo: ${problems.length} not as expected`)
  return problems.length === 0 ? 0 : 1
}
