import { createCrmSession, createTotvsCrmClient } from '@ponte/clients'
import type { TenantSettings } from '@ponte/contracts'
import { createCommandCallGuard } from '../../calls/command-call-guard.ts'
import { checkCrmCatalog } from './crm-catalog.ts'
import { checkCrmIds } from './crm-ids.ts'
import { checkFilters } from './crm-filters.ts'
import { checkDefaultUser } from './crm-default-user.ts'
import { checkStatusField, type StatusFieldMemory } from './crm-status-field.ts'
import { runCheck, checkNames, type CheckResult, passed, skipped, failed } from './check-result.ts'

/** TOTVS CRM, as the checks see it. */
export type Crm = ReturnType<typeof createTotvsCrmClient>

const LOGIN = 'crm-login'
const afterLogin = checkNames.filter(check => check.startsWith('crm-') && check !== LOGIN)

/** Everything about TOTVS CRM: first the login, and with it what the tenant's settings name there. */
export async function checkCrm(
  settings: TenantSettings,
  statusField: StatusFieldMemory,
): Promise<readonly CheckResult[]> {
  const guard = createCommandCallGuard()
  const session = createCrmSession({ settings: settings.totvsCrm, guard })
  const answered = await runCheck(LOGIN, {}, async () => {
    await session.current()
    return [passed(LOGIN)]
  })
  const login = answered.map(finding => aboutAddress(finding, settings))
  if (login.some(({ status }) => status !== 'ok')) return [...login, ...skipped(afterLogin, LOGIN)]

  const crm = createTotvsCrmClient({ settings: settings.totvsCrm, session, guard })
  const findings = [
    ...login,
    ...(await checkDefaultUser(settings, crm)),
    ...(await checkCrmCatalog(settings, crm)),
    ...(await checkCrmIds(settings, crm)),
    ...(await checkStatusField(settings, crm, statusField)),
  ]
  return [...findings, ...(await checkFilters(crm, findings))]
}

/** Whatever takes no login: another answer than a refusal of the user, and than one of a CRM in trouble. */
const strangersAnswers = ['CRM_REJECTED', 'CRM_UNAVAILABLE', 'CRM_UNREADABLE', 'CRM_CONFLICT']

/** What does not know the login is not the CRM: as a refusal of data that would lead to look for a mistake in them. */
function aboutAddress(finding: CheckResult, { totvsCrm }: TenantSettings): CheckResult {
  if (finding.status !== 'problem' || !strangersAnswers.includes(finding.problem)) return finding
  const status = Number(finding.facts['status'])
  if (!(status < 500)) return finding
  const { origin, pathname } = new URL(totvsCrm.baseUrl.replace(/\/+$/, '') + totvsCrm.loginPath)
  return failed(LOGIN, 'CRM_LOGIN_ADDRESS_WRONG', { url: origin + pathname, status })
}
