import { Command } from 'ioredis'
import { FIRST_PORT, freePort, isFree } from '../free-port.ts'
import { type LinkOptions, type NetworkLink, openLink } from './network-link.ts'
import { findRedisBinary } from './redis-binary.ts'
import { type RedisMember, type StartedMember, startMember } from './redis-member.ts'
import { until } from './until.ts'

/** Three primaries, each with a third of the slots. */
export interface RedisCluster {
  /** The servers: `127.0.0.1:7000,…`. */
  readonly addresses: string
  readonly members: readonly RedisMember[]
  /** Whom most servers call the primary of a key's slot now. */
  readonly primaryOf: (key: string) => Promise<RedisMember>
  /** Resolves when most servers call another one the primary of a key's slot, and it takes writes. */
  readonly untilOtherThan: (former: RedisMember, key: string) => Promise<RedisMember>
  /** Resolves when the servers agree and all replicas are in step, with the primary of a key's slot. */
  readonly untilWhole: (key: string) => Promise<RedisMember>
  /** Gives the slot of a key, which has to be empty, to another primary than the one that has it. Gives that one, once all agree. */
  readonly moveSlotOf: (key: string) => Promise<RedisMember>
  readonly stop: () => Promise<void>
}

export interface ClusterOptions extends Pick<LinkOptions, 'tls'> {
  /** Whether each primary has a replica that takes over. */
  readonly replicas?: boolean
  /** Further settings of every server. */
  readonly settings?: Readonly<Record<string, string>>
}

const PRIMARIES = 3
const SLOTS = 16_384
/** Servers of a Cluster call each other at a port that is so much higher. */
const BUS_OFFSET = 10_000
/** On a busy machine less than 2 s finds servers gone that are not. */
const NODE_TIMEOUT_MS = 2000

/** Starts all on loopback. Ends with this process. */
export async function startCluster({
  replicas = false,
  settings = {},
  tls = false,
}: ClusterOptions = {}): Promise<RedisCluster> {
  const binary = await findRedisBinary()
  if (binary === undefined) throw new Error('there is no Redis 6.2 or later here')
  const members: ClusterMember[] = []
  const buses: NetworkLink[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(members.map(member => member.stop()))
  }
  try {
    for (let count = 0; count < PRIMARIES * (replicas ? 2 : 1); count += 1)
      members.push(await startClusterMember({ file: binary.file, settings, buses, tls }))
    await join(members)
  } catch (error) {
    await stop()
    throw error
  }
  /** Whom each server calls the primary of a slot; undefined for one that does not answer. */
  const namedBy = (slot: number): Promise<(number | undefined)[]> =>
    Promise.all(members.map(member => member.primaryPort(slot).catch(() => undefined)))
  async function primaryOf(key: string): Promise<ClusterMember> {
    const named = await namedBy(slotOf(key))
    // Each server learns of a failover by itself: what most of them say counts.
    const primary = members.find(({ port }) => named.filter(each => each === port).length * 2 > members.length)
    if (primary === undefined) throw new Error(`the servers name no primary: ${named.join(', ')}`)
    return primary
  }
  return {
    addresses: members.map(({ port }) => `127.0.0.1:${port}`).join(','),
    members,
    primaryOf,
    untilOtherThan: (former, key) =>
      until('another primary', async () => {
        const primary = await primaryOf(key)
        return primary !== former && (await works(primary)) ? primary : undefined
      }),
    untilWhole: key =>
      until('a primary with a replica for each third of the slots', async () =>
        (await isWhole(members)) ? await primaryOf(key) : undefined,
      ),
    async moveSlotOf(key) {
      const former = await primaryOf(key)
      const next = members.slice(0, PRIMARIES).find(member => member !== former)
      if (next === undefined) throw new Error('there is no other primary')
      const [id, formerId] = await Promise.all([next, former].map(({ redis }) => redis.cluster('MYID')))
      const slot = slotOf(key)
      // So it takes the slot in an epoch of its own, the newest. Else it gives it back when the former one speaks of it meanwhile.
      await next.redis.cluster('SETSLOT', slot, 'IMPORTING', String(formerId))
      for (const { redis } of [next, former]) await redis.cluster('SETSLOT', slot, 'NODE', String(id))
      // The others learn of it from these two. Until then they lead a connection that asks them back to the former one.
      await until(
        'servers that agree about a slot',
        async () => (await namedBy(slot)).every(port => port === next.port) || undefined,
      )
      return next
    },
    stop,
  }
}

