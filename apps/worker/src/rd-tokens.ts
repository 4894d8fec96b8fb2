import { say } from '@ponte/contracts'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CallGuard, type RdTokens, refreshRdAccessToken } from '@ponte/clients'
import type { Tenant } from '@ponte/runtime'
import { acquireLock, type Lock, stateKey, type StoredTokens, type TokenStore, tokenSeed } from '@ponte/state'
import type { Redis } from 'ioredis'
import { Postponed } from './postponed.ts'

/** Renewed this long before its end, so that calls under way do not meet it; sooner for one that lives shortly. */
const MARGIN_MS = 60_000
const MARGIN_SHARE = 0.1
const RENEWAL_WAIT_MS = 5000
const KEEP_PAUSE_MS = 250

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
    if (lock === undefined) throw new Postponed(say('another worker renews the access token'), 1000)
    try {
      const stored = await readStored()
      if (stored !== undefined && isUsable(stored)) return stored.accessToken
      const refreshToken = stored?.refreshToken ?? rdStation.refreshToken
      const renewed = await refreshRdAccessToken({ settings: rdStation, refreshToken, guard: uninterrupted(lock) })
      const lifeMs = renewed.expiresInSeconds * 1000
      const expiresAt = Date.now() + lifeMs - Math.min(MARGIN_MS, lifeMs * MARGIN_SHARE)
      await keep({ accessToken: renewed.accessToken, refreshToken: renewed.refreshToken, expiresAt, seed }, stored)
      return renewed.accessToken
    } finally {
      await lock.release()
    }
  }

  /** What RD Station answers is waited for although the job was to stop: the old refresh token may be dead by now. */
  function uninterrupted(lock: Lock): CallGuard {
    const { signal: _signal, mayLeave = () => true, ...own } = guard
    return { ...own, mayLeave: () => mayLeave() && lock.isHeld() }
  }

  /** A refresh token that rolls exists nowhere else: when Redis is away, this process goes on until it has stored it. */
  async function keep(renewed: StoredTokens, replaced: StoredTokens | undefined): Promise<void> {
    try {
      await store.write(renewed)
    } catch (error) {
      void keepTrying(renewed, replaced)
      throw error
    }
  }

  async function keepTrying(renewed: StoredTokens, replaced: StoredTokens | undefined): Promise<void> {
    for (let kept = false; !kept;) {
      await sleep(KEEP_PAUSE_MS, undefined, { ref: false })
      kept = await replace(renewed, replaced).catch(() => false)
    }
  }

  /** Unless somebody has connected the account anew in the meantime. */
  async function replace(renewed: StoredTokens, replaced: StoredTokens | undefined): Promise<true> {
    const stored = await readStored()
    if (stored?.refreshToken === replaced?.refreshToken) await store.write(renewed)
    return true
  }

  return {
    async current() {
      const isFresh = (stored: StoredTokens): boolean => stored.expiresAt > Date.now()
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
