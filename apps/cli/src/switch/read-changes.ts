import type { TotvsCrmClient } from '@ponte/clients'
import { type CrmOpportunity, Failure } from '@ponte/contracts'
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
