import { type ChainableCommander, Cluster } from 'ioredis'
import { primaryNameOf, type RedisClient } from './redis-client.ts'

/**
 * What an installation cannot lose: it was confirmed to a sender, says what the other systems are about to be told, or exists nowhere else.
 */
export type KeptStep = 'delivery' | 'opening' | 'mark' | 'token'

export interface ReplicasOptions {
  /** How many replicas must have a step. 0: none, and Redis is not asked. */
  readonly wanted: number
  /** How long a step waits for them. Other commands of the connection wait as long. */
  readonly waitMs: number
  /** A step was made, and too few replicas have it. */
  readonly onMissing?: (step: KeptStep) => void
  /** After the first such step, and after the first one that enough replicas have again. On a Cluster for each primary, which is named. */
  readonly onChange?: (isMissing: boolean, primary: string | undefined) => void
  readonly now?: () => number
}

/** A step that is confirmed, and a key that it writes. */
interface ConfirmedStep {
  readonly step: KeptStep
  readonly key: string
}

/** A step that was made. */
export interface Confirmed {
  /** What the last of its writes answered. */
  readonly answer: unknown
  /** Enough replicas have it. */
  readonly isKept: boolean
  /** Too few have it, and enough were there until less than a minute ago: what would be sent next has to wait. */
  readonly holdsBack: boolean
}

/** What was seen of one primary's replicas. */
interface Seen {
  readonly primary: string | undefined
  missingSince: number | undefined
  lastMissedAt: number
  lastFullWaitAt: number
}

/** A step was made, and fewer replicas than wanted have it. If the primary is lost now, the step may be lost with it. */
export class ReplicasMissing extends Error {
  constructor() {
    super('too few replicas of redis have the step')
    this.name = 'ReplicasMissing'
  }
}

/** While replicas are missing, one step in this time waits for them in full, so that their return is noticed. */
const FULL_WAIT_EVERY_MS = 1000
/** The others wait this long. A connection makes its steps one after the other, so a full wait for each would stop it. */
const SHORT_WAIT_MS = 10
/** A miss longer ago than this says nothing about now. */
const FORGET_AFTER_MS = 30_000
/** How long a mark or an opening waits for replicas. Afterwards it is sent without them: an installation must not stop because they are away. */
const SENDING_WAITS_MS = 60_000

export type Replicas = ReturnType<typeof createReplicas>

/**
 * Decides whether a step is at enough replicas (docs/operating/failover.md). `WAIT` confirms what its own connection wrote before. So it is
 * sent together with the write, in one pipeline, which ioredis never sends again in part.
 */
export function createReplicas({ wanted, waitMs, onMissing, onChange, now = Date.now }: ReplicasOptions) {
  /** Each primary of a Cluster has replicas of its own: those of one say nothing about those of another. */
  const seenOf = new Map<string | undefined, Seen>()

  function look(redis: RedisClient, key: string): Seen {
    const primary = primaryNameOf(redis, key)
    const seen = seenOf.get(primary) ?? { primary, missingSince: undefined, lastMissedAt: 0, lastFullWaitAt: 0 }
    seenOf.set(primary, seen)
    return seen
  }

  /** Since when replicas have been missing, if they were a moment ago. */
  const missingFor = ({ missingSince, lastMissedAt }: Seen): number | undefined =>
    missingSince === undefined || now() - lastMissedAt > FORGET_AFTER_MS ? undefined : now() - missingSince

  const holds = (seen: Seen): boolean => (missingFor(seen) ?? SENDING_WAITS_MS) < SENDING_WAITS_MS

  function nextWaitMs(seen: Seen): number {
    if (missingFor(seen) !== undefined && now() - seen.lastFullWaitAt < FULL_WAIT_EVERY_MS) return SHORT_WAIT_MS
    seen.lastFullWaitAt = now()
    return waitMs
  }

  function record(isEnough: boolean, step: KeptStep, seen: Seen): void {
    if (isEnough) {
      if (seen.missingSince !== undefined) onChange?.(false, seen.primary)
      seen.missingSince = undefined
      return
    }
    if (missingFor(seen) === undefined) {
      seen.missingSince = now()
      onChange?.(true, seen.primary)
    }
    seen.lastMissedAt = now()
    onMissing?.(step)
  }

  /**
   * For `wanted` above 0, and writes that may be repeated. Makes them and says whether enough replicas have them. A failover may give the key
   * to another primary meanwhile: what is recorded and answered is about the one that was asked.
   */
  async function confirm(
    redis: RedisClient,
    { step, key }: ConfirmedStep,
    write: (pipeline: ChainableCommander) => ChainableCommander,
    triesLeft = 2,
  ): Promise<Confirmed> {
    const seen = look(redis, key)
    const answers = (await write(redis.pipeline()).wait(wanted, nextWaitMs(seen)).exec()) ?? []
    const written = answers.slice(0, -1)
    const failed = written.find(([error]) => error)?.[0]
    if (failed && redis instanceof Cluster && /^(MOVED|ASK) /.test(failed.message) && triesLeft > 0) {
      // A Cluster follows no redirection of a pipeline that `WAIT` has answered. It follows one of the writes alone, and learns from it.
      await write(redis.pipeline()).exec()
      return await confirm(redis, { step, key }, write, triesLeft - 1)
    }
    if (failed) throw failed
    const answer = written.at(-1)?.[1]
    const [error, found] = answers.at(-1) ?? []
    // A primary that was made a replica meanwhile refuses `WAIT`: the write is lost.
    const isKept = !error && typeof found === 'number' && found >= wanted
    record(isKept, step, seen)
    return { answer, isKept, holdsBack: holds(seen) }
  }

  return {
    wanted,
    confirm,
    /**
     * Whether enough replicas have all that the primary has written so far. `WAIT` alone would not say it of what another connection
     * wrote, or this one before it was renewed. So `key` is written first. For a step that is made again and finds its work done.
     */
    async confirmEarlier(redis: RedisClient, step: KeptStep, key: string): Promise<boolean> {
      if (wanted === 0) return true
      return (await confirm(redis, { step, key }, pipeline => pipeline.set(key, '', 'EX', 60))).isKept
    },
    /** Whether what is recorded beside this key has to wait before it is sent: enough replicas were there until less than a minute ago. */
    holdsBack: (redis: RedisClient, key: string): boolean => holds(look(redis, key)),
  }
}

/** For steps that nobody has to confirm. */
export const noReplicas: Replicas = createReplicas({ wanted: 0, waitMs: 0 })
