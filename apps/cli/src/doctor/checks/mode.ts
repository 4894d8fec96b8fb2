import type { Tenant } from '@ponte/runtime'
import { switchableUntil } from '@ponte/report'
import { createTenantMode, neededCommand, type RedisClient } from '@ponte/state'
import { type CheckResult, passed, skipped, warned } from './check-result.ts'

const isoOf = (at: number): string => new Date(at).toISOString()

/** By the command that brings both to one mode. `none`: workers that start with the file do. */
const otherMode = { shadow: 'SHADOW_NEEDED', switch: 'SWITCH_NEEDED', none: 'MODE_OTHER' } as const

/**
 * Does the tenant run in the mode of its settings, and does it lack nothing for it? What a shadow needs of its own in both systems cannot be
 * seen from here, so it is a note.
 */
export async function checkMode(
  { name, settings }: Tenant,
  redis: RedisClient | undefined,
): Promise<readonly CheckResult[]> {
  if (redis === undefined) return skipped(['mode'], 'redis')
  const tenantMode = createTenantMode(redis, name)
  const [record, rest] = [await tenantMode.read(), await tenantMode.rest.count()]
  // Before the first worker has run.
  const mode = record.since === 0 ? settings.mode : record.mode
  const needed = neededCommand(record, settings.mode)
  const until = switchableUntil(record, Date.now())
  const found = [
    ...(mode === settings.mode
      ? []
      : [warned('mode', otherMode[needed ?? 'none'], { settings: settings.mode, found: mode })]),
    ...(record.isDraining === true
      ? [warned('mode', 'DRAINING', { since: isoOf(record.shadowSince ?? record.since) })]
      : []),
    ...(rest > 0 ? [warned('mode', 'REST_UNDONE', { rest })] : []),
    ...(until === undefined ? [] : [warned('mode', 'LIVE_WITHOUT_SWITCH', { until: isoOf(until) })]),
  ]
  if (found.length > 0) return found
  const ownOfShadow = { app: 'rdStation.clientId', user: 'totvsCrm.username' }
  return [passed('mode', mode === 'shadow' ? { note: 'SHADOW_SHARES_NOTHING', facts: ownOfShadow } : undefined)]
}
