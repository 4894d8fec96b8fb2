import {
  type CrmCatalogEntry,
  crmCatalogEntry,
  type CrmLead,
  type CrmOpportunity,
  type CrmUser,
  crmUser,
} from '@ponte/contracts'
import type { ReadingContext } from '../reading-context.ts'

export interface FakeRecords {
  readonly leads?: readonly CrmLead[]
  readonly opportunities?: readonly CrmOpportunity[]
  readonly users?: readonly CrmUser[]
  readonly catalogs?: Partial<Readonly<Record<'pipeline' | 'stage' | 'opportunityType', readonly CrmCatalogEntry[]>>>
  /** Thrown by every call. */
  readonly failure?: Error
}

const entryOf = (id: string, description: string, more: object = {}): CrmCatalogEntry =>
  crmCatalogEntry.parse({ id, description, ...more })

export const userOf = (email: string, more: object = {}): CrmUser =>
  crmUser.parse({ id: email, name: email.split('@')[0], roleId: 'role', active: true, userEmail: [{ email }], ...more })

const catalogsOfTests = {
  pipeline: [entryOf('p1', 'MQL - Marketing Qualified Lead'), entryOf('p2', 'Enterprise')],
  stage: [
    entryOf('s1', 'Abordagem e Investigação', { pipelineId: 'p1' }),
    entryOf('s2', 'Contato', { pipelineId: 'p2' }),
  ],
  opportunityType: [entryOf('t1', 'Integração RD Station')],
}

/** For tests: a TOTVS CRM with these records, and the calls that it got. It ignores filters, as a CRM may. */
export function fakeCrm({ leads = [], opportunities = [], users, catalogs, failure }: FakeRecords = {}) {
  const calls: string[] = []
  const answer = async <Value>(call: string, value: Value): Promise<Value> => {
    calls.push(call)
    if (failure !== undefined) throw failure
    return await Promise.resolve(value)
  }
  const all = { ...catalogsOfTests, ...catalogs }
  const crm: ReadingContext['crm'] = {
    findLeads: (_filter, isWanted) => answer('findLeads', leads.filter(isWanted)),
    getLead: id =>
      answer(
        'getLead',
        leads.find(each => each.id === id),
      ),
    findOpportunities: (_filter, isWanted) => answer('findOpportunities', opportunities.filter(isWanted)),
    findUsers: (_filter, isWanted) => answer('findUsers', (users ?? [userOf('vendas@acme.example')]).filter(isWanted)),
    listCatalog: name => answer(`listCatalog ${name}`, all[name]),
  }
  return { crm, calls }
}
