import { type CrmRecords, filterOf, type TotvsCrmClient } from '@ponte/clients'
import { type CrmCatalogEntry, type CrmLead, readCrmTime, type TenantSettings } from '@ponte/contracts'
import { type IdList, orNothing } from '@ponte/operations'
import type { CrmContent } from './choose-variables.ts'
import type { CrmAccess } from './find-addresses.ts'

const RECENT_DAYS = 30
const DAY_MS = 24 * 3_600_000

/** Reads what the variables may name, and the leads that show the ids: the one of an e-mail, or the newest ones. */
export async function readContent(
  { crm, unread }: CrmAccess,
  { resources }: Pick<TenantSettings['totvsCrm'], 'resources'>,
  email: string | undefined,
): Promise<CrmContent> {
  const nothing = { items: [], isComplete: false }
  const catalog = async (kind: 'pipeline' | 'stage' | 'opportunityType'): Promise<CrmRecords<CrmCatalogEntry>> =>
    unread.has(kind) ? nothing : await crm.readCatalog(kind)
  return {
    unread,
    pipeline: await catalog('pipeline'),
    stage: await catalog('stage'),
    opportunityType: await catalog('opportunityType'),
    user: unread.has('user') ? nothing : await crm.readUsers(),
    leads: unread.has('lead') ? [] : await readLeads(crm, email),
    isLeadNamed: email !== undefined,
    lists: await readLists(crm, resources),
  }
}

/** The newest first. */
async function readLeads(crm: TotvsCrmClient, email: string | undefined): Promise<readonly CrmLead[]> {
  const leads = email === undefined ? await readRecentLeads(crm) : await findLeads(crm, email)
  const times = new Map(leads.map(lead => [lead, timeOf(lead)]))
  const sorted = leads.toSorted((one, other) => (times.get(other) ?? 0) - (times.get(one) ?? 0))
  return email === undefined ? sorted : sorted.slice(0, 1)
}

async function findLeads(crm: TotvsCrmClient, email: string): Promise<readonly CrmLead[]> {
  const wanted = email.toLowerCase()
  const filter = filterOf({ field: 'emails.email', op: 'ieq', value: wanted })
  const isWanted = ({ emails }: CrmLead): boolean => emails.some(each => each.email.trim().toLowerCase() === wanted)
  return filter === undefined ? [] : await crm.findLeads(filter, isWanted)
}

/** A CRM may have more leads than can be read. So those of the last days are asked for, and any where that filter does not work. */
async function readRecentLeads(crm: TotvsCrmClient): Promise<readonly CrmLead[]> {
  const recent = await orNothing(crm.readLeads(new Date(Date.now() - RECENT_DAYS * DAY_MS)))
  return recent.length > 0 ? recent : await crm.readLeads()
}

function timeOf(lead: CrmLead): number {
  const times = [lead['createdAt'], lead['updatedAt']].map(readCrmTime)
  const time = times.find(each => typeof each === 'object')
  return time?.at ?? 0
}

async function readLists(
  crm: TotvsCrmClient,
  resources: TenantSettings['totvsCrm']['resources'],
): Promise<ReadonlyMap<IdList, readonly CrmCatalogEntry[]>> {
  const names: readonly IdList[] = ['leadSituation', 'leadOrigin', 'emailType', 'phoneType', 'addressType']
  const lists = new Map<IdList, readonly CrmCatalogEntry[]>()
  for (const name of names) {
    const resource = resources[name]
    if (resource !== undefined) lists.set(name, await orNothing(crm.listRegistry(resource)))
  }
  return lists
}
