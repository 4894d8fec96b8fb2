import { exchangeRdCode, type RdTokenPair, refreshRdAccessToken } from '@ponte/clients'
import type { Tenant } from '@ponte/runtime'
import { acquireLock, createTokenStore, type SecretBox, stateKey, type StoredTokens, tokenSeed } from '@ponte/state'
import type { Redis } from 'ioredis'
import { createCommandCallGuard } from './command-call-guard.ts'

/** A worker's renewal takes as long as RD Station takes to answer. */
const LOCK_WAIT_MS = 20_000

/** Somebody else renews the tokens of the account, and does not end. */
export class AccountBusyError extends Error {}

/** The workers keep tokens that none of this process's keys opens: these must neither be renewed past them nor replaced. */
export class TokensSealedError extends Error {}

/** Where a new pair of tokens comes from. `stored`: from the refresh token that the workers use now. */
export type TokenSource =
  | { readonly from: 'code'; readonly code: string }
  | { readonly from: 'refresh-token'; readonly refreshToken: string }
  | { readonly from: 'stored' }

/**
 * Gets new tokens from RD Station and keeps them as the workers do: under the same lock, encrypted, and marked as
 * connected now, later than any tenants file, so that the workers take them over without a restart. Gives the access
 * token. Throws the failures of RD Station, and AccountBusyError when a worker does not let go of the lock. With `stored`, throws
 * TokensSealedError before anything is asked of RD Station.
 */
export async function obtainTokens(
  source: TokenSource,
  { tenant, redis, box }: { tenant: Tenant; redis: Redis; box: SecretBox },
): Promise<RdTokenPair> {
  const { rdStation } = tenant.settings
  const store = openTokens(source, { tenant, redis, box })
  const seed = tokenSeed(rdStation.refreshToken)
  const guard = createCommandCallGuard()

  /** What the workers would use: what is stored, unless the tenants file has a later connection. */
  async function readStored(): Promise<StoredTokens | undefined> {
    const stored = source.from === 'stored' ? await store.read() : undefined
    if (stored === undefined || stored.seed === seed) return stored
    const own = await store.claimGeneration(seed, process.uptime() * 1000)
    return (stored.generation ?? 0) >= own ? stored : undefined
  }

  async function request(stored: StoredTokens | undefined): Promise<RdTokenPair> {
    if (source.from === 'code') return await exchangeRdCode({ settings: rdStation, code: source.code, guard })
    const known = stored?.refreshToken ?? rdStation.refreshToken
    const refreshToken = source.from === 'refresh-token' ? source.refreshToken : known
    return await refreshRdAccessToken({ settings: rdStation, refreshToken, guard })
  }

  const lock = await acquireLock(redis, [stateKey(tenant.name, 'lock', 'rd-tokens')], { waitMs: LOCK_WAIT_MS })
  if (lock === undefined) throw new AccountBusyError()
  try {
    const stored = await readStored()
    const pair = await request(stored)
    await store.replace({
      accessToken: pair.accessToken,
      refreshToken: pair.refreshToken,
      expiresAt: Date.now() + pair.expiresInSeconds * 1000,
      seed: stored?.seed ?? seed,
      generation: stored?.generation ?? (await store.nextGeneration()),
    })
    return pair
  } finally {
    await lock.release()
  }
}

/** Throws TokensSealedError when tokens are stored that `box` does not open. */
export async function requireReadableTokens(access: { tenant: Tenant; redis: Redis; box: SecretBox }): Promise<void> {
  await openTokens({ from: 'stored' }, access).read()
}

/** Who connects anew may replace what no key opens any more: that is the way back from a lost key. */
function openTokens({ from }: TokenSource, { tenant, redis, box }: { tenant: Tenant; redis: Redis; box: SecretBox }) {
  return createTokenStore(redis, tenant.name, box, () => {
    if (from === 'stored') throw new TokensSealedError()
  })
}
