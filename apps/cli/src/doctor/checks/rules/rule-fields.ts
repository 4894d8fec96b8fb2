import type { TotvsCrmClient } from '@ponte/clients'
import {
  type FieldRule,
  type FieldTarget,
  structuralMembers,
  type TargetRecord,
  targetOf,
  targetRecords,
  type TenantSettings,
  textMembers,
} from '@ponte/contracts'
import { type CheckResult, notCheckable, runCheck, runRuleCheck, warned } from '../check-result.ts'
import { customFieldsOf } from '../custom-fields-shown.ts'
import { similarName } from './similar-name.ts'

const CHECK = 'crm-rule-fields'

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
  { fields, totvsCrm }: TenantSettings,
  crm: TotvsCrmClient,
): Promise<readonly CheckResult[]> {
  return await runRuleCheck(CHECK, 'fields', async () => {
    const found: CheckResult[] = []
    for (const record of targetRecords) {
      const own = fields
        .map(rule => ({ rule, target: targetOf(rule.to) }))
        .filter(({ target }) => target.record === record)
      if (own.length === 0) continue
      const results = await runCheck(CHECK, { setting: `totvsCrm.resources.${record}` }, async () => {
        const sample = await (record === 'lead' ? crm.sampleLeads() : crm.sampleOpportunities())
        return judge(own, namesIn(record, sample, totvsCrm.customFields))
      })
      found.push(...results)
    }
    return found
  })
}

interface Names {
  readonly records: number
  readonly members: readonly string[]
  readonly customFields: readonly string[]
}

function namesIn(
  record: TargetRecord,
  sample: readonly Readonly<Record<string, unknown>>[],
  form: TenantSettings['totvsCrm']['customFields'],
): Names {
  const standard: readonly string[] = [...structuralMembers[record], ...textMembers[record], ...otherMembers[record]]
  const seen = sample.flatMap(each => Object.keys(each).filter(name => each[name] !== undefined))
  const shown = sample.flatMap(each => customFieldsOf(each).filter(fields => fields.form === form))
  return {
    records: sample.length,
    members: [...new Set([...standard, ...seen])],
    customFields: [...new Set(shown.flatMap(({ names }) => names))].filter(
      name => form !== 'flat' || !standard.includes(name),
    ),
  }
}

function judge(
  rules: readonly { rule: FieldRule; target: FieldTarget }[],
  { records, members, customFields }: Names,
): readonly CheckResult[] {
  const targets = (some: typeof rules): string => [...new Set(some.map(({ rule }) => rule.to))].join(', ')
  if (records === 0) return [notCheckable(CHECK, 'NO_RECORD_SHOWN', { targets: targets(rules) })]
  const custom = rules.filter(({ target }) => target.kind === 'customField')
  const areShown = customFields.length > 0
  return [
    ...(areShown || custom.length === 0
      ? []
      : [notCheckable(CHECK, 'CUSTOM_FIELDS_NOT_SHOWN', { targets: targets(custom), records })]),
    ...rules.flatMap(({ rule, target: { kind, name } }) => {
      if (kind === 'customField' && !areShown) return []
      const names = kind === 'customField' ? customFields : members
      if (names.some(each => isSame(each, name, kind))) return []
      const similar = similarName(name, names)
      const facts = { target: rule.to, records, ...(similar !== undefined && { similar }) }
      return [warned(CHECK, kind === 'customField' ? 'CUSTOM_FIELD_NOT_SEEN' : 'MEMBER_NOT_SEEN', facts)]
    }),
  ]
}

/** Custom fields are found without regard to case. */
const isSame = (one: string, other: string, kind: FieldTarget['kind']): boolean =>
  kind === 'customField' ? one.toLowerCase() === other.toLowerCase() : one === other
