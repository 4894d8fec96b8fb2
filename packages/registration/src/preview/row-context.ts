import type { CrmLead, Message, TargetRecord, TenantSettings } from '@ponte/contracts'
import type { CustomFieldCodec, FieldOutcome, RuleInput, WrittenFields } from '@ponte/mappers'

/** What rows are made of. */
export interface RowContext {
  readonly input: RuleInput
  readonly settings: TenantSettings
  /** The lead as TOTVS CRM has it. */
  readonly found: CrmLead | 'new' | 'unknown'
  readonly opportunity: 'opened' | 'held-up' | 'unknown'
  readonly codec: CustomFieldCodec
  readonly fields: readonly FieldOutcome[]
  /** What the rules write into each record. */
  readonly byRule: Readonly<Record<TargetRecord, WrittenFields>>
  /** Members that an update would write. */
  readonly changes: ReadonlySet<string>
  readonly changeNotes: readonly Message[]
  /** Why an update keeps a target, e.g. `jobTitle` or `customFields.cnpj`. */
  keptNote(target: string): Message | undefined
}

/** What a record holds, for people to read. */
export function asText(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(each => asText(each) ?? '').join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
