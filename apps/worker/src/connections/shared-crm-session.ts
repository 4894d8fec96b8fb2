import { type CallGuard, type CredentialSource, logInToCrm } from '@ponte/clients'
import { say } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import { type SecretBox, stateKey } from '@ponte/state'
import type { Redis } from 'ioredis'
import { guardUnderLock, renewShared } from './renew-shared.ts'

/** A session whose end the CRM tells in another way than by a 401 lives no longer than this. */
const LONGEST_LIFE_MS = 3_600_000

export interface CrmSessionOptions {
  readonly redis: Redis
  readonly tenant: Tenant
  readonly box: SecretBox
  /** Fingerprint of the login: workers with another password have a session of their own. */
  readonly credential: string
}

/**
 * The session at TOTVS CRM, shared by all workers of a tenant, because a CRM may allow a user one session only, and each login
 * would end that of the others. Kept encrypted; losing it costs a login.
 */
export function createSharedCrmSession({ redis, tenant, box, credential }: CrmSessionOptions) {
  const key = stateKey(tenant.name, 'crm-session', credential)

  async function read(): Promise<string | undefined> {
    const sealed = await redis.get(key)
    return sealed === null ? undefined : box.open(sealed, key)
  }

  /** The session as one job uses it. */
  return (guard: CallGuard): CredentialSource => {
    const renewUnless = (isUsable: (cookie: string) => boolean) =>
      renewShared({
        redis,
        lockKey: stateKey(tenant.name, 'lock', `crm-session:${credential}`),
        busy: say('another worker logs in to TOTVS CRM'),
        async readUsable() {
          const cookie = await read()
          return cookie !== undefined && isUsable(cookie) ? cookie : undefined
        },
        async renew(lock) {
          const cookie = await logInToCrm({
            settings: tenant.settings.totvsCrm,
            guard: guardUnderLock(guard, lock),
          })
          await redis.set(key, box.seal(cookie, key), 'PX', LONGEST_LIFE_MS)
          return cookie
        },
      })
    return {
      async current() {
        const cookie = await read()
        return cookie === undefined ? await renewUnless(() => true) : { value: cookie, isNew: false }
      },
      renew: rejected => renewUnless(cookie => cookie !== rejected),
    }
  }
}
