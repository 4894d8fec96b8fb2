import { z } from 'zod'

/** A value for `Integration-Filter`, made by `filterOf` only, so that an unsafe value cannot be sent. */
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
 * `{field->op->value}` for each term, all of which must hold (reference totvs-crm.md §1.3). Nothing when a value cannot
 * safely stand in it: no escaping is documented, and a header carries ASCII only (SPEC §8).
 */
export function filterOf(...terms: FilterTerm[]): CrmFilter | undefined {
  if (terms.length === 0 || !terms.every(({ value }) => isSafe(value))) return undefined
  return crmFilter.parse(terms.map(({ field, op, value }) => `{${field}->${op}->${value}}`).join(''))
}

const isSafe = (value: string): boolean => /^[\x20-\x7e]+$/.test(value) && !/[{}]|->|\|\||&&/.test(value)
