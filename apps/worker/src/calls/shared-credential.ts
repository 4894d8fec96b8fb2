import { message, type WaitReason } from '@ponte/contracts'
import { acquireLock, type Lock, type RedisClient, type SecretBox, stateKey } from '@ponte/state'
import { type CallGuard, type Credential, type CredentialSource, logInToCrm } from '@ponte/clients'
import type { Tenant } from '@ponte/runtime'
import { JobDelayed } from './job-delayed.ts'

const RENEWAL_WAIT_MS = 5000
const BUSY_PAUSE_MS = 1000

export interface SharedCredential<Stored> {
  readonly redis: RedisClient
  readonly lockKey: string
  /** Why a job waits for another worker. */
  readonly busy: WaitReason
  /** What the workers have stored of it. */
  readonly kept: Pick<ReturnType<typeof keepFor<Stored | undefined>>, 'current' | 'readAgain'>
  readonly valueOf: (stored: Stored) => string
  /** Whether it can be used without a renewal. */
  readonly isFresh: (stored: Stored) => boolean
  readonly renew: (lock: Lock) => Promise<string>
}

/** A credential that all workers of a tenant share, for one job. One worker renews it, the others wait for the new one. */
export function sharedCredential<Stored>(shared: SharedCredential<Stored>): CredentialSource {
  const { redis, lockKey, busy, kept, valueOf, isFresh, renew } = shared

  async function renewUnless(isUsable: (stored: Stored) => boolean): Promise<Credential> {
    const lock = await acquireLock(redis, [lockKey], { waitMs: RENEWAL_WAIT_MS })
    if (lock === undefined) throw new JobDelayed(busy, BUSY_PAUSE_MS)
    try {
      const stored = await kept.readAgain()
      if (stored !== undefined && isUsable(stored)) return { value: valueOf(stored), isNew: false }
      return { value: await renew(lock), isNew: true }
    } finally {
      await lock.release()
    }
  }

  /** Another job of this process may have renewed it, or found another worker's. */
  async function getUsable(isUsable: (stored: Stored) => boolean): Promise<Credential> {
    const stored = await kept.current()
    return stored !== undefined && isUsable(stored)
      ? { value: valueOf(stored), isNew: false }
      : await renewUnless(isUsable)
  }

  return {
    current: () => getUsable(isFresh),
    renew: rejected => getUsable(stored => valueOf(stored) !== rejected),
  }
}

/** The guard of a job, for a call that also needs another lock. */
export const guardUnderLock = ({ maySend = () => true, ...guard }: CallGuard, lock: Lock): CallGuard => ({
  ...guard,
  maySend: () => maySend() && lock.isHeld(),
})

/**
 * Remembers the result of `read` for this many milliseconds, counted from the call. Callers that come at the same time share one read. A
 * failed read is not remembered.
 */
export function keepFor<Value>(ms: number, read: () => Promise<Value>) {
  let last: { readonly at: number; readonly value: Promise<Value> } | undefined

  function keep(value: Promise<Value>): Promise<Value> {
    const own = { at: performance.now(), value }
    last = own
    value.catch(() => {
      if (last === own) last = undefined
    })
    return value
  }

  return {
    current: (): Promise<Value> => (last !== undefined && performance.now() - last.at < ms ? last.value : keep(read())),
    /** Reads now, whatever is remembered. */
    readAgain: (): Promise<Value> => keep(read()),
    /** Call it when the value has changed: the next caller reads again. */
    forget(): void {
      last = undefined
    },
  }
}

/** A session is renewed after this time even if the CRM never answers 401 (docs/vendors/totvs-crm.md#login). */
const MAX_LIFE_MS = 3_600_000
/** A process uses a session for this long without asking Redis for it. If it is refused before, it is read again and renewed. */
const KEEP_MS = 60_000

export interface CrmSessionOptions {
  readonly redis: RedisClient
  readonly tenant: Tenant
  readonly box: SecretBox
  /** Fingerprint of the login. Workers with another password have another session. */
  readonly credential: string
}

/**
 * The session in TOTVS CRM that all workers of a tenant share. A CRM may allow only one session for each user, and every login
 * would then end the session of the others (docs/vendors/totvs-crm.md#login). It is kept encrypted in Redis; losing it costs one login.
 */
export function createSharedCrmSession({ redis, tenant, box, credential }: CrmSessionOptions) {
  const key = stateKey(tenant.name, 'crm-session', credential)

  const session = keepFor(KEEP_MS, async () => {
    const sealed = await redis.get(key)
    return sealed === null ? undefined : box.open(sealed, key)
  })

  /** The session, for one job. */
  return (guard: CallGuard): CredentialSource =>
    sharedCredential({
      redis,
      lockKey: stateKey(tenant.name, 'lock', `crm-session:${credential}`),
      busy: message('login-elsewhere'),
      kept: session,
      valueOf: (cookie: string) => cookie,
      isFresh: () => true,
      async renew(lock) {
        const cookie = await logInToCrm({ settings: tenant.settings.totvsCrm, guard: guardUnderLock(guard, lock) })
        await redis.set(key, box.seal(cookie, key), 'PX', MAX_LIFE_MS)
        session.forget()
        return cookie
      },
    })
}
