import { type CheckName, type DoctorFindings } from '../doctor-investigation.ts'
import { choicesOf } from '../crm/listed.ts'
import { type IdList, idsUsedBy, isSameId, leadIds, nameOf } from '../crm/variables.ts'
import type { TotvsCrmClient } from '@ponte/clients'
import { type CrmCatalogEntry, sampleVariables, type TenantSettings } from '@ponte/contracts'

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
export async function checkCrmIds(
  findings: DoctorFindings,
  { variables, totvsCrm }: TenantSettings,
  crm: TotvsCrmClient,
): Promise<void> {
  const ofLeads = { needs: ['crm-login'], facts: { setting: 'totvsCrm.resources.lead' } } as const
  const leads = (await findings.check('crm-leads', ofLeads, () => crm.sampleLeads())) ?? []
  const known = new Map<IdList, readonly CrmCatalogEntry[]>()
  for (const each of leadIds) {
    const { variable, list } = each
    const setting = `totvsCrm.resources.${list}`
    const resource = totvsCrm.resources[list]
    const id = variables[variable]
    const needs = [resource === undefined ? ('crm-leads' as const) : ('crm-login' as const)]
    await findings.check(checkOf[variable], { needs, facts: { setting } }, async found => {
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
