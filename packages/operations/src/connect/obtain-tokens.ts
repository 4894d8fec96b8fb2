import { exchangeRdCode, type RdTokenPair, refreshRdAccessToken } from '@ponte/clients'
import type { TenantSettings } from '@ponte/contracts'
import {
  acquireLock,
  createCircuitBreaker,
  createDoctorResults,
  createTokenStore,
  noReplicas,
  readOpenBreakers,
  type Replicas,
  type SecretBox,
  stateKey,
  type StoredTokens,
  tokenSeed,
  type RedisClient,
} from '@ponte/state'
import { createCommandCallGuard } from '../calls/command-call-guard.ts'

/** A worker that renews the tokens holds the lock until RD Station answers. */
const LOCK_WAIT_MS = 20_000

const guard = createCommandCallGuard()

/** The account of a tenant, and where its tokens are kept. */
interface KeptTokens {
  readonly tenant: { readonly name: string; readonly settings: Pick<TenantSettings, 'rdStation'> }
  readonly redis: RedisClient
  readonly box: SecretBox
}

/** The same for whoever obtains new tokens. */
export interface AccountAccess extends KeptTokens {
  /** Asked to confirm the new tokens. */
  readonly replicas: Replicas
}

/** A worker is renewing the tokens and did not release the lock in time. */
export class AccountBusyError extends Error {}

/** No key of this process can decrypt the stored tokens. They must be neither renewed nor replaced: the workers still use them. */
export class TokensSealedError extends Error {}

/** Where the new tokens come from. `stored`: from the refresh token that the workers use now. */
export type TokenSource =
  | { readonly from: 'code'; readonly code: string }
  | { readonly from: 'refresh-token'; readonly refreshToken: string }
  | { readonly from: 'stored' }

/**
 * Gets new tokens from RD Station and stores them the way the workers do: under the same lock, encrypted, and confirmed by replicas. They
 * count as the latest connection, so the workers use them without a restart. Throws the failures of RD Station, AccountBusyError when a
 * worker holds the lock too long, and with `stored` TokensSealedError before RD Station is called.
 */
export async function obtainTokens(source: TokenSource, access: AccountAccess): Promise<RdTokenPair> {
  const { tenant, redis } = access
  const { rdStation } = tenant.settings
  const store = openTokens(source, access)
  const seed = tokenSeed(rdStation.refreshToken)

  /** The tokens that the workers would use: the stored ones, unless the tenants file has a later connection. */
  async function readStored(): Promise<StoredTokens | undefined> {
    const stored = source.from === 'stored' ? await store.read() : undefined
    if (stored === undefined || stored.seed === seed) return stored
    const own = await store.claimGeneration(seed, process.uptime() * 1000)
    return stored.generation >= own ? stored : undefined
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

/** Throws TokensSealedError when `box` cannot decrypt the stored tokens. */
export async function requireReadableTokens(access: KeptTokens): Promise<void> {
  await openTokens({ from: 'stored' }, access).read()
}

/** A new connection may replace tokens that no key can decrypt: this is how a tenant recovers from a lost key. */
function openTokens(
  { from }: Pick<TokenSource, 'from'>,
  { tenant, redis, box, replicas = noReplicas }: KeptTokens & Partial<Pick<AccountAccess, 'replicas'>>,
) {
  const onUnreadable = (): void => {
    if (from === 'stored') throw new TokensSealedError()
  }
  return createTokenStore(redis, tenant.name, box, { onUnreadable, replicas })
}

/** The tenant's queue of marks. */
interface MarkQueue {
  removeRateLimitKey(): Promise<unknown>
}

/** Closing a breaker does not use the policy. */
const noPolicy = { failureThreshold: 1, probeMs: 0, maxProbeMs: 0 }

/**
 * Connects a tenant to its RD Station account: stores new tokens for the workers, and lets the jobs go on that waited for the connection. A
 * breaker that is open for another reason stays open. Throws as `obtainTokens` does, and has changed nothing then.
 */
export async function connectAccount(
  source: TokenSource,
  { queue, ...access }: AccountAccess & { readonly queue: MarkQueue },
): Promise<{ readonly wasRevoked: boolean; readonly accessToken: string }> {
  const { accessToken } = await obtainTokens(source, access)
  const { tenant, redis } = access
  const open = await readOpenBreakers(redis, tenant.name)
  const wasRevoked = open.some(({ system, reason }) => system === 'rd-station' && reason === 'revoked')
  if (wasRevoked) await createCircuitBreaker(redis, tenant.name, noPolicy).close('rd-station')
  await queue.removeRateLimitKey()
  // At worst the checklist shows it until doctor runs again.
  await createDoctorResults(redis)
    .fixed(tenant.name, 'rd-token')
    .catch(() => undefined)
  return { wasRevoked, accessToken }
}
