import { exchangeRdCode, type RdTokenPair, refreshRdAccessToken } from '@ponte/clients'
import { CredentialRefused, Failure, failures, type Language, type TenantSettings } from '@ponte/contracts'
import {
  acquireLock,
  createCircuitBreaker,
  createDoctorResults,
  createTokenStore,
  noReplicas,
  readOpenBreakers,
  type RedisClient,
  type Replicas,
  type SecretBox,
  stateKey,
  type StoredTokens,
  tokenSeed,
} from '@ponte/state'
import { createCommandCallGuard } from './call-guards.ts'

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

const en = {
  ACCESS_DENIED:
    'RD Station denied access: the user did not allow the connection, or lacks the right to. Start again as an administrator of the account.',
  ACCOUNT_BUSY: 'A worker is renewing the tokens of this account. Try again in a minute.',
  RD_REJECTED: 'RD Station refused the code: it was used before, or is older than an hour. Start again.',
  RD_CLIENT_REJECTED: 'RD Station refused the client id, the client secret or the code. Compare them with the app.',
  RD_TOKEN_REVOKED: 'RD Station refused the refresh token. Connect with the browser instead.',
  SECRET_KEY_OTHER: 'The stored tokens were encrypted with another PONTE_SECRET_KEY than the one of this process.',
}

/** Why an account was not connected, if the person who connects it can fix that. */
type ConnectProblem = keyof typeof en

export const connectProblemTexts: Readonly<Record<Language, Readonly<Record<ConnectProblem, string>>>> = {
  en,
  'pt-BR': {
    ACCESS_DENIED:
      'O RD Station negou o acesso: o usuário não permitiu a conexão, ou não tem esse direito. Comece de novo, como administrador da conta.',
    ACCOUNT_BUSY: 'Um worker está renovando os tokens desta conta. Tente de novo em um minuto.',
    RD_REJECTED: 'O RD Station recusou o código: já foi usado ou tem mais de uma hora. Comece de novo.',
    RD_CLIENT_REJECTED: 'O RD Station recusou o client id, o client secret ou o código. Compare com o aplicativo.',
    RD_TOKEN_REVOKED: 'O RD Station recusou o refresh token. Conecte pelo navegador.',
    SECRET_KEY_OTHER: 'Os tokens guardados foram cifrados com outra PONTE_SECRET_KEY, não a deste processo.',
  },
}

/** The problem that `connectAccount` or `requireReadableTokens` threw. Undefined for one that a person cannot fix here. */
export function connectProblem(error: unknown): ConnectProblem | undefined {
  if (error instanceof AccountBusyError) return 'ACCOUNT_BUSY'
  if (error instanceof TokensSealedError) return 'SECRET_KEY_OTHER'
  const { code } = error instanceof Failure ? error : {}
  return problems.find(problem => problem === code)
}

/** Does connecting the account again help? RD Station takes its tokens no longer, or no key can decrypt them. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof CredentialRefused)) return error instanceof TokensSealedError
  const { breakerReason, isSecretRefused } = failures[error.code]
  return breakerReason === 'revoked' && isSecretRefused !== true
}

const problems = ['RD_REJECTED', 'RD_CLIENT_REJECTED', 'RD_TOKEN_REVOKED'] as const satisfies readonly ConnectProblem[]

/** RD Station's name for its refusal (`error`). The address may come from anybody, so only a short, plain name is accepted. */
export const nameOfRefusal = (answer: URLSearchParams): string =>
  (answer.get('error') ?? '').replaceAll(/[^\w.-]/g, '').slice(0, 60)
