import type { TotvsCrmClient } from '@ponte/clients'
import type { TenantSettings } from '@ponte/contracts'
import { type CheckResult, failed, runRuleCheck } from '../check-result.ts'
import { judgeCrmUser, maskedEmail } from '../../../crm/users.ts'

const CHECK = 'crm-route-owners'

const problems = {
  'not-found': 'ROUTE_OWNER_NOT_FOUND',
  inactive: 'ROUTE_OWNER_INACTIVE',
  'without-role': 'ROUTE_OWNER_WITHOUT_ROLE',
} as const

/** Can each owner of each route own leads? Leads skip those who cannot. */
export async function checkRouteOwners(
  { routes }: TenantSettings,
  crm: TotvsCrmClient,
): Promise<readonly CheckResult[]> {
  return await runRuleCheck(CHECK, 'totvsCrm.resources.user', async () => {
    const known = new Map<string, Awaited<ReturnType<typeof judgeCrmUser>>>()
    const found: CheckResult[] = []
    for (const { name, then } of routes) {
      for (const [index, owner] of (then.owner ?? []).entries()) {
        const state = known.get(owner) ?? (await judgeCrmUser(owner, crm))
        known.set(owner, state)
        if (state !== 'usable')
          found.push(failed(CHECK, problems[state], { route: name, value: maskedEmail(owner), number: index + 1 }))
      }
    }
    return found
  })
}
