import * as state from '@ponte/state'
import { expect, test } from 'vitest'
import { createSharedCrmSession } from '../../apps/worker/src/calls/shared-credential.ts'
import { useKept } from '../support/kept/open-kept.ts'
import { tenantOf, testBox as box } from '../support/kept/writer.ts'

const kept = useKept('first.json')

const tenant = 'acme'
const AT = 1_767_323_045_000
const WRITTEN_AT = 1_767_441_600_000
const policy = { failureThreshold: 2, probeMs: 1000, maxProbeMs: 1000 }

test('circuit breakers stay open, and a refused credential stays refused', async () => {
  const since = { since: WRITTEN_AT, until: WRITTEN_AT }
  const refused: state.OpenBreaker = {
    ...{ system: 'totvs-crm', reason: 'revoked', code: 'CRM_LOGIN_REJECTED', kind: 'read', ...since },
  }
  const throttled: state.OpenBreaker = {
    ...{ system: 'rd-station', reason: 'throttled', code: 'RD_QUOTA_EXCEEDED', kind: 'read', ...since },
  }
  expect(await state.readOpenBreakers(kept.redis, tenant)).toEqual([refused, throttled])

  const refusals = state.createCredentialRefusals(kept.redis, tenant, policy)
  const probe = { credential: 'login-1', jobId: 'j9' }
  expect(await refusals.peek('totvs-crm', probe)).toEqual({ admitted: true, degraded: true })
  expect(await refusals.announce('totvs-crm', 'login-2')).toBe(true)
  const down: state.OpenBreaker = {
    ...{ system: 'totvs-crm', reason: 'down', code: 'CRM_UNAVAILABLE', kind: 'read', status: 503, ...since },
  }
  expect(await state.readOpenBreakers(kept.redis, tenant)).toEqual([down, throttled])
})

test('failures in a row go on being counted', async () => {
  const breaker = state.createCircuitBreaker(kept.redis, tenant, policy)
  // The pause that RD Station had asked for is over.
  const failure = { jobId: 'j9', correlationKey: 'c9', code: 'RD_UNAVAILABLE', outage: true } as const
  for (const kind of ['write', 'read'] as const) {
    await kept.redis.del(state.stateKey(tenant, 'circuit-breaker', 'rd-station'))
    expect(await breaker.fail('rd-station', { ...failure, kind })).toMatchObject({ kind: 'opened' })
  }
})

test('health reads them too', async () => {
  const credentials = { 'totvs-crm': 'login-1', 'rd-station': 'account-1' }
  expect(await state.readHealth(kept.redis, tenant, credentials)).toMatchObject({
    'totvs-crm': { kinds: ['read', 'write'], isRefused: true },
    'rd-station': { kinds: ['read', 'write'], isRefused: false },
    mode: { mode: 'live' },
  })
})

test('the tokens of RD Station are kept', async () => {
  const tokens = state.createTokenStore(kept.redis, tenant, box)
  const stored: state.StoredTokens = {
    accessToken: 'access-1',
    refreshToken: 'refresh-2',
    expiresAt: AT + 1000,
    seed: 'sfrolcksZ4DS5oHf6YlZ',
    generation: 7,
  }
  expect(await tokens.read()).toEqual(stored)
  expect(state.tokenSeed('refresh-1')).toBe(stored.seed)
  expect(await tokens.claimGeneration(stored.seed, 0)).toBe(WRITTEN_AT)
})

test('the session of TOTVS CRM is kept', async () => {
  const session = createSharedCrmSession({ redis: kept.redis, tenant: tenantOf(tenant), box, credential: 'login-1' })
  const guard = { before: async () => {}, after: async () => {} }
  expect(await session(guard).current()).toEqual({ value: 'JSESSIONID=session-1', isNew: false })
})

test('what seals texts is found to be current', async () => {
  const found = await state.resealAll(kept.redis, box, { dryRun: true })
  expect(found).toEqual({ resealed: 0, current: 2, unreadable: [] })
})

test('when a system last answered and delivered, and what was refused since, is kept', async () => {
  const times = { first: WRITTEN_AT, last: WRITTEN_AT, alertFrom: WRITTEN_AT, isMany: false }
  const reasons = Object.fromEntries(state.refusalReasons.map(reason => [reason, 1]))
  expect(await state.readLastTimes(kept.redis, tenant)).toEqual({
    'totvs-crm': { refused: { ...times, reasons } },
    'rd-station': { success: WRITTEN_AT, delivery: WRITTEN_AT },
  })
})
