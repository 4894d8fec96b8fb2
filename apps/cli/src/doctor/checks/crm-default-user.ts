import type { TotvsCrmClient } from '@ponte/clients'
import type { TenantSettings } from '@ponte/contracts'
import { orNothing } from '../../crm/or-nothing.ts'
import { emailsOfUsableUsers, judgeCrmUser, maskedEmail } from '../../crm/users.ts'
import { choicesOf, runCheck, type CheckResult, passed, failed } from './check-result.ts'

const CHECK = 'crm-default-user'
const VARIABLE = 'totvs_crm_default_user'

const problems = {
  unknown: 'VARIABLE_EMPTY',
  'not-found': 'CRM_DEFAULT_USER_NOT_FOUND',
  inactive: 'CRM_DEFAULT_USER_INACTIVE',
  'without-role': 'CRM_DEFAULT_USER_WITHOUT_ROLE',
} as const

/** Can the default user own leads: does it exist, is it active, does it have a role? */
export function checkDefaultUser({ variables }: TenantSettings, crm: TotvsCrmClient): Promise<readonly CheckResult[]> {
  return runCheck(CHECK, { setting: 'totvsCrm.resources.user' }, async () => {
    const value = variables[VARIABLE]
    const state = value === '' ? 'unknown' : await judgeCrmUser(value, crm)
    if (state === 'usable') return [passed(CHECK)]
    const users = await orNothing(crm.readUsers().then(({ items }) => items))
    const choices = choicesOf(emailsOfUsableUsers(users))
    return [failed(CHECK, problems[state], { variable: VARIABLE, value: maskedEmail(value), ...choices })]
  })
}
