import { type CrmLead, message, type RdFunnel, type SkipReason, type TenantSettings } from '@ponte/contracts'

const ORIGIN = 'rd:'

export type ContactName = { readonly uuid: string } | { readonly email: string }

/** The names under which RD Station may have the contact of a lead, in the order in which they are asked for. */
export function contactNamesOf({ externalId, emails }: CrmLead): readonly ContactName[] {
  const uuid = (externalId?.startsWith(ORIGIN) && externalId.slice(ORIGIN.length)) || undefined
  const byStandard = emails.toSorted((a, b) => Number(b.standard === true) - Number(a.standard === true))
  return [...(uuid === undefined ? [] : [{ uuid }]), ...byStandard.map(({ email }) => ({ email }))]
}

/** Why nobody is marked for a lead of which no contact is found. Undefined when it came from RD Station: then its contact is gone. */
export function nobodyToMark(lead: CrmLead, { variables }: TenantSettings): SkipReason | undefined {
  const names = contactNamesOf(lead)
  const cameFromRd = names.some(name => 'uuid' in name) || lead.leadOriginId === variables.totvs_crm_leadoriginid
  if (!cameFromRd) return message('lead-not-from-rd')
  return names.length === 0 ? message('lead-has-no-email') : undefined
}

/** Somebody has bought. */
export const isClient = ({ lifecycle_stage }: Pick<RdFunnel, 'lifecycle_stage'>): boolean =>
  /^client/i.test(lifecycle_stage)
