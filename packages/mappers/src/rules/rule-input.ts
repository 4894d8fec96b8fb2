import { leadField, type LeadField, type RegisteredLead } from '@ponte/contracts'

/** What a tenant's rules read: the lead, and when its delivery came. */
export interface RuleInput {
  readonly lead: RegisteredLead
  /** ISO 8601. */
  readonly receivedAt: string
}

/** The values at a place, as the tenants file names it: none when neither the delivery nor RD Station has any. */
export function valuesAt(place: string, { lead, receivedAt }: RuleInput): readonly string[] {
  if (place === 'receivedAt') return [receivedAt]
  if (place === 'conversion.identifier') return known(lead.conversionIdentifier)
  // The eleven values have been looked for under all names that Ponte and the tenant know.
  if (isLeadField(place)) return known(lead[place])
  const { values = {} } = lead
  return Object.hasOwn(values, place) ? (values[place] ?? []) : []
}

const known = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value])

const fields: ReadonlySet<string> = new Set(leadField.options)
const isLeadField = (place: string): place is LeadField => fields.has(place)
