import { createCrmSession, createTotvsCrmClient } from '@ponte/clients'
import { isFailureCode, type TenantSettings, withoutEnd } from '@ponte/contracts'
import { createCommandCallGuard } from '../../calls/command-call-guard.ts'
import { isWrongAddress } from '../../crm/wrong-address.ts'
import { checkCrmCatalog } from './crm-catalog.ts'
import { checkCrmIds } from './crm-ids.ts'
import { checkFilters } from './crm-filters.ts'
import { checkDefaultUser } from './crm-default-user.ts'
import { checkStatusField, type StatusFieldMemory } from './crm-status-field.ts'
import { checkCrmRules, crmRuleChecksOf } from './rules/crm-rules.ts'
import { runCheck, checkNames, type CheckName, type CheckResult, passed, skipped, failed } from './check-result.ts'

const LOGIN = 'crm-login'
/** These checks are made only for tenants with such rules. */
const ofRules: ReadonlySet<CheckName> = new Set(['crm-routes', 'crm-route-owners', 'crm-rule-fields'])
const afterLogin: readonly CheckName[] = checkNames.filter(
  check => check.startsWith('crm-') && check !== LOGIN && !ofRules.has(check),
)

/** All checks of TOTVS CRM: the login first, then everything that the settings refer to. */
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
  const login = answered.map(result => aboutAddress(result, settings))
  if (login.some(({ status }) => status !== 'ok'))
    return [...login, ...skipped([...afterLogin, ...crmRuleChecksOf(settings)], LOGIN)]

  const crm = createTotvsCrmClient({ settings: settings.totvsCrm, session, guard })
  const results = [
    ...login,
    ...(await checkDefaultUser(settings, crm)),
    ...(await checkCrmCatalog(settings, crm)),
    ...(await checkCrmIds(settings, crm)),
    ...(await checkStatusField(settings, crm, statusField)),
  ]
  return [...results, ...(await checkFilters(crm, results)), ...(await checkCrmRules(settings, crm, results))]
}

/** The address answers, but not like a TOTVS CRM login: probably a wrong URL. The failure code would blame the data instead. */
function aboutAddress(result: CheckResult, { totvsCrm }: TenantSettings): CheckResult {
  if (result.status !== 'problem' || !isFailureCode(result.problem)) return result
  const status = Number(result.facts['status'])
  if (!isWrongAddress(result.problem, status)) return result
  const { origin, pathname } = new URL(withoutEnd(totvsCrm.baseUrl, '/') + totvsCrm.loginPath)
  return failed(LOGIN, 'LOGIN_ADDRESS_WRONG', { url: origin + pathname, status })
}
