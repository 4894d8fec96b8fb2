import type { TotvsCrmClient } from '@ponte/clients'
import { type CrmLead, sampleVariables, type TenantSettings } from '@ponte/contracts'
import {
  runCheck,
  type CheckName,
  type Facts,
  type CheckResult,
  passed,
  skipped,
  notCheckable,
  failed,
} from './check-result.ts'

type ListName = 'leadSituation' | 'leadOrigin' | 'emailType' | 'phoneType' | 'addressType'

interface CheckedId {
  readonly check: CheckName
  readonly variable: keyof TenantSettings['variables']
  readonly list: ListName
  /** The ids of this kind in a lead. */
  readonly usedBy: (lead: CrmLead) => readonly unknown[]
}

const phoneTypesOf = ({ phones }: CrmLead) => phones.map(({ phoneTypeId }) => phoneTypeId)
const ids: readonly CheckedId[] = [
  {
    check: 'crm-lead-situation',
    variable: 'totvs_crm_leadsituationid',
    list: 'leadSituation',
    usedBy: lead => [lead['leadSituationId']],
  },
  {
    check: 'crm-lead-origin',
    variable: 'totvs_crm_leadoriginid',
    list: 'leadOrigin',
    usedBy: lead => [lead.leadOriginId],
  },
  {
    check: 'crm-email-type',
    variable: 'totvs_crm_emailtypeid',
    list: 'emailType',
    usedBy: ({ emails }) => emails.map(({ emailTypeId }) => emailTypeId),
  },
  { check: 'crm-phone-type-main', variable: 'totvs_crm_phonetypeid_main', list: 'phoneType', usedBy: phoneTypesOf },
  { check: 'crm-phone-type-mobile', variable: 'totvs_crm_phonetypeid_mobile', list: 'phoneType', usedBy: phoneTypesOf },
  {
    check: 'crm-address-type',
    variable: 'totvs_crm_addresstypeid',
    list: 'addressType',
    usedBy: ({ addresses }) => addresses.map(({ addressType }) => addressType?.id),
  },
]

/**
 * Does TOTVS CRM know the ids in `variables`? They are compared with the lists that `totvsCrm.resources` names, if it does: TOTVS does not
 * document whether the API offers such lists (docs/vendors/totvs-crm.md#lists-of-ids). Without a list, a lead that uses the id confirms it,
 * and no lead proves nothing. No lead is created for a test, because it would stay.
 */
export async function checkCrmIds(settings: TenantSettings, crm: TotvsCrmClient): Promise<readonly CheckResult[]> {
  const { variables, totvsCrm } = settings
  let leads: readonly CrmLead[] = []
  const sampled = await runCheck('crm-leads', { setting: 'totvsCrm.resources.lead' }, async () => {
    leads = await crm.sampleLeads()
    return [passed('crm-leads')]
  })
  const areLeadsRead = sampled.every(({ status }) => status === 'ok')
  const known = new Map<ListName, ReadonlySet<string>>()
  const results: CheckResult[] = [...sampled]
  for (const { check, variable, list, usedBy } of ids) {
    const setting = `totvsCrm.resources.${list}`
    const resource = totvsCrm.resources[list]
    const id = variables[variable]
    if (resource === undefined) {
      const facts = { variable, setting, leads: leads.length }
      const isUsed = leads.some(lead => usedBy(lead).some(used => isSameId(used, id)))
      const isSample = isSameId(id, sampleVariables[variable])
      results.push(...(areLeadsRead ? [judge(check, { isUsed, isSample }, facts)] : skipped([check], 'crm-leads')))
      continue
    }
    const found = await runCheck(check, { setting }, async () => {
      const entries = known.get(list) ?? new Set((await crm.listRegistry(resource)).map(entry => entry.id))
      known.set(list, entries)
      return [entries.has(id) ? passed(check) : failed(check, 'CRM_ID_NOT_FOUND', { variable, value: id, setting })]
    })
    results.push(...found)
  }
  return results
}

function judge(check: CheckName, id: { isUsed: boolean; isSample: boolean }, facts: Facts): CheckResult {
  if (id.isUsed) return passed(check, { note: 'SEEN_IN_USE', facts })
  return notCheckable(check, id.isSample ? 'SAMPLE_NOT_SEEN_IN_USE' : 'NOT_SEEN_IN_USE', facts)
}

/** UUIDs may be upper or lower case; an id may be a number. */
const isSameId = (used: unknown, id: string): boolean =>
  (typeof used === 'string' || typeof used === 'number') && String(used).toLowerCase() === id.toLowerCase()
