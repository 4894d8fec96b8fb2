import type { TotvsCrmClient } from '@ponte/clients'
import { type CrmCatalogEntry, type CrmLead, sampleVariables, type TenantSettings } from '@ponte/contracts'
import { nameOf } from '../../crm/catalog.ts'
import { type IdList, idsUsedBy, isSameId, leadIds } from '../../crm/lead-ids.ts'
import {
  choicesOf,
  runCheck,
  type CheckName,
  type Facts,
  type CheckResult,
  passed,
  skipped,
  notCheckable,
  failed,
} from './check-result.ts'

const checkOf = {
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
export async function checkCrmIds(settings: TenantSettings, crm: TotvsCrmClient): Promise<readonly CheckResult[]> {
  const { variables, totvsCrm } = settings
  let leads: readonly CrmLead[] = []
  const sampled = await runCheck('crm-leads', { setting: 'totvsCrm.resources.lead' }, async () => {
    leads = await crm.sampleLeads()
    return [passed('crm-leads')]
  })
  const areLeadsRead = sampled.every(({ status }) => status === 'ok')
  const known = new Map<IdList, readonly CrmCatalogEntry[]>()
  const results: CheckResult[] = [...sampled]
  for (const each of leadIds) {
    const { variable, list } = each
    const check = checkOf[variable]
    const setting = `totvsCrm.resources.${list}`
    const resource = totvsCrm.resources[list]
    const id = variables[variable]
    const used = idsUsedBy(each, leads)
    if (resource === undefined) {
      const facts = { variable, setting, leads: leads.length, ...choicesOf(used) }
      const isUsed = used.some(other => isSameId(other, id))
      const isSample = isSameId(id, sampleVariables[variable])
      results.push(
        ...(areLeadsRead
          ? [judge(check, { isEmpty: id === '', isUsed, isSample }, facts)]
          : skipped([check], 'crm-leads')),
      )
      continue
    }
    const found = await runCheck(check, { setting }, async () => {
      const entries = known.get(list) ?? (await crm.listRegistry(resource))
      known.set(list, entries)
      if (entries.some(entry => entry.id === id)) return [passed(check)]
      const choices = choicesOf(entries.map(entry => `${entry.id} (${nameOf(entry)})`))
      return [
        failed(check, id === '' ? 'VARIABLE_EMPTY' : 'CRM_ID_NOT_FOUND', { variable, value: id, setting, ...choices }),
      ]
    })
    results.push(...found)
  }
  return results
}

function judge(
  check: CheckName,
  id: { isEmpty: boolean; isUsed: boolean; isSample: boolean },
  facts: Facts,
): CheckResult {
  if (id.isEmpty) return failed(check, 'VARIABLE_EMPTY', facts)
  if (id.isUsed) return passed(check, { note: 'SEEN_IN_USE', facts })
  return notCheckable(check, id.isSample ? 'SAMPLE_NOT_SEEN_IN_USE' : 'NOT_SEEN_IN_USE', facts)
}
