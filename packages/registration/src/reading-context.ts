import type { TotvsCrmClient } from '@ponte/clients'
import type { CrmCatalogEntry, CrmUser, Message, TenantSettings } from '@ponte/contracts'

/** What is kept of the CRM's answers. Only what was found and can be used is put in. */
interface Kept<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): unknown
}

/** What is needed to find out what the CRM holds for a lead. Nothing of it writes. */
export interface ReadingContext {
  readonly tenant: { readonly settings: TenantSettings }
  readonly crm: Pick<TotvsCrmClient, 'findLeads' | 'getLead' | 'findOpportunities' | 'findUsers' | 'listCatalog'>
  /** Users by their e-mail in lower case. */
  readonly users: Kept<CrmUser>
  /** The lists of pipelines, stages and types by their name. */
  readonly catalogs: Kept<CrmCatalogEntry[]>
  /** Says what a reader of the event's timeline has to know: without personal data. */
  note(message: Message): void
}
