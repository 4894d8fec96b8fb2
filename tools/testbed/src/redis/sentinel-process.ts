import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Redis } from 'ioredis'
import { freePort } from '../free-port.ts'
import { type LinkOptions, openLink } from './network-link.ts'
import { startRedisProcess } from './redis-process.ts'

/** By which the Sentinels know the set. */
export const SET_NAME = 'ponte'

/** One of those that watch a primary. */
export interface StartedSentinel {
  /** Where clients reach it. */
  readonly port: number
  readonly primaryPort: () => Promise<number | undefined>
  readonly healthyReplicas: () => Promise<number>
  readonly stop: () => Promise<void>
}

export interface SentinelStart extends Pick<LinkOptions, 'tls'> {
  /** The binary. */
  readonly file: string
  /** The port of the primary. */
  readonly primary: number
  readonly downAfterMs: number
  /** That it asks for. Default: none. */
  readonly password?: string | undefined
}

/** Ends with this process. */
export async function startSentinel(start: SentinelStart): Promise<StartedSentinel> {
  const { file, primary, downAfterMs, password, tls = false } = start
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-sentinel-'))
  const port = await freePort()
  const config = path.join(folder, 'sentinel.conf')
  // A Sentinel keeps what it learns in its own settings file.
  const lines = [
    ...[`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`],
    `sentinel monitor ${SET_NAME} 127.0.0.1 ${primary} 2`,
    `sentinel down-after-milliseconds ${SET_NAME} ${downAfterMs}`,
    `sentinel failover-timeout ${SET_NAME} ${Math.max(2 * downAfterMs, 3000)}`,
    `sentinel parallel-syncs ${SET_NAME} 2`,
    ...(password === undefined ? [] : [`requirepass ${password}`]),
  ]
  await writeFile(config, `${lines.join('\n')}\n`)
  const running = await startRedisProcess({ file, folder, port, args: [config, '--sentinel'], password })
  const link = await openLink(port, { tls })
  const client = openClient(port, password)
  return {
    port: link.port,
    async primaryPort() {
      const answer: unknown = await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', SET_NAME)
      return Array.isArray(answer) ? Number(answer[1]) : undefined
    },
    async healthyReplicas() {
      const answer: unknown = await client.call('SENTINEL', 'REPLICAS', SET_NAME)
      return Array.isArray(answer) ? answer.filter(each => isHealthy(each)).length : 0
    },
    async stop() {
      client.disconnect()
      await running.kill()
      await link.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A Sentinel describes a replica by a list of names and values, each after its name. */
function isHealthy(replica: unknown): boolean {
  if (!Array.isArray(replica)) return false
  const valueOf = (name: string): unknown => replica[replica.indexOf(name) + 1]
  return valueOf('flags') === 'slave' && valueOf('master-link-status') === 'ok'
}

/** A connection past all links. */
export function openClient(port: number, password?: string): Redis {
  const redis = new Redis({
    ...{ host: '127.0.0.1', port, retryStrategy: () => 50, commandTimeout: 2000 },
    ...(password !== undefined && { password }),
  })
  redis.on('error', () => {})
  return redis
}
