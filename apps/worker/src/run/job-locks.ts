import { mapNonEmpty, type NonEmpty, message } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import {
  acquireLock,
  type Change,
  type Fence,
  isRecorded,
  type Lock,
  LockLost,
  noFence,
  runStep,
  stateKey,
  type Step,
  type ValueOf,
  type RedisClient,
} from '@ponte/state'
import { JobDelayed } from '../calls/job-delayed.ts'

/** How long a job waits for another job's lock before it goes back to the queue. */
const LOCK_WAIT_MS = 2000
const LOCK_PAUSE_MS = 500

export type JobLocks = ReturnType<typeof createJobLocks>

export interface LockedStep extends Pick<Step, 'changes' | 'readings' | 'confirmedBy'> {
  /**
   * When the work fails, its locks stay until the run is over, so that the failure is recorded before another job may try. The run goes on
   * under them when it locks the same names again.
   */
  readonly keepsOnFailure?: boolean
  /** Runs when another job holds one of the locks, before the job goes back to the queue. */
  readonly ifTaken?: () => Promise<void>
}

export interface JobLocksOptions {
  readonly redis: RedisClient
  readonly tenant: Tenant
  readonly abort: () => void
  /** How long a lock lasts without being renewed. For tests. */
  readonly lockMs?: number
}

/** Locks that were taken within `locked`, with what their step read. */
export interface FurtherLocks {
  readonly valueOf: ValueOf
  /** Gives them back before the work around them has ended. */
  release(): Promise<void>
}

/** The locks of one run of a job. Calls `abort` as soon as one of them may belong to another job. */
export function createJobLocks({ redis, tenant, abort, lockMs }: JobLocksOptions) {
  const held = new Map<string, Lock>()
  /** Names whose locks stayed after failed work (`keepsOnFailure`). */
  const kept = new Set<string>()
  /** Names that `lockFurther` took. The work that is around it gives them back. */
  const further: string[] = []
  const keyOf = (name: string): string => stateKey(tenant.name, 'lock', name)
  const fenceOf = (name: string): Fence => held.get(name)?.fenceOf(keyOf(name)) ?? noFence(name)
  const fences = (): readonly Fence[] => [...held.keys()].map(fenceOf)

  async function take(names: NonEmpty<string>, step: LockedStep): Promise<ValueOf> {
    const keys = mapNonEmpty(names, keyOf)
    const lock = await acquireLock(redis, keys, { ...step, lockMs, waitMs: LOCK_WAIT_MS, fences: fences() })
    if (lock === undefined) {
      await step.ifTaken?.()
      throw new JobDelayed(message('record-locked'), LOCK_PAUSE_MS)
    }
    for (const name of names) held.set(name, lock)
    lock.signal.addEventListener('abort', abort, { once: true })
    return lock.valueOf
  }

  async function release(names: readonly string[]): Promise<void> {
    const locks = new Set(names.flatMap(name => held.get(name) ?? []))
    for (const name of names) {
      held.delete(name)
      kept.delete(name)
    }
    for (const lock of locks) lock.signal.removeEventListener('abort', abort)
    await Promise.all([...locks].map(lock => lock.release()))
  }

  /** Makes changes, and then reads, in one step under all locks of this run. Throws LockLost when one of them is lost. */
  async function underLocks(step: Pick<Step, 'changes' | 'readings' | 'confirmedBy'>): Promise<ValueOf> {
    const valueOf = await runStep(redis, { ...step, fences: fences() })
    if (valueOf === undefined) throw new TypeError('a step that takes no locks finds none taken')
    return valueOf
  }

  return {
    /** Proves to Redis that this run holds the lock with this name. */
    fenceOf,

    /** Whether this run still holds all its locks, by the clock of this process. */
    areHeld: (): boolean => [...held.values()].every(lock => lock.isHeld()),

    /**
     * Runs `work` while holding the locks of these names. Throws JobDelayed when another job holds one of them. Changes and readings are
     * made in the step that takes the locks. If it does not get them, or if this run has lost another lock, nothing is changed.
     */
    async locked<Result>(
      names: NonEmpty<string>,
      work: (valueOf: ValueOf) => Promise<Result>,
      step: LockedStep = {},
    ): Promise<Result> {
      const { keepsOnFailure = false, ifTaken: _, ...kinds } = step
      const valueOf = names.every(name => kept.has(name)) ? await underLocks(kinds) : await take(names, step)
      for (const name of names) kept.delete(name)
      const others = further.length
      let hasFailed = true
      try {
        const result = await work(valueOf)
        hasFailed = false
        return result
      } finally {
        const taken = further.splice(others)
        if (hasFailed && keepsOnFailure) for (const name of names) kept.add(name)
        else taken.push(...names)
        await release(taken)
      }
    },

    /** Takes further locks for work that runs inside `locked`, until that work ends. Else like `locked`. */
    async lockFurther(
      names: NonEmpty<string>,
      step: Pick<Step, 'changes' | 'readings' | 'confirmedBy'> = {},
    ): Promise<FurtherLocks> {
      const valueOf = await take(names, step)
      further.push(...names)
      return { valueOf, release: () => release(names) }
    },

    underLocks,

    /** For the end of a run: releases all locks that it still holds. */
    releaseAll: (): Promise<void> => release([...held.keys()]),

    /**
     * Makes the last changes of a run and releases all its locks in the same step. Throws LockLost when one of them is lost. If the step's
     * answer is lost, ioredis sends the step again, and Redis finds the locks released before their time. The step then counts as done if
     * its records are there.
     */
    async recordAndRelease(changes: readonly Change[]): Promise<void> {
      const locks = new Set(held.values())
      const releases = [...locks].flatMap(lock => lock.releaseInStep())
      try {
        await runStep(redis, { fences: fences(), changes: [...changes, ...releases] })
      } catch (error) {
        const isInTime = [...locks].every(lock => lock.isHeld())
        if (!(error instanceof LockLost && isInTime && (await isRecorded(redis, changes)))) throw error
      }
      for (const lock of locks) {
        lock.signal.removeEventListener('abort', abort)
        lock.wasReleased()
      }
      held.clear()
      kept.clear()
    },
  }
}
