import type { Tenant } from '@ponte/runtime'
import { switchableUntil } from '@ponte/report'
import { createTenantMode, type RedisClient } from '@ponte/state'
import { type CheckResult, passed, skipped, warned } from './check-result.ts'

/**
 * Does the tenant run in the mode of its settings, and does it lack nothing for it? What a shadow needs of its own in both systems cannot be
 * seen from here, so it is a note.
 */
export async function checkMode(
  { name, settings }: Tenant,
  redis: RedisClient | undefined,
): Promise<readonly CheckResult[]> {
  if (redis === undefined) return skipped(['mode'], 'redis')
  const record = await createTenantMode(redis, name).read()
  // Before the first worker has run.
  const mode = record.since === 0 ? settings.mode : record.mode
  const until = switchableUntil(record, Date.now())
  const found = [
    ...(mode === settings.mode ? [] : [warned('mode', 'MODE_OTHER', { settings: settings.mode, found: mode })]),
    ...(until === undefined ? [] : [warned('mode', 'LIVE_WITHOUT_SWITCH', { until: new Date(until).toISOString() })]),
  ]
  if (found.length > 0) return found
  const needed = { app: 'rdStation.clientId', user: 'totvsCrm.username' }
  return [passed('mode', mode === 'shadow' ? { note: 'SHADOW_SHARES_NOTHING', facts: needed } : undefined)]
}
