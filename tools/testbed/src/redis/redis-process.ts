import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { endWithUs } from '../end-with-us.ts'
import { PATIENCE_MS } from '../patience.ts'
import { recentOutput } from '../recent-output.ts'

/** A server or Sentinel as a process, in a group of its own. */
export interface RedisProcess {
  readonly port: number
  readonly pid: number
  readonly signal: (name: NodeJS.Signals) => void
  readonly kill: () => Promise<void>
}

export interface RedisStart {
  /** The binary. */
  readonly file: string
  /** Where it runs. Removed when this process ends. */
  readonly folder: string
  readonly port: number
  readonly args: readonly string[]
  /** Where it asks for one. */
  readonly password?: string | undefined
}

/** What `redis-server` is given for each setting. */
export const toArguments = (settings: Readonly<Record<string, string>>): string[] =>
  Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])

/** Resolves when the process answers. Rejects with its own words when it does not come up. It ends with this process. */
export async function startRedisProcess({ file, folder, port, args, password }: RedisStart): Promise<RedisProcess> {
  // In a process group of its own: Ctrl-C in a terminal is for us, and we end the server when those who use it have ended.
  // Redis does not start in a language that the machine does not have.
  const env = { ...process.env, LC_ALL: 'C' }
  const child = spawn(file, args, { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = recentOutput(child)
  await once(child, 'spawn')
  const pid = requirePid(child)
  const release = endWithUs(-pid, folder)
  const exited = once(child, 'exit').then(release)
  const signal = (name: NodeJS.Signals): void => {
    // The whole group: the server may have a child that rewrites its files.
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, name)
  }
  const kill = async (): Promise<void> => {
    signal('SIGKILL')
    await exited
  }
  try {
    await untilItAnswers({ port, pid, password }, exited)
    return { port, pid, signal, kill }
  } catch (error) {
    await kill()
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${file} did not start: ${reason}\n${output().slice(-4000)}`)
  }
}

/** Asks for the process id, because another server may have taken the port: that one is not ours to use. */
async function untilItAnswers(
  { port, pid, password }: { port: number; pid: number; password: string | undefined },
  exited: Promise<void>,
): Promise<void> {
  const redis = new Redis({
    ...{ host: '127.0.0.1', port, retryStrategy: () => 20, maxRetriesPerRequest: null },
    ...(password !== undefined && { password }),
  })
  redis.on('error', () => {})
  const deadline = new AbortController()
  try {
    const info = await Promise.race([
      redis.info('server'),
      exited.then(() => Promise.reject(new Error('it ended'))),
      sleep(PATIENCE_MS, undefined, { signal: deadline.signal }).then(() => {
        throw new Error(`no answer within ${PATIENCE_MS / 1000} s`)
      }),
    ])
    if (!info.includes(`process_id:${pid}\r`)) throw new Error(`another server listens on port ${port}`)
  } finally {
    deadline.abort()
    redis.disconnect()
  }
}

function requirePid({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the process has no id')
  return pid
}
