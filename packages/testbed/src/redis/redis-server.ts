import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { endWithUs } from '../end-with-us.ts'
import { freePort } from '../free-port.ts'
import { recentOutput } from '../recent-output.ts'
import type { RedisBinary } from './redis-binary.ts'

/** A Redis that this process started, that is its own to kill and to freeze. */
export interface RedisServer {
  readonly source: RedisBinary['source']
  readonly url: string
  readonly port: number
  /** Of the server that runs now; `restart` changes it. */
  readonly pid: number
  /** SIGKILL, and waits until it is gone. Its data stay on the disk. */
  readonly kill: () => Promise<void>
  /** SIGSTOP: connections stay open and nothing answers. */
  readonly pause: () => void
  readonly resume: () => void
  /** Starts it again on the same port with the same data; one that still runs is ended first. Resolves when it answers. */
  readonly restart: () => Promise<void>
  /** Ends it and removes its folder. */
  readonly stop: () => Promise<void>
}

const START_DEADLINE_MS = 60_000

/**
 * Starts a Redis on a free loopback port, with every write on the disk before it is confirmed, in a temporary
 * folder of its own. It ends with this process. Rejects with the server's own words when it does not come up.
 */
export async function startRedisServer({ source, file }: RedisBinary): Promise<RedisServer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-redis-'))
  let running: RunningServer
  try {
    running = await startOnFreePort(file, folder)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  const { port } = running
  return {
    source,
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return running.pid
    },
    kill: () => running.kill(),
    pause: () => running.signal('SIGSTOP'),
    resume: () => running.signal('SIGCONT'),
    restart: async () => {
      await running.kill()
      running = await startOn(port, file, folder)
    },
    stop: async () => {
      await running.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface RunningServer {
  readonly port: number
  readonly pid: number
  readonly signal: (name: NodeJS.Signals) => void
  readonly kill: () => Promise<void>
}

/** Between the search for a free port and its use, somebody else may take it. */
async function startOnFreePort(file: string, folder: string, triesLeft = 3): Promise<RunningServer> {
  try {
    return await startOn(await freePort(), file, folder)
  } catch (error) {
    if (triesLeft === 1) throw error
    return startOnFreePort(file, folder, triesLeft - 1)
  }
}

async function startOn(port: number, file: string, folder: string): Promise<RunningServer> {
  const args = Object.entries({
    bind: '127.0.0.1',
    port: String(port),
    'protected-mode': 'yes',
    dir: folder,
    appendonly: 'yes',
    appendfsync: 'always',
    save: '',
    'maxmemory-policy': 'noeviction',
  }).flatMap(([name, value]) => [`--${name}`, value])
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
    await untilItAnswers(port, pid, exited)
    return { port, pid, signal, kill }
  } catch (error) {
    await kill()
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${file} did not start: ${reason}\n${output().slice(-4000)}`)
  }
}

/** Asks for the process id, because another server may have taken the port: that one is not ours to use. */
async function untilItAnswers(port: number, pid: number, exited: Promise<void>): Promise<void> {
  const redis = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 20, maxRetriesPerRequest: null })
  redis.on('error', () => {})
  const deadline = new AbortController()
  try {
    const info = await Promise.race([
      redis.info('server'),
      exited.then(() => Promise.reject(new Error('it ended'))),
      sleep(START_DEADLINE_MS, undefined, { signal: deadline.signal }).then(() => {
        throw new Error(`no answer within ${START_DEADLINE_MS / 1000} s`)
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