const works = async ({ redis, isPrimary }: ClusterMember): Promise<boolean> =>
  (await isPrimary()) && (await redis.cluster('INFO')).includes('cluster_state:ok')

/** All servers say that the Cluster works, and each primary has a replica if there are any. */
async function isWhole(members: readonly ClusterMember[]): Promise<boolean> {
  const infos = await Promise.all(members.map(({ redis }) => redis.cluster('INFO')))
  const primaries = (
    await Promise.all(members.map(async member => ((await member.isPrimary()) ? [member] : [])))
  ).flat()
  const replicas = await Promise.all(primaries.map(primary => primary.replicasInStep()))
  return (
    infos.every(info => info.includes('cluster_state:ok')) &&
    primaries.length === PRIMARIES &&
    replicas.every(count => count === members.length / PRIMARIES - 1)
  )
}

const slotOf = (key: string): number => new Command('get', [key]).getSlot()

/** Makes a Cluster of servers that do not know each other. Those after the first three become replicas. */
async function join(members: readonly ClusterMember[]): Promise<void> {
  const [first, ...others] = members
  const primaries = members.slice(0, PRIMARIES)
  for (const [index, { redis }] of primaries.entries()) {
    const [from, to] = [index, index + 1].map(each => Math.floor((each * SLOTS) / PRIMARIES))
    const slots = Array.from({ length: (to ?? 0) - (from ?? 0) }, (_, offset) => (from ?? 0) + offset)
    await redis.cluster('ADDSLOTS', ...slots)
    await redis.cluster('SET-CONFIG-EPOCH', index + 1)
  }
  for (const { redis } of others) await redis.cluster('MEET', '127.0.0.1', first?.port ?? 0, first?.busPort ?? 0)
  await until('a cluster', async () => {
    const infos = await Promise.all(members.map(({ redis }) => redis.cluster('INFO')))
    return infos.every(info => info.includes(`cluster_known_nodes:${members.length}`)) || undefined
  })
  for (const [index, { redis }] of members.slice(PRIMARIES).entries())
    await redis.cluster('REPLICATE', String(await primaries[index]?.redis.cluster('MYID')))
  await until('a cluster that works', async () => (await isWhole(members)) || undefined)
}

interface ClusterMember extends StartedMember {
  readonly busPort: number
  readonly primaryPort: (slot: number) => Promise<number | undefined>
}

interface ClusterMemberStart extends Pick<LinkOptions, 'tls'> {
  readonly file: string
  readonly settings: Readonly<Record<string, string>>
  /** At which servers call each other, of all servers. */
  readonly buses: NetworkLink[]
}

async function startClusterMember({ file, settings, buses, tls = false }: ClusterMemberStart): Promise<ClusterMember> {
  const own = await freeClusterPort()
  const link = await openLink(own, { tls })
  const bus = await openLink(own + BUS_OFFSET)
  buses.push(bus)
  let id = ''
  const member = await startMember({
    file,
    own,
    link: {
      port: link.port,
      cutOff(from) {
        link.cutOff(from)
        // What it says to the others has its id at this place.
        for (const each of buses) each.cutOff(each === bus ? 'everyone' : new RegExp(`^.{40}${id}`, 's'))
      },
      restore() {
        for (const each of [link, ...buses]) each.restore()
      },
      async close() {
        await Promise.all([link.close(), bus.close()])
      },
    },
    settings: {
      'cluster-enabled': 'yes',
      'cluster-config-file': 'nodes.conf',
      'cluster-node-timeout': String(NODE_TIMEOUT_MS),
      'cluster-announce-ip': '127.0.0.1',
      'cluster-announce-port': String(link.port),
      'cluster-announce-bus-port': String(bus.port),
      ...settings,
    },
  })
  id = await member.redis.cluster('MYID')
  return {
    ...member,
    busPort: bus.port,
    async primaryPort(slot) {
      const ranges = await member.redis.cluster('SLOTS')
      const [range] = ranges.filter(([from, to]) => from <= slot && slot <= to)
      const [, , primary] = range ?? []
      return Array.isArray(primary) ? primary[1] : undefined
    },
  }
}

/** Both below the ports that systems give to outgoing connections, and the first one below those that `freePort` gives. */
async function freeClusterPort(): Promise<number> {
  for (;;) {
    const port = (await freePort()) - BUS_OFFSET
    if (port < FIRST_PORT && (await isFree(port))) return port
  }
}
