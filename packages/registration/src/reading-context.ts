import type { TotvsCrmClient } from '@ponte/clients'
import type { CrmCatalogEntry, CrmUser, Message, TenantSettings } from '@ponte/contracts'

/** Answers of the CRM that are kept. Only what was found and can be used is kept. */
interface Kept<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): unknown
}

/** What is needed to find out what the CRM holds for a lead. Nothing in it can write. */
export interface ReadingContext {
  readonly tenant: { readonly settings: TenantSettings }
  readonly crm: Pick<TotvsCrmClient, 'findLeads' | 'getLead' | 'findOpportunities' | 'findUsers' | 'listCatalog'>
  /** Users by their e-mail in lower case. */
  readonly users: Kept<CrmUser>
  /** The lists of pipelines, stages and types by their name. */
  readonly catalogs: Kept<CrmCatalogEntry[]>
  /** Records a message for the event's timeline, without personal data. */
  note(message: Message): void
}
