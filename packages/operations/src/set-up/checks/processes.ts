import { type DoctorFindings } from '../doctor-investigation.ts'
import { type ProcessDeps, type ProcessReading, readProcessConcerns } from '../../processes/process-concerns.ts'
import type { Tenant } from '@ponte/runtime'
import type { RedisClient } from '@ponte/state'

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
