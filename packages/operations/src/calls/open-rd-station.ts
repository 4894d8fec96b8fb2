import { type CallGuard, createRdStationClient } from '@ponte/clients'
import { obtainTokens, requireReadableTokens } from '../connect/obtain-tokens.ts'
import type { Tenant } from '@ponte/runtime'
import { createRateLimiter, type RedisClient, type Replicas, type SecretBox } from '@ponte/state'
import { createCommandCallGuard } from './command-call-guard.ts'

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

/** RD Station for one command. */
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
export async function obtainAccessToken(access: StoredAccess): Promise<string> {
  await requireReadableTokens(access)
  return (await obtainTokens({ from: 'stored' }, access)).accessToken
}
