import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { freePort } from '../free-port.ts'
import type { RedisBinary } from './redis-binary.ts'
import { type RedisProcess, startRedisProcess, toArguments } from './redis-process.ts'

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

/**
 * Starts a Redis on a free loopback port, with every write on the disk before it is confirmed, in a temporary
 * folder of its own. It ends with this process. Rejects with the server's own words when it does not come up.
 */
export async function startRedisServer({ source, file }: RedisBinary): Promise<RedisServer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-redis-'))
  let running: RedisProcess
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

/** Between the search for a free port and its use, somebody else may take it. */
async function startOnFreePort(file: string, folder: string, triesLeft = 3): Promise<RedisProcess> {
  try {
    return await startOn(await freePort(), file, folder)
  } catch (error) {
    if (triesLeft === 1) throw error
    return startOnFreePort(file, folder, triesLeft - 1)
  }
}

/** How every server of ours runs: each write is on the disk before it is confirmed, nothing is evicted, and a job is kept packed. */
export const serverSettings = (port: number, folder: string) => ({
  bind: '127.0.0.1',
  port: String(port),
  'protected-mode': 'yes',
  dir: folder,
  appendonly: 'yes',
  appendfsync: 'always',
  save: '',
  'maxmemory-policy': 'noeviction',
  // The name that Redis 6.2 knows, too, of hash-max-listpack-value.
  'hash-max-ziplist-value': '4096',
})

const startOn = (port: number, file: string, folder: string): Promise<RedisProcess> =>
  startRedisProcess({ file, folder, port, args: toArguments(serverSettings(port, folder)) })
