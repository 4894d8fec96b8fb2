/**
 * Redis, the ingress, a worker and the board in one terminal: `npm start`. Settings are those of the files that `ponte init` wrote. Where no
 * Redis answers at REDIS_URL it starts one of its own, whose data are in `.ponte/redis` (or PONTE_REDIS_FOLDER). Ctrl-C ends all of them,
 * Redis last.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endWithUs, findRedis, findRedisBinary, repositoryRoot, workerNodeOptions } from '../tools/testbed/src/index.ts'

const { env } = process
const apps = [
  { name: 'ingress', nodeOptions: [] },
  { name: 'worker', nodeOptions: workerNodeOptions },
  { name: 'board', nodeOptions: [] },
] as const

if (env['PONTE_CONFIG'] === undefined || !existsSync(env['PONTE_CONFIG'])) {
  console.error('There are no settings yet. Write them first: ./ponte init')
  process.exit(2)
}
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort())

const redis = env['REDIS_URL'] ? await startRedis(new URL(env['REDIS_URL'])) : undefined
const running = apps.map(({ name, nodeOptions }) =>
  start(process.execPath, [...nodeOptions, path.join(repositoryRoot, 'apps', name, 'src/main.ts')]),
)
console.log(`Board: ${env['BOARD_PUBLIC_URL'] || `http://127.0.0.1:${env['BOARD_PORT'] || 3001}`} (BOARD_USER, BOARD_PASSWORD in .env)
Webhooks: http://127.0.0.1:${env['INGRESS_PORT'] || 3000}/webhooks/…   Ctrl-C ends all of it.`)
// One that ends by itself cannot go on, and the others say nothing about it.
const ended = await Promise.race([...running.map(({ exited }) => exited), once(stopping.signal, 'abort')])
await Promise.all(running.map(({ stop }) => stop()))
await redis?.stop()
process.exitCode = stopping.signal.aborted || ended[0] === 0 ? 0 : 1

interface Running {
  readonly child: ChildProcess
  readonly exited: Promise<unknown[]>
  readonly stop: () => Promise<unknown>
}

/** In a process group of its own: Ctrl-C is for us, who end them in their order. */
function start(file: string, args: readonly string[], input?: string): Running {
  const child = spawn(file, args, {
    detached: true,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'inherit', 'inherit'],
  })
  child.stdin?.end(input)
  const release = child.pid === undefined ? undefined : endWithUs(-child.pid)
  const exited = once(child, 'exit').finally(() => release?.())
  const stop = (): Promise<unknown> => {
    child.kill('SIGTERM')
    return exited
  }
  return { child, exited, stop }
}

/** For one server only. Undefined where it answers already. */
async function startRedis({ hostname, port, password }: URL): Promise<Running | undefined> {
  const answers = (): Promise<boolean> =>
    findRedis({ docker: 'last', redisUrl: env['REDIS_URL'] }).then(
      () => true,
      () => false,
    )
  if (await answers()) return undefined
  const binary = await findRedisBinary()
  if (!['127.0.0.1', 'localhost'].includes(hostname) || binary === undefined) {
    console.error('No Redis answers at REDIS_URL, and there is none here to start: install redis-server.')
    process.exit(1)
  }
  const folder = env['PONTE_REDIS_FOLDER'] ?? path.join(repositoryRoot, '.ponte', 'redis')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const settings = {
    bind: '127.0.0.1',
    port: port || '6379',
    dir: `"${folder}"`,
    appendonly: 'yes',
    appendfsync: 'always',
    save: '""',
    maxmemory: env['REDIS_MAXMEMORY'] || '1gb',
    'maxmemory-policy': 'noeviction',
    // The name that Redis 6.2 knows, too, of hash-max-listpack-value: jobs are kept packed.
    'hash-max-ziplist-value': '4096',
    loglevel: 'warning',
    ...(password !== '' && { requirepass: `"${decodeURIComponent(password)}"` }),
  }
  // By its input: everybody on the machine can see arguments.
  const server = start(
    binary.file,
    ['-'],
    Object.entries(settings)
      .map(line => `${line.join(' ')}\n`)
      .join(''),
  )
  const isGone = server.exited.then(() => true)
  while (!(await answers())) {
    if (await Promise.race([isGone, sleep(100, false)])) {
      console.error(`Redis did not start. Does another one, with another password, listen on port ${settings.port}?`)
      process.exit(1)
    }
  }
  return server
}
