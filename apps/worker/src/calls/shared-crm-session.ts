import { type CallGuard, type CredentialSource, logInToCrm } from '@ponte/clients'
import { message } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import { type SecretBox, stateKey, type RedisClient } from '@ponte/state'
import { guardUnderLock, keepFor, sharedCredential } from './shared-credential.ts'

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
