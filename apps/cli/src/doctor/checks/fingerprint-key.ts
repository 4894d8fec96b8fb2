import type { Tenant } from '@ponte/runtime'
import { type Fingerprint, findOtherFingerprintKeys, type RedisClient } from '@ponte/state'
import { type CheckResult, passed, failed } from './check-result.ts'

/** Do the workers use the same fingerprint key? Passes before the first worker has run; skipped without Redis. */
export async function checkFingerprintKey(
  redis: RedisClient | undefined,
  tenant: Pick<Tenant, 'name'>,
  fingerprint: Fingerprint,
): Promise<CheckResult> {
  if (redis === undefined)
    return { check: 'fingerprint-key', status: 'skipped', note: 'AFTER_OTHER_PROBLEM', facts: { check: 'redis' } }
  const others = await findOtherFingerprintKeys(redis, [tenant], fingerprint)
  return others.length === 0
    ? passed('fingerprint-key')
    : failed('fingerprint-key', 'FINGERPRINT_KEY_OTHER', { setting: 'PONTE_FINGERPRINT_KEY' })
}
