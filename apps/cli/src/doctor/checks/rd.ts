import { AccountBusyError, obtainTokens, requireReadableTokens, TokensSealedError } from '@ponte/connect'
import type { Tenant } from '@ponte/runtime'
import type { RedisClient, Replicas, SecretBox } from '@ponte/state'
import { openRdStation } from '../../calls/open-rd-station.ts'
import { runCheck, type CheckName, type CheckResult, passed, skipped, notCheckable, failed } from './check-result.ts'
import { checkRdWebhook } from './rd-webhook.ts'

/** No contact has this address: looking it up shows that the API answers and changes nothing. */
const NOBODY = 'doctor@ponte.invalid'

/** Calls a minute on the Advanced plan and on all other plans (docs/vendors/rd-station.md#quotas). */
const ADVANCED_CALLS = 500
const COMMON_CALLS = 120

/** The public address of the ingress, and whether Ponte answers there. */
export interface Ingress {
  readonly url: string
  readonly isReached: boolean
}

export interface RdAccess {
  readonly redis: RedisClient | undefined
  readonly box: SecretBox
  readonly replicas: Replicas
  /** The workers use another fingerprint key. */
  readonly isOtherKey: boolean
  readonly ingress: Ingress | undefined
}

/**
 * All checks of RD Station. The tokens are renewed once, because nothing else shows whether RD Station accepts the app and the connection.
 * The new tokens are stored as a worker would store them, so this needs Redis and the keys of the workers.
 */
export async function checkRd(
  tenant: Tenant,
  { redis, box, replicas, isOtherKey, ingress }: RdAccess,
): Promise<readonly CheckResult[]> {
  const quota = checkQuota(tenant.settings.rdStation.callsPerMinute)
  const later: readonly CheckName[] = ingress === undefined ? [] : ['rd-webhook']
  if (redis === undefined) return [...skipped(['rd-token', 'rd-api'], 'redis'), quota, ...skipped(later, 'redis')]

  let accessToken: string | undefined
  const token = await runCheck('rd-token', {}, async () => {
    try {
      await requireReadableTokens({ tenant, redis, box })
      if (isOtherKey) return skipped(['rd-token'], 'fingerprint-key')
      const pair = await obtainTokens({ from: 'stored' }, { tenant, redis, box, replicas })
      accessToken = pair.accessToken
      return [passed('rd-token')]
    } catch (error) {
      if (error instanceof AccountBusyError) return [notCheckable('rd-token', 'ACCOUNT_BUSY')]
      if (error instanceof TokensSealedError)
        return [failed('rd-token', 'SECRET_KEY_OTHER', { setting: 'PONTE_SECRET_KEY' })]
      throw error
    }
  })
  const known = accessToken
  if (known === undefined) return [...token, ...skipped(['rd-api'], 'rd-token'), quota, ...skipped(later, 'rd-token')]

  const rd = openRdStation(tenant, redis, known)
  const api = await runCheck('rd-api', { setting: 'rdStation.baseUrl' }, async () => {
    await rd.findContact({ email: NOBODY })
    return [passed('rd-api')]
  })
  if (ingress === undefined) return [...token, ...api, quota]
  if (!ingress.isReached) return [...token, ...api, quota, ...skipped(later, 'ingress')]
  if (api.some(({ status }) => status !== 'ok')) return [...token, ...api, quota, ...skipped(later, 'rd-api')]
  return [...token, ...api, quota, ...(await checkRdWebhook(tenant, ingress.url, rd))]
}

function checkQuota(callsPerMinute: number): CheckResult {
  const facts = {
    setting: 'rdStation.callsPerMinute',
    found: callsPerMinute,
    most: ADVANCED_CALLS,
    common: COMMON_CALLS,
  }
  if (callsPerMinute > ADVANCED_CALLS) return failed('rd-quota', 'RD_CALLS_PER_MINUTE_TOO_HIGH', facts)
  return callsPerMinute > COMMON_CALLS ? notCheckable('rd-quota', 'PLAN_UNKNOWN', facts) : passed('rd-quota')
}
