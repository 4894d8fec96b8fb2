import { setTimeout as sleep } from 'node:timers/promises'
import { type RedisMember, startCluster, startSentinels } from '@ponte/testbed'

/** From one failover to the next. */
const EVERY_MS = 20_000
/** Longer than it takes until there is another primary. */
const CUT_OFF_MS = 8000
/** However long a set takes until it is whole again, so many are lost. */
const LEAST_LOSSES = 2

/** How a primary goes away, and how its server comes back afterwards. */
const losses: readonly {
  readonly name: string
  readonly begin: (primary: RedisMember) => unknown
  readonly end: (former: RedisMember) => unknown
}[] = [
  { name: 'its machine is lost', begin: primary => primary.lose(), end: former => former.restart() },
  { name: 'it is frozen', begin: primary => primary.pause(), end: former => former.resume() },
  {
    name: 'the other servers are cut off from it',
    begin: primary => primary.cutOff('members'),
    end: former => former.reconnect(),
  },
  {
    name: 'everyone is cut off from it',
    begin: primary => primary.cutOff('everyone'),
    end: former => former.reconnect(),
  },
]

/** What watches the primary and replaces it. */
export type FailoverKind = 'sentinel' | 'cluster'

/** A Redis of which the primary that a tenant has can be lost. */
export interface FailoverRedis {
  /** As Ponte is told where it is. */
  readonly env: Readonly<Record<string, string>>
  /** As others are. */
  readonly connection: SentinelAddress | ClusterAddress
  readonly stop: () => Promise<void>
  readonly of: (tenant: string) => FailoverSet
}

export interface SentinelAddress {
  readonly name: string
  readonly sentinels: { host: string; port: number }[]
}

export interface ClusterAddress {
  readonly nodes: { host: string; port: number }[]
}

interface FailoverSet {
  /** Resolves with the primary when it has all its replicas. */
  readonly untilWhole: () => Promise<RedisMember>
  readonly untilOtherThan: (former: RedisMember) => Promise<RedisMember>
}

export async function startFailoverRedis(kind: FailoverKind): Promise<FailoverRedis> {
  if (kind === 'sentinel') {
    const set = await startSentinels()
    const env = { REDIS_SENTINELS: set.addresses, REDIS_SENTINEL_NAME: set.name }
    return { env, connection: set.connection, stop: set.stop, of: () => set }
  }
  const cluster = await startCluster({ replicas: true })
  return {
    env: { REDIS_CLUSTER: cluster.addresses },
    connection: { nodes: cluster.members.map(({ port }) => ({ host: '127.0.0.1', port })) },
    stop: cluster.stop,
    of(tenant) {
      const key = `{${tenant}}:any`
      return {
        untilWhole: () => cluster.untilWhole(key),
        untilOtherThan: former => cluster.untilOtherThan(former, key),
      }
    },
  }
}

export interface FailoverContext {
  /** By `performance.now`: when enough were lost, none begins afterwards. */
  readonly endsAt: number
  /** Which loss comes first. */
  readonly seed: number
  readonly log: (text: string) => void
}

/** When a primary was away, and what it did might be lost: ISO 8601. */
export interface PrimaryLoss {
  readonly from: string
  readonly to: string
}

/** Loses one primary after the other, each in another way. When all is over, the set is whole. */
export async function injectFailovers(
  set: FailoverSet,
  { endsAt, seed, log }: FailoverContext,
): Promise<PrimaryLoss[]> {
  const lost: PrimaryLoss[] = []
  const isOver = (at: number): boolean => at >= endsAt && lost.length >= LEAST_LOSSES
  for (let nextAt = performance.now() + EVERY_MS / 4; !isOver(nextAt); nextAt += EVERY_MS) {
    await sleep(Math.max(0, nextAt - performance.now()))
    const loss = losses[(seed + lost.length) % losses.length]
    // The next one is lost when all replicas are back.
    const primary = await set.untilWhole()
    if (loss === undefined || isOver(performance.now())) break
    log(`failover of the primary at ${primary.port}: ${loss.name}`)
    const from = new Date().toISOString()
    // The replicas have what it did before that, however busy the machine is.
    await primary.untilReplicated()
    const startedAt = performance.now()
    await loss.begin(primary)
    const next = await set.untilOtherThan(primary)
    const took = performance.now() - startedAt
    log(`the primary is at ${next.port} after ${Math.round(took)} ms`)
    await sleep(Math.max(0, CUT_OFF_MS - took))
    await loss.end(primary)
    lost.push({ from, to: new Date().toISOString() })
  }
  await set.untilWhole()
  return lost
}
