import type { CrmLead, RdFunnel, TenantSettings } from '@ponte/contracts'

const ORIGIN = 'rd:'

export type ContactName = { readonly uuid: string } | { readonly email: string }

/** The names under which RD Station may have the contact of a lead, in the order in which they are asked for. */
export function contactNamesOf({ externalId, emails }: CrmLead): readonly ContactName[] {
  const uuid = (externalId?.startsWith(ORIGIN) && externalId.slice(ORIGIN.length)) || undefined
  const byStandard = emails.toSorted((a, b) => Number(b.standard === true) - Number(a.standard === true))
  return [...(uuid === undefined ? [] : [{ uuid }]), ...byStandard.map(({ email }) => ({ email }))]
}

/** Where its contact is not found, it is gone. Of any other lead RD Station may never have heard. */
export const cameFromRd = (lead: CrmLead, { variables }: TenantSettings): boolean =>
  contactNamesOf(lead).some(name => 'uuid' in name) || lead.leadOriginId === variables.totvs_crm_leadoriginid

/** Somebody has bought. */
export const isClient = ({ lifecycle_stage }: Pick<RdFunnel, 'lifecycle_stage'>): boolean =>
  /^client/i.test(lifecycle_stage)
