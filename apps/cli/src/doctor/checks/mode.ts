import type { Tenant } from '@ponte/runtime'
import { switchableUntil } from '@ponte/report'
import { createTenantMode } from '@ponte/state'
import type { Redis } from 'ioredis'
import { type CheckResult, passed, skipped, warned } from './check-result.ts'

/**
 * Does the tenant run in the mode of its settings, and does it lack nothing for it? What a shadow needs of its own in both systems cannot be
 * seen from here: it is said.
 */
export async function checkMode({ name, settings }: Tenant, redis: Redis | undefined): Promise<readonly CheckResult[]> {
  if (redis === undefined) return skipped(['mode'], 'redis')
  const record = await createTenantMode(redis, name).read()
  // Before the first worker has run.
  const mode = record.since === 0 ? settings.mode : record.mode
  const until = switchableUntil(record, Date.now())
  const found = [
    ...(mode === settings.mode ? [] : [warned('mode', 'MODE_OTHER', { settings: settings.mode, found: mode })]),
    ...(mode === 'shadow'
      ? [warned('mode', 'SHADOW_SHARES_NOTHING', { app: 'rdStation.clientId', user: 'totvsCrm.username' })]
      : []),
    ...(until === undefined ? [] : [warned('mode', 'LIVE_WITHOUT_SWITCH', { until: new Date(until).toISOString() })]),
  ]
  return found.length === 0 ? [passed('mode')] : found
}
