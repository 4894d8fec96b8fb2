import { type CallGuard, createRdStationClient } from '@ponte/clients'
import {
  AccountBusyError,
  connectProblemTexts,
  obtainTokens,
  requireReadableTokens,
  TokensSealedError,
} from '@ponte/operations'
import type { Tenant } from '@ponte/runtime'
import { createRateLimiter, type RedisClient, type Replicas, type SecretBox } from '@ponte/state'
import { NotReachableError, UsageError } from '../exit-codes.ts'
import type { Session } from '../session.ts'
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

/** RD Station for one command, with the tokens that Ponte has stored. */
export async function openStoredRdStation(
  access: StoredAccess,
  session: Pick<Session, 'language'>,
  { guard }: Pick<RdAccess, 'guard'> = {},
) {
  const renew = () => obtainAccessToken(access, session)
  return openRdStation(access.tenant, access.redis, await renew(), { renew, ...(guard && { guard }) })
}

/**
 * An access token that was renewed with the stored refresh token. Throws a UsageError when the stored tokens cannot be read with this secret
 * key, and a NotReachableError while another process renews them.
 */
export async function obtainAccessToken(
  access: StoredAccess,
  { language }: Pick<Session, 'language'>,
): Promise<string> {
  const words = connectProblemTexts[language]
  try {
    await requireReadableTokens(access)
    return (await obtainTokens({ from: 'stored' }, access)).accessToken
  } catch (error) {
    if (error instanceof AccountBusyError) throw new NotReachableError(words.ACCOUNT_BUSY)
    if (error instanceof TokensSealedError) throw new UsageError(words.SECRET_KEY_OTHER)
    throw error
  }
}
