import { type DoctorFindings } from '../doctor-investigation.ts'
import { choicesOf } from '../crm/listed.ts'
import { emailsOfUsableUsers, judgeCrmUser, maskedEmail } from '../crm/users.ts'
import { isWrongAddress, orNothing } from '../crm/answers.ts'
import { createCommandCallGuard } from '../../calls/command-call-guard.ts'
import { randomUUID } from 'node:crypto'
import { createCrmSession, createTotvsCrmClient, filterOf, type TotvsCrmClient } from '@ponte/clients'
import { Failure, type TenantSettings, withoutEnd } from '@ponte/contracts'
import { checkCrmCatalog } from './crm-catalog.ts'
import { checkCrmIds } from './crm-ids.ts'
import { checkCrmRules } from './crm-rules.ts'
import { checkStatusField, type StatusFieldMemory } from './crm-status-field.ts'

const USER = 'totvs_crm_default_user'
const userProblems = {
  unknown: 'VARIABLE_EMPTY',
  'not-found': 'CRM_DEFAULT_USER_NOT_FOUND',
  inactive: 'CRM_DEFAULT_USER_INACTIVE',
  'without-role': 'CRM_DEFAULT_USER_WITHOUT_ROLE',
} as const

/** All checks of TOTVS CRM: the login first, then everything that the settings refer to. */
export async function checkCrm(
  findings: DoctorFindings,
  settings: TenantSettings,
  statusField: StatusFieldMemory,
): Promise<void> {
  const { totvsCrm } = settings
  const guard = createCommandCallGuard()
  const session = createCrmSession({ settings: totvsCrm, guard })
  await findings.check('crm-login', {}, async found => {
    try {
      await session.current()
    } catch (error) {
      // The address answers, but not like a TOTVS CRM login: probably a wrong URL. The failure code would blame the data instead.
      const status = error instanceof Failure ? error.context['status'] : undefined
      if (!(error instanceof Failure) || !isWrongAddress(error.code, status)) throw error
      const { origin, pathname } = new URL(withoutEnd(totvsCrm.baseUrl, '/') + totvsCrm.loginPath)
      found('LOGIN_ADDRESS_WRONG', { url: origin + pathname, status: Number(status) })
    }
  })
  const crm = createTotvsCrmClient({ settings: totvsCrm, session, guard })
  await checkDefaultUser(findings, settings, crm)
  await checkCrmCatalog(findings, settings, crm)
  await checkCrmIds(findings, settings, crm)
  await checkStatusField(findings, settings, { crm, statusField })
  await checkFilters(findings, crm)
  await checkCrmRules(findings, settings, crm)
}

/** Can the default user own leads: does it exist, is it active, does it have a role? */
async function checkDefaultUser(
  findings: DoctorFindings,
  { variables }: TenantSettings,
  crm: TotvsCrmClient,
): Promise<void> {
  const facts = { setting: 'totvsCrm.resources.user' }
  await findings.check('crm-default-user', { needs: ['crm-login'], facts }, async found => {
    const value = variables[USER]
    const state = value === '' ? 'unknown' : await judgeCrmUser(value, crm)
    if (state === 'usable') return
    const users = await orNothing(crm.readUsers().then(({ items }) => items))
    const choices = choicesOf(emailsOfUsableUsers(users))
    found(userProblems[state], { variable: USER, value: maskedEmail(value), ...choices })
  })
}

/** The fields by which leads and opportunities are looked up, each with a value that no record has. */
const questions: readonly { resource: 'lead' | 'opportunity'; field: string; value: () => string }[] = [
  { resource: 'lead', field: 'externalId', value: () => `rd:${randomUUID()}` },
  { resource: 'lead', field: 'emails.email', value: () => `${randomUUID()}@ponte.invalid` },
  { resource: 'lead', field: 'phones.number', value: () => randomUUID() },
  { resource: 'opportunity', field: 'leadId', value: () => randomUUID() },
]

/**
 * Does TOTVS CRM apply filters? If not, every lookup returns all records; with more than 10,000, Ponte cannot know whether a person has a
 * lead and creates none. The first filter that is not applied says it of all.
 */
async function checkFilters(findings: DoctorFindings, crm: TotvsCrmClient): Promise<void> {
  for (const { resource, field, value } of questions) {
    const facts = { setting: `totvsCrm.resources.${resource}`, field }
    const answer = await findings.check('crm-filters', { needs: ['crm-leads'], facts }, async found => {
      const filter = filterOf({ field, op: field === 'emails.email' ? 'ieq' : 'eq', value: value() })
      const matches = filter === undefined ? 'none' : await crm.matchesOf(resource, filter)
      if (matches !== 'none') found(matches === 'some' ? 'CRM_FILTER_IGNORED' : 'CRM_LIST_INCOMPLETE', facts)
      return matches
    })
    if (answer !== 'none') return
  }
}
