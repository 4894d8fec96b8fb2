import { acquireLock, type Lock } from '@ponte/state'
import type { CallGuard, Credential } from '@ponte/clients'
import type { Redis } from 'ioredis'
import { JobDelayed } from '../run/job-delayed.ts'

const RENEWAL_WAIT_MS = 5000
const BUSY_PAUSE_MS = 1000

export interface SharedRenewal {
  readonly redis: Redis
  readonly lockKey: string
  /** Said of a job that has to wait for another worker: a sentence of Ponte's. */
  readonly busy: string
  /** What another worker has got in the meantime, if it will do. */
  readonly readUsable: () => Promise<string | undefined>
  readonly renew: (lock: Lock) => Promise<string>
}

/** Renews a credential that all workers of a tenant share: one does it, while the others wait for what comes back. */
export async function renewShared({ redis, lockKey, busy, readUsable, renew }: SharedRenewal): Promise<Credential> {
  const lock = await acquireLock(redis, [lockKey], { waitMs: RENEWAL_WAIT_MS })
  if (lock === undefined) throw new JobDelayed(busy, BUSY_PAUSE_MS)
  try {
    const usable = await readUsable()
    if (usable !== undefined) return { value: usable, isNew: false }
    return { value: await renew(lock), isNew: true }
  } finally {
    await lock.release()
  }
}

/** The guard of a job, for a call that is made under a lock of its own as well. */
export const guardUnderLock = ({ mayLeave = () => true, ...guard }: CallGuard, lock: Lock): CallGuard => ({
  ...guard,
  mayLeave: () => mayLeave() && lock.isHeld(),
})
