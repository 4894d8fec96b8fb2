import { type DoctorFindings } from '../doctor-investigation.ts'
import { customFieldsOf } from '../crm/custom-fields-shown.ts'
import type { TotvsCrmClient } from '@ponte/clients'
import {
  type FieldTarget,
  structuralMembers,
  type TargetRecord,
  targetOf,
  targetRecords,
  type TenantSettings,
  textMembers,
} from '@ponte/contracts'
import { similarName } from './similar-name.ts'

/** Members of both kinds of record besides those that rules treat specially (docs/vendors/totvs-crm.md). */
const otherMembers = {
  lead: ['code', 'leadSituationId', 'leadOriginId', 'createdAt', 'updatedAt'],
  opportunity: ['code', 'totalValue', 'lossReason', 'createdAt', 'updatedAt'],
} as const satisfies Record<TargetRecord, readonly string[]>

/**
 * Do TOTVS CRM's records have the fields that rules write? Existing records decide. TOTVS CRM may leave out empty fields, so a field that
 * none of them has is a warning.
 */
export async function checkRuleFields(
  findings: DoctorFindings,
  { fields, totvsCrm }: TenantSettings,
  crm: TotvsCrmClient,
): Promise<void> {
  for (const record of targetRecords) {
    const own = fields.map(({ to }) => ({ to, target: targetOf(to) })).filter(({ target }) => target.record === record)
    if (own.length === 0) continue
    const facts = { setting: `totvsCrm.resources.${record}` }
    await findings.check('crm-rule-fields', { needs: ['crm-leads'], facts }, async found => {
      const sample = await (record === 'lead' ? crm.sampleLeads() : crm.sampleOpportunities())
      const records = sample.length
      if (records === 0) return found('NO_RECORD_SHOWN', { targets: listed(own) })
      const { members, customFields } = namesIn(record, sample, totvsCrm.customFields)
      const areShown = customFields.length > 0
      const custom = own.filter(({ target }) => target.kind === 'customField')
      if (!areShown && custom.length > 0) found('CUSTOM_FIELDS_NOT_SHOWN', { targets: listed(custom), records })
      for (const { to, target } of areShown ? own : own.filter(each => !custom.includes(each))) {
        const isCustom = target.kind === 'customField'
        const names = isCustom ? customFields : members
        if (names.some(each => isSame(each, target))) continue
        const similar = similarName(target.name, names)
        const facts = { target: to, records, ...(similar !== undefined && { similar }) }
        found(isCustom ? 'CUSTOM_FIELD_NOT_SEEN' : 'MEMBER_NOT_SEEN', facts)
      }
    })
  }
}

const listed = (targets: readonly { readonly to: string }[]): string =>
  [...new Set(targets.map(({ to }) => to))].join(', ')

function namesIn(
  record: TargetRecord,
  sample: readonly Readonly<Record<string, unknown>>[],
  form: TenantSettings['totvsCrm']['customFields'],
): { readonly members: readonly string[]; readonly customFields: readonly string[] } {
  const standard: readonly string[] = [...structuralMembers[record], ...textMembers[record], ...otherMembers[record]]
  const seen = sample.flatMap(each => Object.keys(each).filter(name => each[name] !== undefined))
  const shown = sample.flatMap(each => customFieldsOf(each).filter(fields => fields.form === form))
  return {
    members: [...new Set([...standard, ...seen])],
    customFields: [...new Set(shown.flatMap(({ names }) => names))].filter(
      name => form !== 'flat' || !standard.includes(name),
    ),
  }
}

/** Custom fields are found without regard to case. */
const isSame = (one: string, { kind, name }: FieldTarget): boolean =>
  kind === 'customField' ? one.toLowerCase() === name.toLowerCase() : one === name
