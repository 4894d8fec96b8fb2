import { z } from 'zod'

/** A value for the header `Integration-Filter`. Only `filterOf` makes one, so an unsafe value cannot be sent. */
export type CrmFilter = z.infer<typeof crmFilter>
const crmFilter = z.string().brand<'CrmFilter'>()

export interface FilterTerm {
  /** Name in the CRM, e.g. `emails.email`. */
  readonly field: string
  /** `ieq` compares without case. */
  readonly op: 'eq' | 'ieq'
  readonly value: string
}

/**
 * `{field->op->value}` for each term. A record must match all of them (docs/vendors/totvs-crm.md#filters). Undefined when a value is not
 * safe in a filter: TOTVS CRM documents no escaping, and a header can hold only ASCII.
 */
export function filterOf(...terms: FilterTerm[]): CrmFilter | undefined {
  if (terms.length === 0 || !terms.every(({ value }) => isSafe(value))) return undefined
  return crmFilter.parse(terms.map(({ field, op, value }) => `{${field}->${op}->${value}}`).join(''))
}

const isSafe = (value: string): boolean => /^[\x20-\x7e]+$/.test(value) && !/[{}]|->|\|\||&&/.test(value)
