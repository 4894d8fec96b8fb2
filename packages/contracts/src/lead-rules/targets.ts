import { leadLists, leadMembers } from '../lead-fields.ts'

/** Where a rule writes: a member of one of the two records, or a custom field of it. */
export interface FieldTarget {
  readonly record: TargetRecord
  readonly kind: 'member' | 'customField'
  readonly name: string
}
export type TargetRecord = (typeof targetRecords)[number]

export const targetRecords = ['lead', 'opportunity'] as const

/** The target that a rule names under `to`. The schema has checked its form. */
export function targetOf(to: string): FieldTarget {
  const [record = '', first = '', ...others] = to.split('.')
  const isCustom = first === 'customFields' && others.length > 0
  return {
    record: record === 'opportunity' ? 'opportunity' : 'lead',
    kind: isCustom ? 'customField' : 'member',
    name: isCustom ? others.join('.') : first,
  }
}

/** Members that always hold a text, whatever a rule converts its value to. Ponte writes them itself, or shows them. */
export const textMembers = {
  lead: leadMembers,
  opportunity: ['description'],
} satisfies Record<TargetRecord, readonly string[]>

/**
 * Members that say who the record is about, where it belongs, and what state it is in. Ponte finds records by them, or writes them as a
 * whole. No rule writes them.
 */
export const structuralMembers = {
  lead: ['id', 'externalId', 'type', 'userId', 'emails', 'phones', 'addresses', 'customFields'],
  opportunity: ['id', 'status', 'leadId', 'userId', 'pipeline', 'stage', 'opportunityType', 'customFields'],
} as const satisfies Record<TargetRecord, readonly string[]>

/** Members that rules often write. A company's TOTVS CRM may have others. */
const otherMembers = {
  lead: ['leadSituationId', 'leadOriginId'],
  opportunity: ['totalValue'],
} as const satisfies Record<TargetRecord, readonly string[]>

/** The members that rules usually write, as `to` names them. */
export const usualTargets = (record: TargetRecord): readonly string[] =>
  [...textMembers[record], ...otherMembers[record]].map(member => `${record}.${member}`)

/** What an update writes without any rule, as `updates` names it. */
export const updateTargets: readonly string[] = [...leadMembers, ...leadLists].map(member => `lead.${member}`)

const has = (members: Readonly<Record<TargetRecord, readonly string[]>>, { record, name }: FieldTarget): boolean =>
  members[record].includes(name)

/** Whether the target is a member that holds a text. */
export const isTextMember = (target: FieldTarget): boolean => target.kind === 'member' && has(textMembers, target)

/**
 * Whether a rule may write to the target. With `totvsCrm.customFields: flat`, custom fields are among the members of a record, so none may
 * have the name of a member that Ponte writes.
 */
export function isWritable(target: FieldTarget, customFields: 'map' | 'list' | 'flat'): boolean {
  if (target.kind === 'member') return !has(structuralMembers, target)
  return customFields !== 'flat' || !(has(structuralMembers, target) || has(textMembers, target))
}

/**
 * What rules can read besides the fields of the lead and the delivery's own places. The names are the same in both webhook formats
 * (docs/vendors/rd-station.md#origin-of-a-lead).
 */
export const sourceNames = [
  'conversion.identifier',
  'conversion.source',
  'firstConversion.identifier',
  'firstConversion.source',
  'traffic.source',
  'traffic.medium',
  'traffic.campaign',
  'traffic.value',
  'tags',
  'lifecycleStage',
  'score.fit',
  'score.interest',
  'legalBases',
  'contact.url',
  'receivedAt',
] as const

export type SourceName = (typeof sourceNames)[number]

export const isSourceName = (place: string): place is SourceName => names.has(place)

const names: ReadonlySet<string> = new Set(sourceNames)
