/**
 * `npm run demo`: a whole Ponte in processes of its own, on a real Redis, between two simulated systems. One line a step, and at
 * the end what each system holds; ends with 0 only if that is right. `--verbose` prints every call that the two received,
 * `--stay` keeps everything up and leaves two failed events to practise on.
 */
import { once } from 'node:events'
import { findRedis, startPonte, startSandbox } from '@ponte/testbed'
import { readEndState } from './end-state.ts'
import { leaveFailures } from './practice.ts'
import { createReporter, print } from './reporter.ts'
import { playScenario } from './scenario.ts'
import { describeNext, describeStay } from './what-next.ts'

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
    // Short pauses, so that nobody has to wait: the defaults are 60 s between rounds and 5 min for a new contact.
    tenants: { demo: { statusRd: { rounds: 2, pauseSeconds: 2 }, rdStation: { minContactAgeSeconds: 1 } } },
    env: { LOG_LEVEL: 'warn' },
  })
  started.push(ponte.stop)

  const reporter = createReporter({ sandbox: sandbox.client, verbose })
  const demo = { ponte, sandbox: sandbox.client, reporter }
  reporter.heading('Three leads go from RD Station to TOTVS CRM, and what became of each comes back')
  await playScenario(demo)
  const { rows, problems } = await readEndState(sandbox.client)
  reporter.heading('What the two systems hold now')
  reporter.table(rows)
  if (stay) {
    reporter.heading('Two failed events to practise on')
    await leaveFailures(demo)
  }
  print('')
  for (const problem of problems) print(`  ✗ ${problem}`)
  print(problems.length === 0 ? 'demo: all as expected' : `demo: ${problems.length} not as expected`)
  process.exitCode = problems.length === 0 ? 0 : 1

  print(stay ? describeStay({ ponte, redisUrl: redis.url, sandboxUrl: sandbox.url }) : describeNext({ verbose }))
  if (stay) {
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
