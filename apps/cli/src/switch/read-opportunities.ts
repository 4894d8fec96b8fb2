import { type CrmFilter, filterOf, type TotvsCrmClient } from '@ponte/clients'
import { type CrmOpportunity, FARTHEST_ZONE_MS, readCrmTime, type TenantSettings, Failure } from '@ponte/contracts'
import { outcomeOfStatus, statusesOf } from '@ponte/mappers'
import { readChangedOpportunities } from '@ponte/operations'
import type { LookedAt } from '@ponte/state'

/** `unreadable`: why, as a word or a failure code. Then something may have changed of which nobody knows. */
export interface Changes {
  readonly items: readonly CrmOpportunity[]
  readonly unreadable?: string
}

interface Question {
  /** Milliseconds since 1970. */
  readonly since: number
  readonly recorded: readonly LookedAt[]
}

/** What has changed in TOTVS CRM since a time, the newest change last. */
export async function readChanges(
  crm: Pick<TotvsCrmClient, 'findOpportunity' | 'listOpportunities'>,
  question: Question,
): Promise<Changes> {
  try {
    const changes = await readChangedOpportunities({ crm, ...question })
    if ('unreadable' in changes) return { items: [], unreadable: changes.failure?.code ?? changes.unreadable }
    const sorted = changes.items.toSorted((one, other) => one.updatedAt - other.updatedAt)
    const items = sorted.map(({ opportunity }) => opportunity)
    return changes.unread === 0 ? { items } : { items, unreadable: 'records' }
  } catch (error) {
    if (error instanceof Failure) return { items: [], unreadable: error.code }
    throw error
  }
}

/** The most opportunities that are read. */
const MAX_OPPORTUNITIES = 10_000
/** A CRM may have a smaller page than it is asked for. */
const MAX_PAGES = MAX_OPPORTUNITIES / 10 + 1
/** Each costs a call. If so many known ones are closed, one more open one would have been met. */
const MAX_CHECKED = 500

export type OpenOpportunities =
  | { readonly items: readonly CrmOpportunity[]; readonly unread: number }
  /** Nothing may be concluded: there are more than can be read, the list has no end, or it lacks one that is open (`missing`). */
  | { readonly refused: 'too-many' | 'incomplete' | 'missing'; readonly id?: string }

type Crm = Pick<TotvsCrmClient, 'listOpportunities' | 'sampleOpportunities' | 'findOpportunity'>

/**
 * All open opportunities. The filter is not trusted: each record is looked at, and those that are known to be open have to be among them.
 * `known`: the ids of those that Ponte has recorded as open. Without any, a page of the list without a filter is the control.
 */
export async function readOpenOpportunities(
  crm: Crm,
  { statusMap }: Pick<TenantSettings['totvsCrm'], 'statusMap'>,
  known: readonly string[],
): Promise<OpenOpportunities> {
  const isOpen = ({ status }: CrmOpportunity): boolean => outcomeOfStatus(status, statusMap) === 'open'
  // Read first: one that is opened meanwhile is then not missed.
  const sample = (await crm.sampleOpportunities()).filter(isOpen)
  const read = new Map<string, CrmOpportunity>()
  let unread = 0
  for (const filter of filtersOf(statusMap)) {
    const most = { mostRecords: MAX_OPPORTUNITIES, mostPages: MAX_PAGES }
    const records = await crm.listOpportunities({ filter, ...most })
    for (const item of records.items) read.set(item.id, item)
    unread += records.unread
    if (read.size + unread > MAX_OPPORTUNITIES) return { refused: 'too-many' }
    if (!records.isComplete) return { refused: 'incomplete' }
  }

  const control = new Set([...sample.map(({ id }) => id), ...known])
  for (const id of [...control].filter(each => !read.has(each)).slice(0, MAX_CHECKED)) {
    const missing = await crm.findOpportunity(id)
    if (missing !== undefined && isOpen(missing)) return { refused: 'missing', id }
  }
  return { items: [...read.values()].filter(isOpen), unread }
}

/**
 * One for each status that is open, without case, as `outcomeOfStatus` compares. No filter at all where one of them cannot stand in a filter.
 */
function filtersOf(statusMap: TenantSettings['totvsCrm']['statusMap']): readonly (CrmFilter | undefined)[] {
  const filters = statusesOf('open', statusMap).map(value => filterOf({ field: 'status', op: 'ieq', value }))
  return filters.includes(undefined) ? [undefined] : filters
}

/** Why nobody can be sure whether an opportunity was created before a time. */
export type Doubt = 'no-time' | 'unreadable-time' | 'no-zone'

export interface ByTime {
  readonly before: readonly string[]
  readonly since: readonly CrmOpportunity[]
  /** `no-zone`: it is decided by Brasília's time, and may belong to the others. The rest counts as created since. */
  readonly doubtful: readonly { readonly id: string; readonly why: Doubt }[]
}

/** Which opportunities were created before `at`, in milliseconds since 1970. */
export function splitByCreation(opportunities: readonly CrmOpportunity[], at: number): ByTime {
  const before: string[] = []
  const since: CrmOpportunity[] = []
  const doubtful: { id: string; why: Doubt }[] = []
  for (const opportunity of opportunities) {
    const { id, createdAt } = opportunity
    const created = readCrmTime(createdAt)
    if (typeof created !== 'object') doubtful.push({ id, why: created === undefined ? 'no-time' : 'unreadable-time' })
    else if (!created.hasZone && Math.abs(created.at - at) < FARTHEST_ZONE_MS) doubtful.push({ id, why: 'no-zone' })
    if (typeof created === 'object' && created.at < at) before.push(id)
    else since.push(opportunity)
  }
  return { before, since, doubtful }
}
