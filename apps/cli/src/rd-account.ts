import { exchangeRdCode, type RdTokenPair, refreshRdAccessToken } from '@ponte/clients'
import type { Tenant } from '@ponte/runtime'
import { acquireLock, createTokenStore, type SecretBox, stateKey, tokenSeed } from '@ponte/state'
import type { Redis } from 'ioredis'
import { createQuietGuard } from './quiet-guard.ts'

/** A worker's renewal takes as long as RD Station takes to answer. */
const LOCK_WAIT_MS = 20_000

/** Somebody else renews the tokens of the account, and does not end. */
export class AccountBusyError extends Error {}

/** Where a new pair of tokens comes from. `stored`: from the refresh token that the workers use now. */
export type TokenSource =
  | { readonly from: 'code'; readonly code: string }
  | { readonly from: 'refresh-token'; readonly refreshToken: string }
  | { readonly from: 'stored' }

/**
 * Gets new tokens from RD Station and keeps them as the workers do: under the same lock, encrypted, and marked as those that
 * belong to the refresh token in the tenants file, so that the workers take them over without a restart. Gives the access
 * token. Throws the failures of RD Station, and AccountBusyError when a worker does not let go of the lock.
 */
export async function obtainTokens(
  source: TokenSource,
  { tenant, redis, box }: { tenant: Tenant; redis: Redis; box: SecretBox },
): Promise<RdTokenPair> {
  const { rdStation } = tenant.settings
  const store = createTokenStore(redis, tenant.name, box)
  const seed = tokenSeed(rdStation.refreshToken)
  const guard = createQuietGuard()

  async function request(): Promise<RdTokenPair> {
    if (source.from === 'code') return await exchangeRdCode({ settings: rdStation, code: source.code, guard })
    const stored = source.from === 'stored' ? await store.read() : undefined
    const known = stored?.seed === seed ? stored.refreshToken : rdStation.refreshToken
    const refreshToken = source.from === 'refresh-token' ? source.refreshToken : known
    return await refreshRdAccessToken({ settings: rdStation, refreshToken, guard })
  }

  const lock = await acquireLock(redis, [stateKey(tenant.name, 'lock', 'rd-tokens')], { waitMs: LOCK_WAIT_MS })
  if (lock === undefined) throw new AccountBusyError()
  try {
    const pair = await request()
    const { accessToken, refreshToken } = pair
    await store.write({ accessToken, refreshToken, expiresAt: Date.now() + pair.expiresInSeconds * 1000, seed })
    return pair
  } finally {
    await lock.release()
  }
}
