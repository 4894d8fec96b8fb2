import { type CallGuard, type RdTokens, refreshRdAccessToken } from '@ponte/clients'
import type { Tenant } from '@ponte/runtime'
import { acquireLock, stateKey, type StoredTokens, type TokenStore, tokenSeed } from '@ponte/state'
import type { Redis } from 'ioredis'
import { Postponed } from './postponed.ts'

/** Renewed this long before its end, so that calls under way do not meet it. */
const MARGIN_MS = 60_000
const RENEWAL_WAIT_MS = 5000

/**
 * The access token of a tenant, shared by all workers. One renews it while the others wait, because a refresh token may be
 * dead as soon as it was used once (reference rd-station.md §2.2). What comes back is stored before it is used.
 */
export function createRdTokens({ redis, tenant, store, guard }: RdTokensOptions): RdTokens {
  const { rdStation } = tenant.settings
  const seed = tokenSeed(rdStation.refreshToken)

  async function readStored(): Promise<StoredTokens | undefined> {
    const stored = await store.read()
    // Another refresh token in the tenants file means that somebody connected the account anew.
    return stored?.seed === seed ? stored : undefined
  }

  async function renewUnlessDone(isUsable: (stored: StoredTokens) => boolean): Promise<string> {
    const lock = await acquireLock(redis, [stateKey(tenant.name, 'lock', 'rd-tokens')], { waitMs: RENEWAL_WAIT_MS })
    if (lock === undefined) throw new Postponed('another worker renews the access token', 1000)
    try {
      const stored = await readStored()
      if (stored !== undefined && isUsable(stored)) return stored.accessToken
      const refreshToken = stored?.refreshToken ?? rdStation.refreshToken
      const renewed = await refreshRdAccessToken({ settings: rdStation, refreshToken, guard })
      const expiresAt = Date.now() + renewed.expiresInSeconds * 1000
      await store.write({ accessToken: renewed.accessToken, refreshToken: renewed.refreshToken, expiresAt, seed })
      return renewed.accessToken
    } finally {
      await lock.release()
    }
  }

  return {
    async current() {
      const isFresh = (stored: StoredTokens): boolean => stored.expiresAt - MARGIN_MS > Date.now()
      const stored = await readStored()
      return stored !== undefined && isFresh(stored) ? stored.accessToken : await renewUnlessDone(isFresh)
    },
    renew: rejected => renewUnlessDone(stored => stored.accessToken !== rejected),
  }
}

interface RdTokensOptions {
  readonly redis: Redis
  readonly tenant: Tenant
  readonly store: TokenStore
  readonly guard: CallGuard
}
