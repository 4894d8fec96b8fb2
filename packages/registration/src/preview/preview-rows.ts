import type { CrmLead, Message, TenantSettings } from '@ponte/contracts'
import { fieldsOf, leadWritingOf, type RuleInput, toCrmLeadChange } from '@ponte/mappers'
import type { OpportunityPreview, PreviewRow } from './lead-preview.ts'
import type { Answer } from './questions.ts'
import { descriptionRow, ruleRows } from './rule-rows.ts'
import { standardRows, variableRows } from './standard-rows.ts'

interface RowInput {
  readonly input: RuleInput
  readonly settings: TenantSettings
  readonly found: Answer<CrmLead | undefined>
  readonly opportunity: OpportunityPreview['standing']
}

/** One row for each value that Ponte carries, and for each rule. What an update does comes from the mapper that makes the update. */
export function previewRows({ input, settings, found, opportunity }: RowInput): readonly PreviewRow[] {
  const writing = leadWritingOf(input, settings)
  const existing = found.isKnown ? found.value : undefined
  const { change, notes } =
    existing === undefined ? { change: {}, notes: [] } : toCrmLeadChange(input.lead, existing, writing)
  const context = {
    input,
    settings,
    found: found.isKnown ? (found.value ?? ('new' as const)) : ('unknown' as const),
    opportunity,
    codec: writing.codec,
    fields: writing.fields,
    byRule: {
      lead: fieldsOf('lead', writing.fields, writing.codec),
      opportunity: fieldsOf('opportunity', writing.fields, writing.codec),
    },
    changes: new Set(Object.keys(change)),
    changeNotes: notes,
    keptNote: (target: string): Message | undefined =>
      notes.find(({ key, values }) => key === 'update-kept' && values?.['rule'] === `lead.${target}`),
  }
  return [...standardRows(context), ...variableRows(context), descriptionRow(context), ...ruleRows(context)]
}
