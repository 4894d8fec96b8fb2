import * as state from '@ponte/state'
import { testBox, later, type Writer } from './writer.ts'

/**
 * Whether calls may be made: breakers, refused credentials, quotas, tokens, and what the last calls said. Its waits are minutes, so that
 * no key has ended before it is read.
 */
export async function writeCalls({ redis, tenant }: Writer): Promise<void> {
  const policy = { failureThreshold: 2, probeMs: 600_000, maxProbeMs: 600_000 }
  const failure = { jobId: 'j1', code: 'CRM_UNAVAILABLE', outage: true, status: 503 } as const
  const breaker = state.createCircuitBreaker(redis, tenant, policy)
  await breaker.fail('totvs-crm', { ...failure, correlationKey: 'c1', kind: 'read' })
  await breaker.fail('totvs-crm', { ...failure, correlationKey: 'c2', kind: 'read' })
  for (const kind of ['read', 'write'] as const)
    await breaker.fail('rd-station', { ...failure, code: 'RD_UNAVAILABLE', correlationKey: 'c1', kind })
  await breaker.throttle('rd-station', { code: 'RD_QUOTA_EXCEEDED', waitMs: 600_000 })
  const refused = { credential: 'login-1', correlationKey: 'c1', code: 'CRM_LOGIN_REJECTED', stage: 'login' } as const
  await state.createCredentialRefusals(redis, tenant, policy).refuse('totvs-crm', refused)

  const tokens = state.createTokenStore(redis, tenant, testBox)
  const seed = state.tokenSeed('refresh-1')
  await tokens.replace({ accessToken: 'access-1', refreshToken: 'refresh-2', expiresAt: later, seed, generation: 7 })
  await tokens.claimGeneration(seed, 0)
  // As `createSharedCrmSession` does after a login.
  const session = state.stateKey(tenant, 'crm-session', 'login-1')
  await redis.set(session, testBox.seal('JSESSIONID=session-1', session), 'PX', 3_600_000)

  const times = state.createLastTimes(redis, tenant)
  await times.record('rd-station')
  const deliveries = state.createDeliveryRecorder(redis)
  deliveries.accepted(tenant, 'rd-station', { isEvent: true })
  for (const reason of state.refusalReasons) deliveries.refused(tenant, 'totvs-crm', reason)
  await deliveries.close()
  const replicas = state.createReplicas({ wanted: 1, waitMs: 1 })
  await replicas.confirmEarlier(redis, 'mark', state.stateKey(tenant, 'confirmed'))
  await state.createRateLimiter(redis, tenant, { callsPerMinute: 1 }).reserve('contacts', { maxWaitMs: 0 })
}
