import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Redis } from 'ioredis'
import type { CutOff, NetworkLink } from './network-link.ts'
import { type RedisProcess, startRedisProcess, toArguments } from './redis-process.ts'
import { serverSettings } from './redis-server.ts'
import { openClient } from './sentinel-process.ts'
import { until } from './until.ts'

/** A server of a Redis that fails over. Whoever calls it, other servers too, comes through an address that can be cut off. */
export interface RedisMember {
  readonly url: string
  readonly port: number
  /** SIGKILL. Its data stay on the disk. */
  readonly kill: () => Promise<void>
  /** Its machine is gone, with what was on its disk. */
  readonly lose: () => Promise<void>
  /** SIGSTOP: connections stay open and nothing answers. */
  readonly pause: () => void
  readonly resume: () => void
  /** Nothing reaches it any more, or only its clients do, and nobody is told. */
  readonly cutOff: (from: CutOff) => void
  readonly reconnect: () => void
  /** Starts it again, as a replica when another one is the primary by now. Resolves when it answers. */
  readonly restart: () => Promise<void>
  /** Resolves when its replicas have all that it had written when it was asked. */
  readonly untilReplicated: () => Promise<void>
}

export interface StartedMember extends RedisMember {
  /** Past the link: it answers also when the server is cut off. */
  readonly redis: Redis
  /** Replicas that have all that the server wrote until a moment ago. */
  readonly replicasInStep: () => Promise<number>
  readonly isPrimary: () => Promise<boolean>
  readonly stop: () => Promise<void>
}

/** The address of a server, and how it is cut off from whom. */
export interface MemberLink extends Omit<NetworkLink, 'cutOff'> {
  readonly cutOff: (from: CutOff) => void
}

export interface MemberStart {
  /** The binary. */
  readonly file: string
  /** Where the server itself listens, behind its link. */
  readonly own: number
  readonly link: MemberLink
  readonly settings: Readonly<Record<string, string>>
  /** What it is told at each start besides. */
  readonly furtherArgs?: () => Promise<readonly string[]>
}

export async function startMember({ file, own, link, settings, furtherArgs }: MemberStart): Promise<StartedMember> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-redis-'))
  const start = async (): Promise<RedisProcess> => {
    const args = toArguments({ ...serverSettings(own, folder), 'repl-diskless-sync-delay': '0', ...settings })
    return await startRedisProcess({ file, folder, port: own, args: [...args, ...((await furtherArgs?.()) ?? [])] })
  }
  let running = await start()
  const redis = openClient(own)
  const replication = async (): Promise<string> => await redis.info('replication')
  return {
    url: `redis://127.0.0.1:${link.port}`,
    port: link.port,
    kill: () => running.kill(),
    async lose() {
      // What it has sent and nobody has received is lost too, and nobody is told that it is gone.
      link.cutOff('everyone')
      await running.kill()
      await rm(path.join(folder, 'appendonlydir'), { recursive: true, force: true })
    },
    pause: () => running.signal('SIGSTOP'),
    resume: () => running.signal('SIGCONT'),
    cutOff: link.cutOff,
    reconnect: link.restore,
    async restart() {
      await running.kill()
      running = await start()
      link.restore()
    },
    async untilReplicated() {
      const written = Number(/^master_repl_offset:(\d+)/m.exec(await replication())?.[1])
      await until('replicas that have it all', async () => {
        const offsets = (await replication()).matchAll(/^slave\d+:.*offset=(\d+)/gm)
        return [...offsets].every(([, offset]) => Number(offset) >= written) || undefined
      })
    },
    redis,
    replicasInStep: async () => [...(await replication()).matchAll(/^slave\d+:.*state=online.*lag=[01]\b/gm)].length,
    isPrimary: async () => (await replication()).includes('role:master'),
    async stop() {
      redis.disconnect()
      await running.kill()
      await link.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
