import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import { type CutOff, type LinkOptions, openLink } from './network-link.ts'
import { findRedisBinary } from './redis-binary.ts'
import { type RedisProcess, startRedisProcess, toArguments } from './redis-process.ts'
import { serverSettings } from './redis-server.ts'
import { openClient, SET_NAME, type StartedSentinel, startSentinel } from './sentinel-process.ts'

/** A server of a set that fails over. Whoever calls it, replicas and Sentinels too, comes through an address that can be cut off. */
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
  /** Starts it again, as a replica when the Sentinels name another primary by now. Resolves when it answers. */
  readonly restart: () => Promise<void>
}

/** A primary with two replicas, and three Sentinels that watch them. */
export interface SentinelSet {
  /** By which the Sentinels know the set. */
  readonly name: string
  /** The Sentinels: `127.0.0.1:26379,…`. */
  readonly addresses: string
  /** Options of ioredis for the primary that they name. */
  readonly connection: { readonly name: string; readonly sentinels: { host: string; port: number }[] }
  readonly members: readonly RedisMember[]
  /** Whom the Sentinels call the primary now. */
  readonly primary: () => Promise<RedisMember>
  /** Resolves when the Sentinels call another one the primary, and it takes writes. */
  readonly untilOtherThan: (former: RedisMember) => Promise<RedisMember>
  /** Resolves when the primary has both replicas in step. */
  readonly untilWhole: () => Promise<RedisMember>
  readonly stop: () => Promise<void>
}

const MEMBERS = 3
const SENTINELS = 3
const DEADLINE_MS = 60_000

export interface SentinelOptions extends LinkOptions {
  /** After so long without an answer a server counts as gone. Longer than a primary that stands alone takes writes, 2 s. */
  readonly downAfterMs?: number
}

/** Starts all on loopback. Ends with this process. */
export async function startSentinels({
  downAfterMs = 3000,
  memberDelayMs = 0,
}: SentinelOptions = {}): Promise<SentinelSet> {
  const binary = await findRedisBinary()
  if (binary === undefined) throw new Error('there is no Redis 6.2 or later here')
  const { file } = binary
  const members: StartedMember[] = []
  const sentinels: StartedSentinel[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(sentinels.map(sentinel => sentinel.stop()))
    await Promise.all(members.map(member => member.stop()))
  }
  const primary = async (): Promise<StartedMember> => {
    const named = await Promise.all(sentinels.map(({ primaryPort }) => primaryPort()))
    // Each Sentinel learns of a failover by itself: what most of them say counts.
    const found = members.find(({ port }) => named.filter(each => each === port).length * 2 > named.length)
    if (found === undefined) throw new Error(`the Sentinels name no primary: ${named.join(', ')}`)
    return found
  }
  /** The port that a server which starts now shall follow. */
  const leaderFor = async (own: number): Promise<number | undefined> => {
    const leader = (await primary()).port
    return leader === own ? undefined : leader
  }
  const untilWhole = () =>
    until('a primary with two replicas', async () => {
      const leader = await primary()
      return (await leader.replicasInStep()) === MEMBERS - 1 ? leader : undefined
    })
  /** A Sentinel looks for replicas every 10 s. Until it knows them it can make none of them the primary. */
  const untilKnown = () =>
    until('a Sentinel that knows both replicas', async () => {
      const seen = await Promise.all(sentinels.map(({ healthyReplicas }) => healthyReplicas()))
      return seen.every(count => count === MEMBERS - 1) ? true : undefined
    })
  try {
    for (let count = 0; count < MEMBERS; count += 1)
      members.push(await startMember({ file, leaderFor, memberDelayMs }, members[0]?.port))
    const first = members[0]?.port ?? 0
    for (let count = 0; count < SENTINELS; count += 1)
      sentinels.push(await startSentinel({ file, primary: first, downAfterMs }))
    await untilWhole()
    await untilKnown()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    name: SET_NAME,
    addresses: sentinels.map(({ port }) => `127.0.0.1:${port}`).join(','),
    connection: { name: SET_NAME, sentinels: sentinels.map(({ port }) => ({ host: '127.0.0.1', port })) },
    members,
    primary,
    untilOtherThan: former =>
      until('another primary', async () => {
        const leader = await primary()
        return leader.port !== former.port && (await leader.isPrimary()) ? leader : undefined
      }),
    untilWhole,
    stop,
  }
}

interface StartedMember extends RedisMember {
  /** Replicas that have all that the server wrote until a moment ago. */
  readonly replicasInStep: () => Promise<number>
  readonly isPrimary: () => Promise<boolean>
  readonly stop: () => Promise<void>
}

interface MemberDeps extends LinkOptions {
  readonly file: string
  readonly leaderFor: (port: number) => Promise<number | undefined>
}

async function startMember(
  { file, leaderFor, ...linkOptions }: MemberDeps,
  leader: number | undefined,
): Promise<StartedMember> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-redis-'))
  const own = await freePort()
  const link = await openLink(own, linkOptions)
  const start = async (following: number | undefined): Promise<RedisProcess> => {
    const settings = {
      ...serverSettings(own, folder),
      'replica-announce-ip': '127.0.0.1',
      'replica-announce-port': String(link.port),
      'repl-diskless-sync-delay': '0',
      // A primary that stands alone refuses writes before another one is named, so that there are never two of them.
      'min-replicas-to-write': '1',
      'min-replicas-max-lag': '2',
    }
    const args = [
      ...toArguments(settings),
      ...(following === undefined ? [] : ['--replicaof', '127.0.0.1', String(following)]),
    ]
    return await startRedisProcess({ file, folder, port: own, args })
  }
  let running = await start(leader)
  /** Past the link: it answers also when it is cut off. */
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
      running = await start(await leaderFor(link.port))
      link.restore()
    },
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

async function until<Value>(what: string, find: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = performance.now() + DEADLINE_MS
  for (;;) {
    const found = await find().catch(() => undefined)
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`there was not ${what} within ${DEADLINE_MS / 1000} s`)
    await sleep(50)
  }
}
