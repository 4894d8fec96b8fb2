import {
  type CallGuard,
  createCrmSession,
  createRdStationClient,
  createTotvsCrmClient,
  onlyReading,
} from '@ponte/clients'
import type { Tenant } from '@ponte/runtime'
import {
  createRateLimiter,
  createTokenStore,
  type RedisClient,
  type Replicas,
  type SecretBox,
  tokenSeed,
} from '@ponte/state'
import { createCommandCallGuard } from './call-guards.ts'
import { obtainTokens, requireReadableTokens } from './obtain-tokens.ts'

interface RdAccess {
  /** Issues another access token; without it, `accessToken` is one that was just issued. */
  readonly renew?: () => Promise<string>
  /** In place of a guard that takes slots of the quota as the workers do. */
  readonly guard?: CallGuard
}

export interface StoredAccess {
  readonly tenant: Tenant
  readonly redis: RedisClient
  readonly box: SecretBox
  readonly replicas: Replicas
}

export function openRdStation(
  { name, settings }: Tenant,
  redis: RedisClient,
  accessToken: string,
  { renew, guard: ownGuard }: RdAccess = {},
) {
  const { rdStation } = settings
  let token = accessToken
  const tokens = {
    current: async () => ({ value: token, isNew: renew === undefined }),
    renew: async () => ({ value: (token = (await renew?.()) ?? token), isNew: true }),
  }
  const rateLimiter = createRateLimiter(redis, name, { callsPerMinute: rdStation.callsPerMinute })
  return createRdStationClient({ settings: rdStation, tokens, guard: ownGuard ?? createCommandCallGuard(rateLimiter) })
}

/** RD Station for one command, with the tokens that Ponte has stored. Throws as `obtainAccessToken` does. */
export async function openStoredRdStation(access: StoredAccess, { guard }: Pick<RdAccess, 'guard'> = {}) {
  const renew = () => obtainAccessToken(access)
  return openRdStation(access.tenant, access.redis, await renew(), { renew, ...(guard && { guard }) })
}

/**
 * An access token that was renewed with the stored refresh token. Throws TokensSealedError when the stored tokens cannot be read with this
 * secret key, and AccountBusyError while another process renews them.
 */
async function obtainAccessToken(access: StoredAccess): Promise<string> {
  await requireReadableTokens(access)
  return (await obtainTokens({ from: 'stored' }, access)).accessToken
}

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
