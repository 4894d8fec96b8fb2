import { setTimeout as sleep } from 'node:timers/promises'
import { type CallGuard, type CredentialSource, refreshRdAccessToken } from '@ponte/clients'
import { message } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import { type Lock, stateKey, type StoredTokens, type TokenStore, tokenSeed, type RedisClient } from '@ponte/state'
import { JobDelayed } from './job-delayed.ts'
import { guardUnderLock, keepFor, sharedCredential } from './shared-credential.ts'

/** A token is renewed this long before it expires, so that no call in progress is refused. Less for a short-lived token. */
const MARGIN_MS = 60_000
const MARGIN_SHARE = 0.1
const KEEP_MS = 1000
const KEEP_PAUSE_MS = 250
/** A worker that is stopping leaves the renewal to others. */
const STOPPING_PAUSE_MS = 1000

export interface RdAccountOptions {
  readonly redis: RedisClient
  readonly tenant: Tenant
  readonly store: TokenStore
  /** How long ago this process read its tenants file, in milliseconds. */
  readonly ageMs: () => number
  /** How long a token is used without asking Redis whether the account has been connected again. Default: 1 s. */
  readonly keepMs?: number
}

/**
 * The access token that all workers of a tenant share (docs/behaviour/calls.md#tokens-and-sessions). One worker renews it while the others wait,
 * because a refresh token may be valid only once (docs/vendors/rd-station.md#refresh-tokens). The new tokens are stored before they are
 * used. An account is connected by `ponte connect`, or by a worker that starts with another tenants file. The later connection wins.
 */
export function createRdAccount({ redis, tenant, store, ageMs, keepMs = KEEP_MS }: RdAccountOptions) {
  const { rdStation } = tenant.settings
  const seed = tokenSeed(rdStation.refreshToken)
  let isStopping = false
  const inProgress = new Set<Promise<unknown>>()

  let own: Promise<number> | undefined
  /** Claimed as soon as Redis answers: an early claim makes the order of two connections more reliable. */
  function ownGeneration(): Promise<number> {
    own ??= store.claimGeneration(seed, ageMs()).catch((error: unknown) => {
      own = undefined
      throw error
    })
    return own
  }
  void ownGeneration().catch(() => undefined)

  /** The stored tokens, unless the refresh token of the tenants file is the later connection. */
  const tokens = keepFor(keepMs, async (): Promise<StoredTokens | undefined> => {
    const [stored, generation] = [await store.read(), await ownGeneration()]
    if (stored === undefined || stored.seed === seed) return stored
    return stored.generation >= generation ? stored : undefined
  })

  function track<Value>(work: Promise<Value>): Promise<Value> {
    const tracked = work.finally(() => inProgress.delete(tracked))
    inProgress.add(tracked)
    return tracked
  }

  async function refresh(guard: CallGuard, lock: Lock): Promise<string> {
    if (isStopping) throw new JobDelayed(message('token-left-to-others'), STOPPING_PAUSE_MS)
    const stored = await tokens.readAgain()
    const refreshToken = stored?.refreshToken ?? rdStation.refreshToken
    // Wait for the answer even if the job has to stop: the old refresh token may already be invalid.
    const { signal: _signal, ...uninterrupted } = guardUnderLock(guard, lock)
    const renewed = await refreshRdAccessToken({ settings: rdStation, refreshToken, guard: uninterrupted })
    const lifeMs = renewed.expiresInSeconds * 1000
    const next = {
      accessToken: renewed.accessToken,
      refreshToken: renewed.refreshToken,
      expiresAt: Date.now() + lifeMs - Math.min(MARGIN_MS, lifeMs * MARGIN_SHARE),
      seed: stored?.seed ?? seed,
      generation: stored?.generation ?? (await ownGeneration()),
    }
    await keep(next, stored).finally(tokens.forget)
    return renewed.accessToken
  }

  /** A new refresh token exists nowhere else. If Redis is away, this process keeps trying until it has stored it. */
  async function keep(renewed: StoredTokens, replaced: StoredTokens | undefined): Promise<void> {
    try {
      await store.replace(renewed)
    } catch (error) {
      void track(keepTrying(renewed, replaced))
      throw error
    }
  }

  async function keepTrying(renewed: StoredTokens, replaced: StoredTokens | undefined): Promise<void> {
    for (let isStored = false; !isStored;) {
      await sleep(KEEP_PAUSE_MS)
      // Does not overwrite what another worker has renewed in the meantime.
      isStored = await store
        .replace(renewed, stored => stored === undefined || stored.refreshToken === replaced?.refreshToken)
        .then(
          () => true,
          () => false,
        )
    }
  }

  return {
    /** The access token, for one job. */
    tokens: (guard: CallGuard): CredentialSource =>
      sharedCredential({
        redis,
        lockKey: stateKey(tenant.name, 'lock', 'rd-tokens'),
        busy: message('token-renewed-elsewhere'),
        kept: tokens,
        valueOf: ({ accessToken }: StoredTokens) => accessToken,
        isFresh: ({ expiresAt }) => expiresAt > Date.now(),
        renew: lock => track(refresh(guard, lock)),
      }),

    /** No renewal starts in this process any more. */
    stop(): void {
      isStopping = true
    },

    /** Resolves when all renewals have ended and their tokens are stored. */
    async allStored(): Promise<void> {
      while (inProgress.size > 0) await Promise.allSettled(inProgress)
    },
  }
}
