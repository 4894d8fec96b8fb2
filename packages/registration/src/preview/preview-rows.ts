import { crmLead, type CrmLead, type RuleInput, type TenantSettings } from '@ponte/contracts'
import {
  type Decision,
  decideNewLead,
  decideNewOpportunity,
  leadWritingOf,
  nameOfField,
  toCrmLeadChange,
} from '@ponte/mappers'
import type { OpportunityPreview, PreviewRow, RowOutcome } from './lead-preview.ts'
import type { Answer } from './crm-reader.ts'

interface RowInput {
  readonly input: RuleInput
  readonly settings: TenantSettings
  readonly found: Answer<CrmLead | undefined>
  readonly opportunity: OpportunityPreview['standing']
  /** Only what is empty in TOTVS CRM is written. */
  readonly fillsOnly: boolean
}

/** One row for each value that Ponte carries, then one for each rule, as the mappers decide. */
export function previewRows({ input, settings, found, opportunity, fillsOnly }: RowInput): readonly PreviewRow[] {
  const writing = { ...leadWritingOf(input, settings), ...(fillsOnly && { fillsOnly }) }
  const { lead } = input
  const ofLead = found.isKnown
    ? found.value === undefined
      ? decideNewLead(lead, writing).decisions
      : toCrmLeadChange(lead, found.value, writing).decisions
    : toCrmLeadChange(lead, unknownLead, { ...writing, updates: {} }).decisions
  const ofOpportunity = decideNewOpportunity(lead, writing).decisions
  const inOpportunity = { opened: undefined, 'held-up': 'not-opened', unknown: 'unknown' } as const
  const rows = [
    ...ofLead.map(decision => ({ decision, outcomeIfWritten: found.isKnown ? undefined : ('unknown' as const) })),
    ...ofOpportunity.map(decision => ({ decision, outcomeIfWritten: inOpportunity[opportunity] })),
  ]
  const position = ({ rule }: Decision): number => (rule === undefined ? -1 : settings.fields.indexOf(rule))
  return rows
    .toSorted((one, other) => position(one.decision) - position(other.decision))
    .map(({ decision, outcomeIfWritten }) => toRow(decision, outcomeIfWritten))
}

/** Stands for the lead in TOTVS CRM when it is not known what TOTVS CRM has. */
const unknownLead = crmLead.parse({ id: '-' })

/** `outcomeIfWritten`: the outcome instead, for a value that would be written or that could not be compared. */
function toRow({ rule, outcome, notes, ...decision }: Decision, outcomeIfWritten: RowOutcome | undefined): PreviewRow {
  const isWritten = outcome === 'written' || outcome === 'cut' || outcome === 'same'
  return {
    ...decision,
    rule: rule && nameOfField(rule),
    outcome: isWritten && outcomeIfWritten !== undefined ? outcomeIfWritten : outcome,
    note: notes.at(-1),
  }
}
