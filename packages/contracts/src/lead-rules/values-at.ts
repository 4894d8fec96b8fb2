import type { RegisteredLead } from '../jobs/registered-lead.ts'
import { inBrasilia } from '../crm-time.ts'
import { isLeadField, type LeadField } from '../lead-fields.ts'

/** What a tenant's rules read: the lead, and when its delivery came. */
export interface RuleInput {
  readonly lead: RegisteredLead
  /** ISO 8601. */
  readonly receivedAt: string
}

/** The values at a place, as the tenants file names it: none when neither the delivery nor RD Station has any. */
export function valuesAt(place: string, { lead, receivedAt }: RuleInput): readonly string[] {
  // Its day is that of the people who read it: by UTC it would be tomorrow's from 21:00 on.
  if (place === 'receivedAt') return [inBrasilia(receivedAt)]
  if (isOwnPlace(place)) {
    const own = place === 'conversion.identifier' ? lead.conversionIdentifier : lead[place]
    return own === undefined ? [] : [own]
  }
  // Tenants name the places: one may be called `constructor`.
  return lead.values !== undefined && Object.hasOwn(lead.values, place) ? (lead.values[place] ?? []) : []
}

type OwnPlace = LeadField | 'conversion.identifier'

/**
 * Whether the lead itself has what stands at a place, so that `lead.values` need not. Its fields have been looked for under all
 * names that Ponte and the tenant know.
 */
export const isOwnPlace = (place: string): place is OwnPlace => isLeadField(place) || place === 'conversion.identifier'
