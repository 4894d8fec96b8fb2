import { type CallGuard, createRdStationClient } from '@ponte/clients'
import {
  AccountBusyError,
  connectProblemTexts,
  obtainTokens,
  requireReadableTokens,
  TokensSealedError,
} from '@ponte/connect'
import type { Tenant } from '@ponte/runtime'
import { createRateLimiter, type SecretBox } from '@ponte/state'
import type { Redis } from 'ioredis'
import { NotReachableError, UsageError } from '../exit-codes.ts'
import type { Session } from '../session.ts'
import { createCommandCallGuard } from './command-call-guard.ts'

/** RD Station for one command. `renew` issues another access token; without it, `accessToken` is one that was just issued. */
export function openRdStation(
  { name, settings }: Tenant,
  redis: Redis,
  accessToken: string,
  renew?: () => Promise<string>,
  toGuard: (rateLimiter: ReturnType<typeof createRateLimiter>) => CallGuard = createCommandCallGuard,
) {
  const { rdStation } = settings
  let token = accessToken
  const tokens = {
    current: async () => ({ value: token, isNew: renew === undefined }),
    renew: async () => ({ value: (token = (await renew?.()) ?? token), isNew: true }),
  }
  const guard = toGuard(createRateLimiter(redis, name, { callsPerMinute: rdStation.callsPerMinute }))
  return createRdStationClient({ settings: rdStation, tokens, guard })
}

/**
 * An access token that was renewed with the stored refresh token. Throws a UsageError when the stored tokens cannot be read with this secret
 * key, and a NotReachableError while another process renews them.
 */
export async function obtainAccessToken(
  access: { readonly tenant: Tenant; readonly redis: Redis; readonly box: SecretBox },
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
