import { mapNonEmpty, message } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import {
  acquireLock,
  type Change,
  type Fence,
  isRecorded,
  type KeptStep,
  type Lock,
  LockLost,
  noFence,
  type RedisClient,
  type Replicas,
  runStep,
  stateKey,
  type Step,
  type ValueOf,
} from '@ponte/state'
import { JobDelayed } from '../calls/job-delayed.ts'

/** How long a job waits for another job's lock before it goes back to the queue. */
const LOCK_WAIT_MS = 2000
const LOCK_PAUSE_MS = 500

export type JobLocks = ReturnType<typeof createJobLocks>

type RecordStep = Pick<Step, 'changes' | 'readings' | 'confirmedBy'>

export interface JobLocksOptions {
  readonly redis: RedisClient
  readonly tenant: Tenant
  readonly abort: () => void
  /** How long a lock lasts without being renewed. For tests. */
  readonly lockMs?: number
}

/**
 * The locks of one run of a job. The run keeps them until it is over, so that its failure is recorded before another job may try. Calls
 * `abort` as soon as one of them may belong to another job.
 */
export function createJobLocks({ redis, tenant, abort, lockMs }: JobLocksOptions) {
  const held = new Map<string, Lock>()
  const keyOf = (name: string): string => stateKey(tenant.name, 'lock', name)
  const fenceOf = (name: string): Fence => held.get(name)?.fenceOf(keyOf(name)) ?? noFence(name)
  const fences = (): readonly Fence[] => [...held.keys()].map(fenceOf)

  async function release(names: readonly string[]): Promise<void> {
    const locks = new Set(names.flatMap(name => held.get(name) ?? []))
    for (const name of names) held.delete(name)
    for (const lock of locks) lock.signal.removeEventListener('abort', abort)
    await Promise.all([...locks].map(lock => lock.release()))
  }

  /** Makes changes, and then reads, in one step under all locks of this run. Throws LockLost when one of them is lost. */
  async function underLocks(step: RecordStep): Promise<ValueOf> {
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
     * Takes the locks of these names that the run does not have yet. Throws JobDelayed when another job holds one of them, after `ifTaken`.
     * Changes and readings are made in the step that takes the locks. If it does not get them, or if this run has lost another lock, nothing
     * is changed.
     */
    async lock(names: readonly string[], step: RecordStep = {}, ifTaken?: () => Promise<void>): Promise<ValueOf> {
      const [first, ...others] = names.filter(name => !held.has(name))
      if (first === undefined) return await underLocks(step)
      const keys = mapNonEmpty([first, ...others], keyOf)
      const lock = await acquireLock(redis, keys, { ...step, lockMs, waitMs: LOCK_WAIT_MS, fences: fences() })
      if (lock === undefined) {
        await ifTaken?.()
        throw new JobDelayed(message('record-locked'), LOCK_PAUSE_MS)
      }
      for (const name of [first, ...others]) held.set(name, lock)
      lock.signal.addEventListener('abort', abort, { once: true })
      return lock.valueOf
    },

    underLocks,

    /** Gives these locks back before the run is over. */
    release,

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
    },
  }
}

/** What waits for replicas of Redis asks for them this often. */
const PAUSE_MS = 2000

export const replicasMissing = (): JobDelayed => new JobDelayed(message('replicas-missing'), PAUSE_MS)

/** The record of what is about to be sent, for the step that makes it. */
export interface Confirmation {
  readonly confirmedBy: NonNullable<Step['confirmedBy']>
  /**
   * For the moment before sending. Throws JobDelayed while too few replicas have the record: after a failover nobody would know of it, and
   * the same would be sent again. False when replicas have been missing for so long that it is sent without them.
   */
  requireReplicas(): boolean
}

export function confirmationBy(replicas: Replicas, step: KeptStep): Confirmation {
  let missing: { readonly holdsBack: boolean } | undefined
  return {
    confirmedBy: { replicas, step, onMissing: holdsBack => void (missing = { holdsBack }) },
    requireReplicas() {
      if (missing?.holdsBack === true) throw replicasMissing()
      return missing === undefined
    },
  }
}
