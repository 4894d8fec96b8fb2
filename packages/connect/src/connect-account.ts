import { createCircuitBreaker, readOpenBreakers } from '@ponte/state'
import { type AccountAccess, obtainTokens, type TokenSource } from './obtain-tokens.ts'

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
): Promise<{ readonly wasRevoked: boolean }> {
  await obtainTokens(source, access)
  const { tenant, redis } = access
  const open = await readOpenBreakers(redis, tenant.name)
  const wasRevoked = open.some(({ system, reason }) => system === 'rd-station' && reason === 'revoked')
  if (wasRevoked) await createCircuitBreaker(redis, tenant.name, noPolicy).close('rd-station')
  await queue.removeRateLimitKey()
  return { wasRevoked }
}
