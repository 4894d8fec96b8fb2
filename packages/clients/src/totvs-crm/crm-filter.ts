import { isRecord } from '@ponte/contracts'
import { z } from 'zod'

interface FilterTerm {
  /** Name in the CRM, e.g. `emails.email`. */
  readonly field: string
  /** `ieq` compares without case; `ge` is "not before" of a time. */
  readonly op: 'eq' | 'ieq' | 'ge'
  readonly value: string
}

/** `header` is a value for `Integration-Filter`. Only `filterOf` makes one, so an unsafe value cannot be sent. */
export type CrmFilter = z.infer<typeof crmFilter>
const crmFilter = z.object({ header: z.string(), terms: z.custom<readonly FilterTerm[]>() }).brand<'CrmFilter'>()

/**
 * `{field->op->value}` for each term. A record must match all of them (docs/vendors/totvs-crm.md#filters). Undefined when a value is not
 * safe in a filter: TOTVS CRM documents no escaping, and a header can hold only ASCII.
 */
export function filterOf(...terms: FilterTerm[]): CrmFilter | undefined {
  if (terms.length === 0 || !terms.every(({ value }) => isSafe(value))) return undefined
  return crmFilter.parse({ header: terms.map(({ field, op, value }) => `{${field}->${op}->${value}}`).join(''), terms })
}

const isSafe = (value: string): boolean => /^[\x20-\x7e]+$/.test(value) && !/[{}]|->|\|\||&&/.test(value)

/** Whether the CRM may have found the record by this filter. Lenient, because nobody knows how a CRM compares texts and times. */
export const fits = ({ terms }: CrmFilter, record: unknown): boolean =>
  terms.every(
    ({ field, op, value }) => op === 'ge' || textsAt(record, field.split('.')).some(text => fold(text) === fold(value)),
  )

const fold = (text: string): string => text.trim().toLowerCase()

/** The texts and numbers under a name, also inside lists. */
function textsAt(value: unknown, names: readonly string[]): readonly string[] {
  // Not inside lists of lists: nobody knows how deep they are.
  if (Array.isArray(value)) return value.flatMap(each => (Array.isArray(each) ? [] : textsAt(each, names)))
  const [name, ...rest] = names
  if (name === undefined) return typeof value === 'string' || typeof value === 'number' ? [String(value)] : []
  return isRecord(value) ? textsAt(value[name], rest) : []
}
