/**
 * `npm run demo`: a whole Ponte in processes of its own, on a real Redis, between two simulated systems. Prints what each
 * received; ends with 0 only if the end state of both is right. `--stay` keeps everything up afterwards.
 */
import { once } from 'node:events'
import { findRedis, startPonte, startSandbox } from '@ponte/testbed'
import { createNarrator } from './narrator.ts'
import { playStory } from './story.ts'

const stay = process.argv.includes('--stay')
const started: (() => Promise<unknown>)[] = []
const stopAll = async (): Promise<void> => {
  for (const stop of started.splice(0).toReversed()) await stop()
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void stopAll().finally(() => process.exit(130)))
}

try {
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

  const narrator = createNarrator(sandbox.client)
  const problems = await playStory({ ponte, sandbox: sandbox.client, narrator })
  for (const problem of problems) console.log(`  ✗ ${problem}`)
  console.log(problems.length === 0 ? '\ndemo: all as expected' : `\ndemo: ${problems.length} not as expected`)
  process.exitCode = problems.length === 0 ? 0 : 1

  if (stay) {
    console.log(`
Everything stays up until Ctrl-C:
  board     ${ponte.board?.url}   user ${ponte.board?.user}, password ${ponte.board?.password}
  ingress   ${ponte.ingressUrl}/docs
  sandbox   ${sandbox.url}/control/calls   what both systems received
  webhooks  ${ponte.tenant.rdStationUrl}   header apiToken: ${ponte.tenant.tokens.rdStation}
            ${ponte.tenant.totvsCrmUrl}   header apiToken: ${ponte.tenant.tokens.totvsCrm}
`)
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
