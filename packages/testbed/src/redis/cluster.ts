import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command, Redis } from 'ioredis'
import { freePort } from '../free-port.ts'
import { findRedisBinary } from './redis-binary.ts'
import { type RedisProcess, startRedisProcess, toArguments } from './redis-process.ts'
import { serverSettings } from './redis-server.ts'

/** A server of a Cluster. */
export interface ClusterMember {
  readonly url: string
  readonly port: number
  /** SIGKILL. Its data stay on the disk. */
  readonly kill: () => Promise<void>
  /** SIGSTOP: connections stay open and nothing answers. */
  readonly pause: () => void
  readonly resume: () => void
  /** Starts it again on the same port with the same data. Resolves when it answers. */
  readonly restart: () => Promise<void>
}

/** Three primaries, each with a third of the slots. */
export interface RedisCluster {
  /** The servers: `127.0.0.1:7000,…`. */
  readonly addresses: string
  readonly members: readonly ClusterMember[]
  /** Whom most servers call the primary of a key's slot now. */
  readonly primaryOf: (key: string) => Promise<ClusterMember>
  /** Gives the slot of a key, which has to be empty, to another primary than the one that has it. Gives that one. */
  readonly moveSlotOf: (key: string) => Promise<ClusterMember>
  readonly stop: () => Promise<void>
}

export interface ClusterOptions {
  /** Whether each primary has a replica that takes over. */
  readonly replicas?: boolean
  /** Further settings of every server. */
  readonly settings?: Readonly<Record<string, string>>
}

const PRIMARIES = 3
const SLOTS = 16_384
const DEADLINE_MS = 60_000
/** On a busy machine less than 2 s finds servers gone that are not. */
const NODE_TIMEOUT_MS = 2000

/** Starts all on loopback. Ends with this process. */
export async function startCluster({ replicas = false, settings = {} }: ClusterOptions = {}): Promise<RedisCluster> {
  const binary = await findRedisBinary()
  if (binary === undefined) throw new Error('there is no Redis 6.2 or later here')
  const members: StartedMember[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(members.map(member => member.stop()))
  }
  try {
    for (let count = 0; count < PRIMARIES * (replicas ? 2 : 1); count += 1)
      members.push(await startMember(binary.file, settings))
    await join(members)
  } catch (error) {
    await stop()
    throw error
  }
  async function primaryOf(key: string): Promise<StartedMember> {
    const slot = slotOf(key)
    const named = await Promise.all(members.map(member => member.primaryPort(slot).catch(() => undefined)))
    const primary = members.find(({ port }) => named.filter(each => each === port).length * 2 > PRIMARIES)
    if (primary === undefined) throw new Error(`the servers name no primary: ${named.join(', ')}`)
    return primary
  }
  return {
    addresses: members.map(({ port }) => `127.0.0.1:${port}`).join(','),
    members,
    primaryOf,
    async moveSlotOf(key) {
      const former = await primaryOf(key)
      const next = members.slice(0, PRIMARIES).find(member => member !== former)
      if (next === undefined) throw new Error('there is no other primary')
      const id = await next.redis.cluster('MYID')
      for (const { redis } of [next, former]) await redis.cluster('SETSLOT', slotOf(key), 'NODE', id)
      return next
    },
    stop,
  }
}

const slotOf = (key: string): number => new Command('get', [key]).getSlot()

/** Makes a Cluster of servers that do not know each other. Those after the first three become replicas. */
async function join(members: readonly StartedMember[]): Promise<void> {
  const [first, ...others] = members
  const primaries = members.slice(0, PRIMARIES)
  for (const [index, { redis }] of primaries.entries()) {
    const [from, to] = [index, index + 1].map(each => Math.floor((each * SLOTS) / PRIMARIES))
    const slots = Array.from({ length: (to ?? 0) - (from ?? 0) }, (_, offset) => (from ?? 0) + offset)
    await redis.cluster('ADDSLOTS', ...slots)
    await redis.cluster('SET-CONFIG-EPOCH', index + 1)
  }
  for (const { redis } of others) await redis.cluster('MEET', '127.0.0.1', first?.port ?? 0)
  await until('a cluster', async () => {
    const infos = await Promise.all(members.map(({ redis }) => redis.cluster('INFO')))
    return infos.every(info => info.includes(`cluster_known_nodes:${members.length}`)) || undefined
  })
  for (const [index, { redis }] of members.slice(PRIMARIES).entries())
    await redis.cluster('REPLICATE', String(await primaries[index]?.redis.cluster('MYID')))
  await until('a cluster that works', async () => {
    const infos = await Promise.all(members.map(({ redis }) => redis.cluster('INFO')))
    const links = await Promise.all(members.slice(PRIMARIES).map(({ redis }) => redis.info('replication')))
    const isWhole =
      infos.every(info => info.includes('cluster_state:ok')) &&
      links.every(link => link.includes('master_link_status:up'))
    return isWhole || undefined
  })
}

interface StartedMember extends ClusterMember {
  readonly redis: Redis
  readonly primaryPort: (slot: number) => Promise<number | undefined>
  readonly stop: () => Promise<void>
}

async function startMember(file: string, settings: Readonly<Record<string, string>>): Promise<StartedMember> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-redis-'))
  const port = await freeClusterPort()
  const args = toArguments({
    ...serverSettings(port, folder),
    'cluster-enabled': 'yes',
    'cluster-config-file': 'nodes.conf',
    'cluster-node-timeout': String(NODE_TIMEOUT_MS),
    'repl-diskless-sync-delay': '0',
    ...settings,
  })
  const start = (): Promise<RedisProcess> => startRedisProcess({ file, folder, port, args })
  let running = await start()
  const redis = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 50, commandTimeout: 2000 })
  redis.on('error', () => {})
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill: () => running.kill(),
    pause: () => running.signal('SIGSTOP'),
    resume: () => running.signal('SIGCONT'),
    async restart() {
      await running.kill()
      running = await start()
    },
    redis,
    primaryPort: async slot => {
      const ranges = await redis.cluster('SLOTS')
      const [range] = ranges.filter(([from, to]) => from <= slot && slot <= to)
      const [, , primary] = range ?? []
      return Array.isArray(primary) ? primary[1] : undefined
    },
    async stop() {
      redis.disconnect()
      await running.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Servers of a Cluster speak to each other at a port that is 10,000 higher. */
async function freeClusterPort(): Promise<number> {
  for (;;) {
    const port = await freePort()
    if (port < 55_536) return port
  }
}

async function until<Value>(what: string, find: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = performance.now() + DEADLINE_MS
  for (;;) {
    const found = await find()
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`there was not ${what} within ${DEADLINE_MS / 1000} s`)
    await sleep(50)
  }
}
