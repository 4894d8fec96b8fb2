import type { TenantSettings } from '@ponte/contracts'
import type { Crm } from './crm.ts'
import { attempt, type CheckName, type Finding, fine, unknown, wrong } from './finding.ts'

type ListName = 'leadSituation' | 'leadOrigin' | 'emailType' | 'phoneType' | 'addressType'

const ids: readonly { check: CheckName; variable: keyof TenantSettings['variables']; list: ListName }[] = [
  { check: 'crm-lead-situation', variable: 'totvs_crm_leadsituationid', list: 'leadSituation' },
  { check: 'crm-lead-origin', variable: 'totvs_crm_leadoriginid', list: 'leadOrigin' },
  { check: 'crm-email-type', variable: 'totvs_crm_emailtypeid', list: 'emailType' },
  { check: 'crm-phone-type-main', variable: 'totvs_crm_phonetypeid_main', list: 'phoneType' },
  { check: 'crm-phone-type-mobile', variable: 'totvs_crm_phonetypeid_mobile', list: 'phoneType' },
  { check: 'crm-address-type', variable: 'totvs_crm_addresstypeid', list: 'addressType' },
]

/**
 * Does the CRM know the ids of `variables`? TOTVS does not publish whether its API offers these lists nor how they are called,
 * and writing a lead only to see whether it is refused would leave a lead behind: so they are compared where
 * `totvsCrm.resources` names the list, and said to be not checkable elsewhere (docs/assumptions.md).
 */
export async function checkCrmIds(settings: TenantSettings, crm: Crm): Promise<readonly Finding[]> {
  const { variables, totvsCrm } = settings
  const known = new Map<ListName, ReadonlySet<string>>()
  const findings: Finding[] = []
  for (const { check, variable, list } of ids) {
    const setting = `totvsCrm.resources.${list}`
    const resource = totvsCrm.resources[list]
    if (resource === undefined) {
      findings.push(unknown(check, 'NO_LIST_CONFIGURED', { variable, setting }))
      continue
    }
    const found = await attempt(check, { setting }, async () => {
      const entries = known.get(list) ?? new Set((await crm.listRegistry(resource)).map(({ id }) => id))
      known.set(list, entries)
      const id = variables[variable]
      return [entries.has(id) ? fine(check) : wrong(check, 'CRM_ID_NOT_FOUND', { variable, value: id, setting })]
    })
    findings.push(...found)
  }
  return findings
}
