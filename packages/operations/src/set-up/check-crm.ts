import { randomUUID } from 'node:crypto'
import { createCrmSession, createTotvsCrmClient, filterOf } from '@ponte/clients'
import { type CrmCatalogEntry, Failure, sampleVariables, type TenantSettings, withoutEnd } from '@ponte/contracts'
import { chooseCatalogEntries, pipelineOfStage } from '@ponte/mappers'
import { createCommandCallGuard } from '../connect/call-guards.ts'
import type { Facts } from '../findings/text-rows.ts'
import { checkCrmRules, type CrmChecks } from './check-rules.ts'
import {
  type CatalogKind,
  catalogVariables,
  choicesOf,
  customFieldsOf,
  emailsOfUsableUsers,
  type IdList,
  idsUsedBy,
  isSameId,
  isWrongAddress,
  judgeCrmUser,
  leadIds,
  maskedEmail,
  nameOf,
  orNothing,
} from './crm-lists.ts'
import type { CheckName, DoctorFindings } from './doctor-investigation.ts'

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
  const checks = { findings, settings, crm }
  await checkDefaultUser(checks)
  await checkCrmCatalog(checks)
  await checkCrmIds(checks)
  await checkStatusField(checks, statusField)
  await checkFilters(checks)
  await checkCrmRules(checks)
}

