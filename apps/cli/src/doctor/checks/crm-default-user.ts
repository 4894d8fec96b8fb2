import { filterOf } from '@ponte/clients'
import type { CrmUser, TenantSettings } from '@ponte/contracts'
import type { Crm } from './crm.ts'
import { runCheck, type CheckResult, passed, failed } from './check-result.ts'

const CHECK = 'crm-default-user'
const VARIABLE = 'totvs_crm_default_user'

/** Can the default user own leads: does it exist, is it active, does it have a role? Otherwise TOTVS CRM refuses leads (docs/vendors/totvs-crm.md#users). */
export function checkDefaultUser({ variables }: TenantSettings, crm: Crm): Promise<readonly CheckResult[]> {
  return runCheck(CHECK, { setting: 'totvsCrm.resources.user' }, async () => {
    const wanted = variables[VARIABLE].trim().toLowerCase()
    const filter = filterOf({ field: 'userEmail.email', op: 'ieq', value: wanted })
    const isWanted = ({ userEmail }: CrmUser) => userEmail.some(({ email }) => email.trim().toLowerCase() === wanted)
    const matching = filter === undefined ? [] : await crm.findUsers(filter, isWanted)
    const user = matching.find(isUsable) ?? matching[0]
    const facts = { variable: VARIABLE, value: masked(variables[VARIABLE]) }
    if (user === undefined) return [failed(CHECK, 'CRM_DEFAULT_USER_NOT_FOUND', facts)]
    if (user.active === false) return [failed(CHECK, 'CRM_DEFAULT_USER_INACTIVE', facts)]
    if (user.roleId === undefined) return [failed(CHECK, 'CRM_DEFAULT_USER_WITHOUT_ROLE', facts)]
    return [passed(CHECK)]
  })
}

/** Enough to recognise the address of the tenants file. */
const masked = (email: string): string => email.trim().replace(/^(.).*@/s, '$1***@')

const isUsable = (user: CrmUser): boolean => user.active !== false && user.roleId !== undefined
