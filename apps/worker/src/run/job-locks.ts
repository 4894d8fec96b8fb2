import { mapNonEmpty, type NonEmpty, message } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import { acquireLock, type Fence, type Lock, noFence, stateKey } from '@ponte/state'
import type { Redis } from 'ioredis'
import { JobDelayed } from './job-delayed.ts'

/** How long a job waits for another job's lock before it goes back to the queue. */
const LOCK_WAIT_MS = 2000
const LOCK_PAUSE_MS = 500

/** The locks of one run of a job. Calls `abort` as soon as one of them may belong to another job. */
export function createJobLocks({ redis, tenant, abort }: { redis: Redis; tenant: Tenant; abort: () => void }) {
  const held = new Map<string, Lock>()
  const keyOf = (name: string): string => stateKey(tenant.name, 'lock', name)
  return {
    /** Proves to Redis that this run holds the lock with this name. */
    fenceOf: (name: string): Fence => held.get(name)?.fenceOf(keyOf(name)) ?? noFence(name),

    /** Whether this run still holds all its locks, by the clock of this process. */
    areHeld: (): boolean => [...held.values()].every(lock => lock.isHeld()),

    /** Runs `work` while holding the locks of these names. Throws JobDelayed when another job holds one of them. */
    async locked<Result>(names: NonEmpty<string>, work: () => Promise<Result>): Promise<Result> {
      const lock = await acquireLock(redis, mapNonEmpty(names, keyOf), { waitMs: LOCK_WAIT_MS })
      if (lock === undefined) throw new JobDelayed(message('record-locked'), LOCK_PAUSE_MS)
      for (const name of names) held.set(name, lock)
      lock.signal.addEventListener('abort', abort, { once: true })
      try {
        return await work()
      } finally {
        lock.signal.removeEventListener('abort', abort)
        for (const name of names) held.delete(name)
        await lock.release()
      }
    },
  }
}
