import { modeInUse, switchableUntil } from '../../bridge/mode-words.ts'
import { type ProcessDeps, type ProcessReading, readProcessConcerns } from '../../processes/process-concerns.ts'
import type { DoctorFindings } from '../doctor-investigation.ts'
import type { Tenant } from '@ponte/runtime'
import {
  createTenantMode,
  findOtherFingerprintKeys,
  type Fingerprint,
  neededCommand,
  type RedisClient,
} from '@ponte/state'

/** Do running processes take the tenants file as it is? Returns what they use besides; undefined where that could not be read. */
export const checkTenantsFile = (
  findings: DoctorFindings,
  redis: RedisClient,
  { tenants, deps }: { readonly tenants: readonly Pick<Tenant, 'name'>[]; readonly deps: ProcessDeps },
): Promise<ProcessReading | undefined> =>
  findings.check('tenants-file', { needs: ['redis'] }, async found => {
    const names = tenants.map(({ name }) => name)
    const reading = await readProcessConcerns(redis, names, { ...deps, now: Date.now() })
    const { refusedFile: refused } = reading
    if (refused.length > 0)
      found('PROCESS_REFUSES_FILE', {
        processes: refused.map(({ process }) => process).join(', '),
        problems: [...new Set(refused.flatMap(({ problems }) => problems))].join('; '),
      })
    return reading
  })

/** Do running processes use the credentials that this command reads? Skipped where none has any that can be compared. */
export const checkCredentialsInUse = (
  findings: DoctorFindings,
  tenant: string,
  reading: ProcessReading | undefined,
): Promise<void> =>
  findings.check('credentials-in-use', { needs: ['redis'] }, (found, lacks) => {
    const { refusedFileBy = [], oldCredentials = [] } = reading?.concerns.get(tenant) ?? {}
    if (reading?.compared.has(tenant) !== true)
      return reading === undefined || refusedFileBy.length > 0 ? lacks('tenants-file') : found('NOTHING_TO_COMPARE', {})
    for (const { setting, processes, restart } of oldCredentials)
      found('PROCESS_USES_OLD', {
        setting,
        processes: processes.join(', '),
        restart: restart.map(line => `\`${line}\``).join(', '),
      })
  })

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
