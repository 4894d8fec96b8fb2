import { type DoctorFindings } from '../doctor-investigation.ts'
import { modeInUse, switchableUntil } from '../../bridge/mode-words.ts'
import type { Tenant } from '@ponte/runtime'
import {
  createTenantMode,
  type Fingerprint,
  findOtherFingerprintKeys,
  neededCommand,
  type RedisClient,
} from '@ponte/state'

const isoOf = (at: number): string => new Date(at).toISOString()

/** By the command that brings both to one mode. `none`: workers that start with the file do. */
const otherMode = { shadow: 'SHADOW_NEEDED', switch: 'SWITCH_NEEDED', none: 'MODE_OTHER' } as const

/**
 * Do the workers use the same fingerprint key, and run the tenant in the mode of its settings, with all that it needs? Before the first
 * worker has run, both pass. What a shadow needs of its own in both systems cannot be seen from here, so it is a note.
 */
export async function checkWorkers(
  findings: DoctorFindings,
  tenant: Tenant,
  { redis, fingerprint }: { readonly redis: RedisClient; readonly fingerprint: Fingerprint },
): Promise<void> {
  const { name, settings } = tenant
  await findings.check('fingerprint-key', { needs: ['redis'] }, async found => {
    const others = await findOtherFingerprintKeys(redis, [{ name }], fingerprint)
    if (others.length > 0) found('FINGERPRINT_KEY_OTHER', { setting: 'PONTE_FINGERPRINT_KEY' })
  })
  await findings.check('mode', { needs: ['redis'] }, async found => {
    const tenantMode = createTenantMode(redis, name)
    const [record, rest] = [await tenantMode.read(), await tenantMode.rest.count()]
    const mode = modeInUse(record, settings.mode)
    const until = switchableUntil(record, Date.now())
    const isOther = mode !== settings.mode
    const isDraining = record.isDraining === true
    if (isOther)
      found(otherMode[neededCommand(record, settings.mode) ?? 'none'], { settings: settings.mode, found: mode })
    if (isDraining) found('DRAINING', { since: isoOf(record.shadowSince ?? record.since) })
    if (rest > 0) found('REST_UNDONE', { rest })
    if (until !== undefined) found('LIVE_WITHOUT_SWITCH', { until: isoOf(until) })
    if (mode === 'shadow' && !isOther && !isDraining && rest === 0)
      found('SHADOW_SHARES_NOTHING', { app: 'rdStation.clientId', user: 'totvsCrm.username' })
  })
}
