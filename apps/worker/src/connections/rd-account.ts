import { setTimeout as sleep } from 'node:timers/promises'
import { type CallGuard, type CredentialSource, refreshRdAccessToken } from '@ponte/clients'
import { say } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import { type Lock, stateKey, type StoredTokens, type TokenStore, tokenSeed } from '@ponte/state'
import type { Redis } from 'ioredis'
import { JobDelayed } from '../run/job-delayed.ts'
import { guardUnderLock, renewShared } from './renew-shared.ts'

/** Renewed this long before its end, so that calls under way do not meet it; sooner for one that lives shortly. */
const MARGIN_MS = 60_000
const MARGIN_SHARE = 0.1
const KEEP_PAUSE_MS = 250
/** A worker that is to stop leaves the renewal to the others. */
const STOPPING_PAUSE_MS = 1000

export interface RdAccountOptions {
  readonly redis: Redis
  readonly tenant: Tenant
  readonly store: TokenStore
  /** How long ago this process read its tenants file. */
  readonly ageMs?: () => number
}

/**
 * The access token of a tenant, shared by all workers. One renews it while the others wait, because a refresh token may be dead as
 * soon as it was used once. What comes back is stored before it is used. An account that was connected later wins over the refresh
 * token of an older tenants file: by `ponte connect`, or because another worker was started later with another file.
 */
export function createRdAccount({ redis, tenant, store, ageMs = () => process.uptime() * 1000 }: RdAccountOptions) {
  const { rdStation } = tenant.settings
  const seed = tokenSeed(rdStation.refreshToken)
  let isStopping = false
  const underWay = new Set<Promise<unknown>>()

  let own: Promise<number> | undefined
  /** Asked of Redis once it answers: the sooner it is known, the surer is the order. */
  function ownGeneration(): Promise<number> {
    own ??= store.claimGeneration(seed, ageMs()).catch((error: unknown) => {
      own = undefined
      throw error
    })
    return own
  }
  void ownGeneration().catch(() => undefined)

  /** What is stored, unless the tenants file's refresh token is a later connection. */
  async function readStored(): Promise<StoredTokens | undefined> {
    const [stored, generation] = [await store.read(), await ownGeneration()]
    if (stored === undefined || stored.seed === seed) return stored
    return (stored.generation ?? 0) >= generation ? stored : undefined
  }

  function track<Value>(work: Promise<Value>): Promise<Value> {
    const tracked = work.finally(() => underWay.delete(tracked))
    underWay.add(tracked)
    return tracked
  }

  async function refresh(guard: CallGuard, lock: Lock): Promise<string> {
    if (isStopping)
      throw new JobDelayed(say('this worker is to stop; another renews the access token'), STOPPING_PAUSE_MS)
    const stored = await readStored()
    const refreshToken = stored?.refreshToken ?? rdStation.refreshToken
    // What RD Station answers is waited for although the job was to stop: the old refresh token may be dead by now.
    const { signal: _signal, ...uninterrupted } = guardUnderLock(guard, lock)
    const renewed = await refreshRdAccessToken({ settings: rdStation, refreshToken, guard: uninterrupted })
    const lifeMs = renewed.expiresInSeconds * 1000
    const tokens = {
      accessToken: renewed.accessToken,
      refreshToken: renewed.refreshToken,
      expiresAt: Date.now() + lifeMs - Math.min(MARGIN_MS, lifeMs * MARGIN_SHARE),
      seed: stored?.seed ?? seed,
      generation: stored?.generation ?? (await ownGeneration()),
    }
    await keep(tokens, stored)
    return renewed.accessToken
  }

  /** A refresh token that rolls exists nowhere else: when Redis is away, this process goes on until it has stored it. */
  async function keep(renewed: StoredTokens, replaced: StoredTokens | undefined): Promise<void> {
    try {
      await store.replace(renewed)
    } catch (error) {
      void track(keepTrying(renewed, replaced))
      throw error
    }
  }

  async function keepTrying(renewed: StoredTokens, replaced: StoredTokens | undefined): Promise<void> {
    for (let isSettled = false; !isSettled;) {
      await sleep(KEEP_PAUSE_MS)
      // Unless another worker has renewed it in the meantime.
      isSettled = await store
        .replace(renewed, stored => stored === undefined || stored.refreshToken === replaced?.refreshToken)
        .then(
          () => true,
          () => false,
        )
    }
  }

  return {
    /** The access token as one job uses it. */
    tokens(guard: CallGuard): CredentialSource {
      const renewUnless = (isUsable: (stored: StoredTokens) => boolean) =>
        renewShared({
          redis,
          lockKey: stateKey(tenant.name, 'lock', 'rd-tokens'),
          busy: say('another worker renews the access token'),
          async readUsable() {
            const stored = await readStored()
            return stored !== undefined && isUsable(stored) ? stored.accessToken : undefined
          },
          renew: lock => track(refresh(guard, lock)),
        })
      const isFresh = (stored: StoredTokens): boolean => stored.expiresAt > Date.now()
      return {
        async current() {
          const stored = await readStored()
          const isUsable = stored !== undefined && isFresh(stored)
          return isUsable ? { value: stored.accessToken, isNew: false } : await renewUnless(isFresh)
        },
        renew: rejected => renewUnless(stored => stored.accessToken !== rejected),
      }
    },

    /** From now on no renewal begins here. */
    stop(): void {
      isStopping = true
    },

    /** Resolves when every renewal has ended and what came back is stored. */
    async settled(): Promise<void> {
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
  }
}