/** Can the default user own leads: does it exist, is it active, does it have a role? */
async function checkDefaultUser({ findings, settings: { variables }, crm }: CrmChecks): Promise<void> {
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
async function checkFilters({ findings, crm }: CrmChecks): Promise<void> {
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

const checkOfKind = {
  pipeline: 'crm-pipeline',
  stage: 'crm-stage',
  opportunityType: 'crm-opportunity-type',
} as const satisfies Record<CatalogKind, CheckName>

/** Do pipeline, stage and type each name exactly one entry in TOTVS CRM, and does the stage belong to the pipeline? */
async function checkCrmCatalog({ findings, settings: { variables }, crm }: CrmChecks): Promise<void> {
  /** The one entry that the variable names, and what else it could name. Stages are looked for in the `pipeline` first. */
  async function find(kind: CatalogKind, within?: { readonly pipeline: CrmCatalogEntry | undefined }) {
    const variable = catalogVariables[kind]
    const value = variables[variable]
    let choices: Facts = {}
    const isOwn =
      within && ((entry: CrmCatalogEntry) => !within.pipeline || pipelineOfStage(entry) === within.pipeline.id)
    const options = { needs: ['crm-login'], facts: { setting: `totvsCrm.resources.${kind}` } } as const
    const entry = await findings.check(checkOfKind[kind], options, async (found, lacks) => {
      const entries = await crm.listCatalog(kind)
      const own = isOwn === undefined ? [] : entries.filter(isOwn)
      choices = choicesOf((own.length > 0 ? own : entries).map(nameOf))
      const chosen = value === '' ? [] : chooseCatalogEntries(entries, value, isOwn)
      if (chosen.length === 1) return chosen[0]
      const facts = { variable, value, entries: chosen.length }
      // Pipelines often have stages with the same name: without the pipeline, the stage cannot be known.
      if (chosen.length > 1 && within !== undefined && within.pipeline === undefined) lacks('crm-pipeline')
      else if (chosen.length > 1)
        found('CRM_CATALOG_ENTRY_AMBIGUOUS', { ...facts, ...choicesOf(chosen.map(({ id }) => id)) })
      else found(value === '' ? 'VARIABLE_EMPTY' : 'CRM_CATALOG_ENTRY_NOT_FOUND', { ...facts, ...choices })
      return undefined
    })
    return { entry, choices }
  }

  const { entry: pipeline } = await find('pipeline')
  const { entry: stage, choices } = await find('stage', { pipeline })
  await find('opportunityType')
  await findings.check('crm-stage-in-pipeline', { needs: ['crm-pipeline', 'crm-stage'] }, found => {
    const home = stage && pipelineOfStage(stage)
    const [variable, value] = [catalogVariables.stage, variables[catalogVariables.stage]]
    if (home === undefined) found('STAGE_TELLS_NO_PIPELINE', {})
    else if (home !== pipeline?.id) found('CRM_STAGE_OUTSIDE_PIPELINE', { variable, value, ...choices })
  })
}

const checkOfId = {
  totvs_crm_leadsituationid: 'crm-lead-situation',
  totvs_crm_leadoriginid: 'crm-lead-origin',
  totvs_crm_emailtypeid: 'crm-email-type',
  totvs_crm_phonetypeid_main: 'crm-phone-type-main',
  totvs_crm_phonetypeid_mobile: 'crm-phone-type-mobile',
  totvs_crm_addresstypeid: 'crm-address-type',
} as const satisfies Record<(typeof leadIds)[number]['variable'], CheckName>

/**
 * Does TOTVS CRM know the ids in `variables`? They are compared with the lists that `totvsCrm.resources` names, if it does: TOTVS does not
 * document whether the API offers such lists (docs/vendors/totvs-crm.md#lists-of-ids). Without a list, a lead that uses the id confirms it,
 * and no lead proves nothing. No lead is created for a test, because it would stay.
 */
async function checkCrmIds({ findings, settings: { variables, totvsCrm }, crm }: CrmChecks): Promise<void> {
  const ofLeads = { needs: ['crm-login'], facts: { setting: 'totvsCrm.resources.lead' } } as const
  const leads = (await findings.check('crm-leads', ofLeads, () => crm.sampleLeads())) ?? []
  const known = new Map<IdList, readonly CrmCatalogEntry[]>()
  for (const each of leadIds) {
    const { variable, list } = each
    const setting = `totvsCrm.resources.${list}`
    const resource = totvsCrm.resources[list]
    const id = variables[variable]
    const needs = [resource === undefined ? ('crm-leads' as const) : ('crm-login' as const)]
    await findings.check(checkOfId[variable], { needs, facts: { setting } }, async found => {
      if (resource === undefined) {
        const used = idsUsedBy(each, leads)
        const facts = { variable, setting, leads: leads.length, ...choicesOf(used) }
        if (id === '') found('VARIABLE_EMPTY', facts)
        else if (used.some(other => isSameId(other, id))) found('SEEN_IN_USE', facts)
        else if (isSameId(id, sampleVariables[variable])) found('SAMPLE_NOT_SEEN_IN_USE', facts)
        else found('NOT_SEEN_IN_USE', facts)
        return
      }
      const entries = known.get(list) ?? (await crm.listRegistry(resource))
      known.set(list, entries)
      if (entries.some(entry => entry.id === id)) return
      const choices = choicesOf(entries.map(entry => `${entry.id} (${nameOf(entry)})`))
      found(id === '' ? 'VARIABLE_EMPTY' : 'CRM_ID_NOT_FOUND', { variable, value: id, setting, ...choices })
    })
  }
}

/** What the workers remember: the last opportunity that did not show the text they wrote. */
export interface StatusFieldMemory {
  unreadableAt(): Promise<string | undefined>
}

/**
 * Do opportunities have the field for failed marks, in the configured form? Decided by existing opportunities. TOTVS CRM may omit empty
 * fields, so the field is certainly missing only if other empty fields are shown.
 */
async function checkStatusField({ findings, settings, crm }: CrmChecks, statusField: StatusFieldMemory): Promise<void> {
  const { totvsCrm } = settings
  const { field } = settings.statusRd
  const options = { needs: ['crm-login'], facts: { setting: 'totvsCrm.resources.opportunity' } } as const
  await findings.check('crm-status-field', options, async found => {
    // Without Redis, nothing is known about what the workers found.
    const unreadable = findings.lackOf('redis') === undefined ? await statusField.unreadableAt() : undefined
    if (unreadable !== undefined) found('CRM_STATUS_FIELD_UNREADABLE', { field, opportunity: unreadable })
    const opportunities = await crm.sampleOpportunities()
    const facts = { field, opportunities: opportunities.length }
    const seen = opportunities.flatMap(customFieldsOf)
    const form = seen.find(({ names }) => names.some(name => name.toLowerCase() === field.toLowerCase()))?.form
    const areEmptyShown = seen.some(
      shown => shown.hasEmpty && (shown.form !== 'flat' || totvsCrm.customFields === 'flat'),
    )
    if (form === totvsCrm.customFields) return
    if (form !== undefined)
      found('CRM_CUSTOM_FIELDS_FORM', {
        setting: 'totvsCrm.customFields',
        found: totvsCrm.customFields,
        wanted: form,
      })
    else if (areEmptyShown) found('CRM_STATUS_FIELD_MISSING', facts)
    else if (unreadable === undefined)
      found(opportunities.length === 0 ? 'NO_OPPORTUNITY' : 'STATUS_FIELD_NOT_SHOWN', facts)
  })
}
