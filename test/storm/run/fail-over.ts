import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisMember, SentinelSet } from '@ponte/testbed'

/** From one failover to the next. */
const EVERY_MS = 20_000
/** Longer than the Sentinels need to name another primary. */
const CUT_OFF_MS = 8000

/** How a primary goes away, and how its server comes back afterwards. */
const losses: readonly {
  readonly name: string
  readonly begin: (primary: RedisMember) => unknown
  readonly end: (former: RedisMember) => unknown
}[] = [
  { name: 'its machine is lost', begin: primary => primary.lose(), end: former => former.restart() },
  { name: 'it is frozen', begin: primary => primary.pause(), end: former => former.resume() },
  {
    name: 'its replicas and Sentinels are cut off from it',
    begin: primary => primary.cutOff('members'),
    end: former => former.reconnect(),
  },
  {
    name: 'everyone is cut off from it',
    begin: primary => primary.cutOff('everyone'),
    end: former => former.reconnect(),
  },
]

export interface FailoverContext {
  /** By `performance.now`: none begins afterwards. */
  readonly endsAt: number
  /** Which loss comes first. */
  readonly seed: number
  readonly log: (text: string) => void
}

/** Loses one primary after the other, each in another way. When all is over, the set is whole. */
export async function injectFailovers(set: SentinelSet, { endsAt, seed, log }: FailoverContext): Promise<void> {
  let count = 0
  for (let nextAt = performance.now() + EVERY_MS / 4; nextAt < endsAt; nextAt += EVERY_MS) {
    await sleep(Math.max(0, nextAt - performance.now()))
    const loss = losses[(seed + count) % losses.length]
    // The next one is lost when both replicas are back.
    const primary = await set.untilWhole()
    if (loss === undefined || performance.now() >= endsAt) break
    count += 1
    log(`failover of the primary at ${primary.port}: ${loss.name}`)
    const startedAt = performance.now()
    await loss.begin(primary)
    const next = await set.untilOtherThan(primary)
    const took = performance.now() - startedAt
    log(`the primary is at ${next.port} after ${Math.round(took)} ms`)
    await sleep(Math.max(0, CUT_OFF_MS - took))
    await loss.end(primary)
  }
  await set.untilWhole()
}
