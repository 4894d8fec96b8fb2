import { createCrmSession, onlyReading, createRdStationClient, createTotvsCrmClient } from '@ponte/clients'
import { createRateLimiter, createTokenStore, tokenSeed } from '@ponte/state'
import { createCommandCallGuard } from './command-call-guard.ts'
import { obtainAccessToken, type StoredAccess } from './open-rd-station.ts'

/** Another program works with the same account: this much of the quota is left to it. */
const SHARE = 1 / 4

/** Both systems for a command that only reads. A call that would create or change a record is refused before it is made. */
export function openForReading(access: StoredAccess) {
  const { tenant, redis, box } = access
  const { totvsCrm, rdStation } = tenant.settings
  const limiter = createRateLimiter(redis, tenant.name, { callsPerMinute: rdStation.callsPerMinute * SHARE })
  const [crmGuard, guard] = [onlyReading(createCommandCallGuard()), onlyReading(createCommandCallGuard(limiter))]
  const store = createTokenStore(redis, tenant.name, box)
  const obtain = async () => ({ value: await obtainAccessToken(access), isNew: true })
  const tokens = {
    /** The token that the workers use, so that a command that only looks renews nothing while there is a valid one. */
    async current() {
      const stored = await store.read()
      const isUsable = stored?.seed === tokenSeed(rdStation.refreshToken) && stored.expiresAt > Date.now()
      return isUsable ? { value: stored.accessToken, isNew: false } : await obtain()
    },
    renew: obtain,
  }
  const crmSession = createCrmSession({ settings: totvsCrm, guard: crmGuard })
  return {
    crm: createTotvsCrmClient({ settings: totvsCrm, session: crmSession, guard: crmGuard }),
    rd: createRdStationClient({ settings: rdStation, tokens, guard }),
  }
}
