import { freePort } from '../free-port.ts'
import { type LinkOptions, openLink } from './network-link.ts'
import { findRedisBinary } from './redis-binary.ts'
import { type RedisMember, type StartedMember, startMember } from './redis-member.ts'
import { SET_NAME, type StartedSentinel, startSentinel } from './sentinel-process.ts'
import { until } from './until.ts'

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

export interface SentinelOptions extends LinkOptions {
  /** After so long without an answer a server counts as gone. Longer than a primary that stands alone takes writes, 2 s. */
  readonly downAfterMs?: number
  /** Of the Sentinels. Default: none. */
  readonly password?: string
}

/** Starts all on loopback. Ends with this process. */
export async function startSentinels({
  downAfterMs = 3000,
  password,
  ...linkOptions
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
    const leader = sentinels.length === 0 ? members[0]?.port : (await primary()).port
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
      members.push(await startSetMember({ file, leaderFor, ...linkOptions }))
    const first = members[0]?.port ?? 0
    for (let count = 0; count < SENTINELS; count += 1)
      sentinels.push(await startSentinel({ file, primary: first, downAfterMs, password, ...linkOptions }))
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

interface SetMemberStart extends LinkOptions {
  readonly file: string
  readonly leaderFor: (port: number) => Promise<number | undefined>
}

async function startSetMember({ file, leaderFor, ...linkOptions }: SetMemberStart): Promise<StartedMember> {
  const own = await freePort()
  const link = await openLink(own, linkOptions)
  return await startMember({
    file,
    own,
    link,
    settings: {
      'replica-announce-ip': '127.0.0.1',
      'replica-announce-port': String(link.port),
      // A primary that stands alone refuses writes before another one is named, so that there are never two of them.
      'min-replicas-to-write': '1',
      'min-replicas-max-lag': '2',
    },
    async furtherArgs() {
      const leader = await leaderFor(link.port)
      return leader === undefined ? [] : ['--replicaof', '127.0.0.1', String(leader)]
    },
  })
}
