import type { FieldValue, Message } from '@ponte/contracts'
import {
  currentValue,
  type FieldOutcome,
  fieldsOf,
  isSameValue,
  nameOfField,
  opportunityDescription,
} from '@ponte/mappers'
import type { PreviewRow, RowOutcome } from './lead-preview.ts'
import { asText, type RowContext } from './row-context.ts'

/** What becomes of each rule under `fields`. */
export const ruleRows = (context: RowContext): readonly PreviewRow[] =>
  context.fields.map(field => {
    const { rule, place, values } = field
    const { value, note } = fitted(field, context)
    const current = currentOf(field, context)
    const outcome = outcomeOf(field, { value, current, note }, context)
    return {
      places: rule.from,
      place,
      values,
      rule: nameOfField(rule),
      target: rule.to,
      value,
      current: asText(current),
      outcome,
      note: outcome === 'kept' ? context.keptNote(targetIn(field)) : note,
    }
  })

const targetIn = ({ target: { kind, name } }: FieldOutcome): string =>
  kind === 'customField' ? `customFields.${name}` : name

interface Fitted {
  readonly value: FieldValue | undefined
  readonly note: Message | undefined
}

/** The value as the mapper makes it fit, and what the mapper says of that. No value where another rule writes the target. */
function fitted(field: FieldOutcome, { codec, byRule }: RowContext): Fitted {
  const { record, kind, name } = field.target
  const members = kind === 'member' ? 'members' : 'customFields'
  const alone = fieldsOf(record, [field], codec)
  const isWritten = Object.hasOwn(alone[members], name) && Object.hasOwn(byRule[record][members], name)
  return { value: isWritten ? alone[members][name] : undefined, note: alone.notes[0] }
}

const currentOf = (field: FieldOutcome, { found, codec }: RowContext): unknown =>
  field.target.record === 'lead' && typeof found === 'object'
    ? currentValue(targetIn(field), { existing: found, codec })
    : undefined

function outcomeOf(
  field: FieldOutcome,
  { value, current, note }: Fitted & { readonly current: unknown },
  { found, opportunity, keptNote }: RowContext,
): RowOutcome {
  if (field.place === undefined) return 'no-value'
  if (value === undefined) return note === undefined ? 'overruled' : 'left-out'
  const written: RowOutcome = note === undefined ? 'written' : 'cut'
  if (field.target.record === 'opportunity')
    return opportunity === 'opened' ? written : opportunity === 'held-up' ? 'not-opened' : 'unknown'
  if (found === 'new') return written
  if (found === 'unknown') return 'unknown'
  if (isSameValue(value, current)) return 'same'
  return keptNote(targetIn(field)) === undefined ? written : 'kept'
}

/** The description of the opportunity, which names the conversion. */
export function descriptionRow({ input, byRule, opportunity }: RowContext): PreviewRow {
  const { conversionIdentifier, name } = input.lead
  const isOverruled = Object.hasOwn(byRule.opportunity.members, 'description')
  const outcome = opportunity === 'opened' ? 'written' : opportunity === 'held-up' ? 'not-opened' : 'unknown'
  return {
    places: ['conversion.identifier', 'name'],
    place: conversionIdentifier === undefined ? 'name' : 'conversion.identifier',
    values: [conversionIdentifier ?? name ?? []].flat(),
    rule: undefined,
    target: 'opportunity.description',
    value: opportunityDescription(input.lead),
    current: undefined,
    outcome: isOverruled ? 'overruled' : outcome,
    note: undefined,
  }
}
