import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NonEmpty } from '@ponte/contracts'
import type { RedisClient } from './redis-client.ts'
import { type Change, releaseKey, type ValueOf, change, type Fence, runStep, type Step } from './step.ts'
import { type Clock, startStopwatch, systemClock } from './clock.ts'
import { loadScript } from './load-script.ts'

/** Shorter than BullMQ's job lock, so that a job taken over from a killed worker finds its locks free. */
const LOCK_MS = 4000
const RENEW_EVERY_MS = 1000

const renew = loadScript(import.meta.dirname, 'renew-lock.lua')

/** For callers that only read what a lock protects: throws a TypeError when they write. */
export const noFence = (lockName: string): Fence => {
  throw new TypeError(`nothing may be written without the lock ${lockName}`)
}

export interface Lock {
  fenceOf(key: string): Fence
  /** Aborted as soon as the lock may belong to somebody else: nothing more may be written under it. */
  readonly signal: AbortSignal
  /**
   * Checks the clocks, too. A process that stood still (a frozen or suspended machine, a long pause) may handle what arrived meanwhile
   * before the timer of `signal` runs. So call this right before something that cannot be undone. When the two clocks disagree, the larger
   * count decides: a lock that cannot be proven held is lost.
   */
  isHeld(): boolean
  /** What was read in the step that took the lock. */
  readonly valueOf: ValueOf
  release(): Promise<void>
  /** The changes that release the lock, for the last step under it. From now on the lock is not renewed. */
  releaseInStep(): readonly Change[]
  /** That step was done: there is nothing left to release. */
  wasReleased(): void
}

/** What is done in the step that takes a lock. Nothing of it happens while somebody else holds one of the keys. */
export interface LockOptions extends Pick<Step, 'fences' | 'changes' | 'readings' | 'confirmedBy'> {
  /** How long to wait while somebody else holds one of the keys. */
  readonly waitMs: number
  /** How long the lock lasts without being renewed. Default: 4 s. */
  readonly lockMs?: number | undefined
  /** For tests. */
  readonly clock?: Clock
}

/**
 * Takes all keys or none, waiting up to `waitMs`; `undefined` when somebody else still holds one. Throws LockLost when a lock of `fences`
 * is lost. The lock ends by itself `lockMs` after its last renewal, both in Redis and here: the holder's own clock aborts `signal` even
 * when Redis is away. (Written here because the published lock packages take one key at a time or end the process when a renewal fails.)
 */
export async function acquireLock(
  redis: RedisClient,
  keys: NonEmpty<string>,
  { waitMs, lockMs = LOCK_MS, clock = systemClock, ...step }: LockOptions,
): Promise<Lock | undefined> {
  const token = randomUUID()
  const waited = startStopwatch(clock)
  for (;;) {
    const sinceAsked = startStopwatch(clock)
    const valueOf = await runStep(redis, { ...step, take: { keys, token, lockMs } })
    if (valueOf !== undefined) return hold({ redis, keys, token, lockMs, clock, sinceAsked, valueOf })
    if (waited() >= waitMs) return undefined
    await sleep(40 + Math.random() * 80)
  }
}

function hold(options: {
  redis: RedisClient
  keys: readonly string[]
  token: string
  lockMs: number
  clock: Clock
  sinceAsked: () => number
  valueOf: ValueOf
}): Lock {
  const { redis, keys, token, lockMs, clock, sinceAsked, valueOf } = options
  const releases = keys.map(key => releaseKey(key, token))
  const lost = new AbortController()
  /** Time since the last request that gave or renewed the lock was sent. */
  let sinceGiven = sinceAsked
  let deadline = setTimeout(lose, lockMs - sinceGiven())
  const renewal = setInterval(() => void extend(), Math.min(RENEW_EVERY_MS, lockMs / 3))
  let isOver = false

  function lose(): void {
    clearInterval(renewal)
    lost.abort()
  }

  async function extend(): Promise<void> {
    const sinceSent = startStopwatch(clock)
    // An error says nothing about the lock: the deadline decides.
    const answer = await renew(redis, keys, [token, lockMs]).catch(() => undefined)
    if (isOver || lost.signal.aborted || answer === undefined) return
    clearTimeout(deadline)
    if (answer !== 1) return lose()
    sinceGiven = sinceSent
    deadline = setTimeout(lose, lockMs - sinceGiven())
  }

  return {
    signal: lost.signal,
    isHeld() {
      if (sinceGiven() >= lockMs) lose()
      return !lost.signal.aborted
    },
    fenceOf: key => ({ key, token }),
    valueOf,
    async release() {
      stop()
      // A failed release is no fault: the lock ends by itself.
      await change(redis, releases).catch(() => undefined)
    },
    releaseInStep() {
      // A renewal that comes after the release would find the lock lost.
      clearInterval(renewal)
      return releases
    },
    wasReleased: stop,
  }

  function stop(): void {
    isOver = true
    clearInterval(renewal)
    clearTimeout(deadline)
  }
}
