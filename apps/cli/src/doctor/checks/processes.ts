import {
  type DoctorFindings,
  joinRefused,
  type ProcessConcerns,
  type ProcessDeps,
  readProcessConcerns,
} from '@ponte/operations'
import type { Tenant } from '@ponte/runtime'
import type { RedisClient } from '@ponte/state'

/** By tenant, what running processes do not use. */
type Concerns = ReadonlyMap<string, ProcessConcerns>

/** Do running processes take the tenants file as it is? Returns what else they do not use; undefined where that could not be read. */
export const checkTenantsFile = (
  findings: DoctorFindings,
  redis: RedisClient,
  { tenants, deps }: { readonly tenants: readonly Pick<Tenant, 'name'>[]; readonly deps: ProcessDeps },
): Promise<Concerns | undefined> =>
  findings.check('tenants-file', { needs: ['redis'] }, async found => {
    const names = tenants.map(({ name }) => name)
    const concerns = await readProcessConcerns(redis, names, { ...deps, now: Date.now() })
    const refused = joinRefused([...concerns.values()].flatMap(({ refusedFile }) => refusedFile))
    if (refused.length > 0)
      found('PROCESS_REFUSES_FILE', {
        processes: refused.map(({ process }) => process).join(', '),
        problems: [...new Set(refused.flatMap(({ problems }) => problems))].join('; '),
      })
    return concerns
  })

/** Do running processes use the credentials that this command reads? */
export const checkCredentialsInUse = (
  findings: DoctorFindings,
  tenant: string,
  concerns: Concerns | undefined,
): Promise<void> =>
  findings.check('credentials-in-use', { needs: ['redis'] }, (found, lacks) => {
    if (concerns === undefined) return lacks('tenants-file')
    for (const { setting, processes, restart } of concerns.get(tenant)?.oldCredentials ?? [])
      found('PROCESS_USES_OLD', {
        setting,
        processes: processes.join(', '),
        restart: restart.map(line => `\`${line}\``).join(', '),
      })
  })
