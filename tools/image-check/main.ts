/**
 * Builds the image, runs docker-compose.yml with the sandbox, and looks at what comes of it: `npm run image-check`. It takes the Docker
 * that is there; where there is none and this is root on Debian, it starts one of its own and takes it down again. Elsewhere it is
 * skipped, or fails in CI. The last line counts each check as one.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { endWithUs } from '@ponte/testbed'
import { findBaseImages } from './base-images.ts'
import { check } from './check.ts'
import { repositoryRoot, run } from './command.ts'
import { type Engine, findEngine, findLeftovers, startEngine, whyNoEngine } from './engine.ts'

const isCi = process.env['CI'] === 'true'
const count = { passed: 0, failed: 0, skipped: 0 }
const undo: (() => Promise<unknown>)[] = []

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    void takeDown().finally(() => process.exit(130))
  })
}

try {
  await checkImage()
} catch (error) {
  count.failed += 1
  console.log(`FAILED  ${error instanceof Error ? error.message : String(error)}`)
} finally {
  await takeDown()
}
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
console.log(`\n${count.passed} passed, ${count.failed} failed${skipped}`)
process.exitCode = count.failed > 0 ? 1 : 0

async function checkImage(): Promise<void> {
  const found = await findEngine()
  const reason =
    found === undefined ? await whyNoEngine({ install: isCi || process.argv.includes('--install') }) : undefined
  if (reason !== undefined) {
    count[isCi ? 'failed' : 'skipped'] += 1
    console.log(`${isCi ? 'FAILED ' : 'skipped'} the image: ${reason}`)
    return
  }
  const engine = found ?? (await startEngine())
  undo.push(engine.stop)
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-image-'))
  undo.push(() => rm(folder, { recursive: true, force: true }))
  await tryImage(engine, folder)
  await takeDown()
  if (engine.isOurs) {
    await counted('nothing of the Docker that was started is left', async () => {
      const leftovers = await findLeftovers(engine)
      if (leftovers.length > 0) throw new Error(leftovers.join('\n'))
    })
  }
}

async function tryImage(engine: Engine, folder: string): Promise<void> {
  const { images, areStandIns } = await findBaseImages(engine, folder)
  console.log(
    `        ${engine.isOurs ? 'a Docker of our own' : 'the Docker that is there'}, ${areStandIns ? 'stand-ins for the base images' : 'the pinned base images'}`,
  )
  // What compose wants to be set before it reads the file; nothing of it reaches the image.
  const unused = { REDIS_PASSWORD: 'unused', PONTE_SECRET_KEY: 'unused', PONTE_FINGERPRINT_KEY: 'unused' }
  const env = { ...engine.env, ...images }
  const isBuilt = await counted('the images build', () =>
    run(['docker', 'compose', '--profile', 'public', 'build', 'ingress', 'proxy'], { env: { ...unused, ...env } }),
  )
  if (isBuilt) await runInside(engine, env)
}

async function counted(title: string, work: () => Promise<unknown>): Promise<boolean> {
  const passed = await check(title, work)
  count[passed ? 'passed' : 'failed'] += 1
  return passed
}

/** Counts the lines of `inside.ts`, which runs where the containers' ports are. */
async function runInside({ enter }: Engine, env: Readonly<Record<string, string>>): Promise<void> {
  const command: readonly string[] = [...enter, process.execPath, path.join(import.meta.dirname, 'inside.ts')]
  const [file = '', ...args] = command
  const child = spawn(file, args, {
    cwd: repositoryRoot,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${file} could not be started`)
  const release = endWithUs(-pid)
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  undo.push(async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, 'SIGTERM')
    await ended
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    process.stdout.write(text)
  })
  const code = await ended
  release()
  const lines = output.split('\n')
  count.passed += lines.filter(line => line.startsWith('ok ')).length
  count.failed += lines.filter(line => line.startsWith('FAILED ')).length + (code === 0 ? 0 : 1)
}

/** The last first; each once. */
async function takeDown(): Promise<void> {
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step().catch(() => undefined)
}
