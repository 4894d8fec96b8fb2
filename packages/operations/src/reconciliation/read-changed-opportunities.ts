import type { ReadRecords, TotvsCrmClient } from '@ponte/clients'
import { DAY_MS, type CrmOpportunity, PermanentFailure, readChangeTime, readCrmTime } from '@ponte/contracts'
import type { LookedAt } from '@ponte/state'

/** The newest that Ponte has looked at may be gone since. So many are asked for. */
const MAX_CONTROLS = 5

export interface ChangedOpportunity {
  readonly opportunity: CrmOpportunity
  /** Milliseconds since 1970, by the clock of TOTVS CRM. That of its creation where nobody has changed it. */
  readonly updatedAt: number
}

/**
 * Why a list proves nothing. `no-end`: it was not read to its end, or has more than 10,000 records. `times`: it does not say when an opportunity was changed. `incomplete`: an opportunity that can be read is not on it. `refused`: TOTVS CRM
 * refuses it, or answers with something else: the failure says why.
 */
export type Unreadable = 'no-end' | 'times' | 'incomplete' | 'refused'

export type ChangedOpportunities =
  | {
      readonly items: readonly ChangedOpportunity[]
      /** How many records of the list, or their times, cannot be read. They may have changed. */
      readonly unread: number
      /** Which list these are from. */
      readonly trust: 'filter' | 'whole-list'
    }
  | { readonly unreadable: Unreadable; readonly failure?: PermanentFailure }

export interface Reading {
  readonly crm: Pick<TotvsCrmClient, 'findOpportunity' | 'listOpportunities'>
  /** Milliseconds since 1970. */
  readonly since: number
  /** What Ponte has looked at, the newest change first (`createLookedAt`). */
  readonly recorded: readonly LookedAt[]
  /** The filter is not used at all. */
  readonly readsWholeList?: boolean
}

/**
 * The opportunities that were changed since a time. The filter is believed only if an opportunity that must be in its answer is there
 * (positive control): otherwise the whole list is read. So a filter that matches nothing never means that nothing has changed. See
 * docs/behaviour/reconcile.md. Throws a Failure only when TOTVS CRM could not be asked.
 */
export async function readChangedOpportunities(reading: Reading): Promise<ChangedOpportunities> {
  try {
    return await readChanged(reading)
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error
    return { unreadable: 'refused', failure: error }
  }
}

async function readChanged({ crm, since, recorded, readsWholeList = false }: Reading): Promise<ChangedOpportunities> {
  let control = await newestReadable(crm, recorded)
  if (control === undefined && !readsWholeList) {
    const first = await crm.listOpportunities({ mostPages: 1 })
    if (first.isComplete) {
      // What Ponte has looked at can all be gone. It is likelier that this user sees nothing.
      const isEmptied = first.items.length === 0 && recorded.length > 0
      return isEmptied ? { unreadable: 'incomplete' } : changedOf(first, since, 'whole-list')
    }
    control = newestOf(first.items)
  }
  // The form of the control's time is how this CRM writes times: if that is not how the filter was written, nobody knows what it compares.
  if (control !== undefined && !readsWholeList && isIso(control.updatedAt)) {
    const time = timeOf(control)
    // A day more, because a CRM may take the time for one of another zone. And the control must be among what is asked for.
    const changedSince = new Date(Math.min(since, time ?? since) - DAY_MS)
    const listed = await unlessRefused(crm.listOpportunities({ changedSince }))
    if (listed !== undefined && has(listed, control)) return changedOf(listed, since, 'filter')
  }
  const whole = await crm.listOpportunities({})
  if (whole.isComplete && control !== undefined && !has(whole, control)) return { unreadable: 'incomplete' }
  return changedOf(whole, since, 'whole-list')
}

async function newestReadable(crm: Reading['crm'], recorded: readonly LookedAt[]): Promise<CrmOpportunity | undefined> {
  let refused: PermanentFailure | undefined
  for (const { id } of recorded.slice(0, MAX_CONTROLS)) {
    try {
      const found = await crm.findOpportunity(id)
      if (found !== undefined) return found
    } catch (error) {
      // This record may have become one that cannot be read.
      if (!(error instanceof PermanentFailure)) throw error
      refused = error
    }
  }
  if (refused !== undefined) throw refused
  return undefined
}

function changedOf(
  { items, isComplete, unread }: ReadRecords<CrmOpportunity>,
  since: number,
  trust: 'filter' | 'whole-list',
): ChangedOpportunities {
  if (!isComplete) return { unreadable: 'no-end' }
  // Where no record says when it was changed, those that were created long ago may have been.
  if (items.length > 0 && !items.some(({ updatedAt }) => typeof readCrmTime(updatedAt) === 'object'))
    return { unreadable: 'times' }
  const timed = items.flatMap(opportunity => {
    const updatedAt = timeOf(opportunity)
    return updatedAt === undefined ? [] : [{ opportunity, updatedAt }]
  })
  const changed = timed.filter(({ updatedAt }) => updatedAt >= since)
  return { items: changed, unread: unread + items.length - timed.length, trust }
}

async function unlessRefused<Value>(answer: Promise<Value>): Promise<Value | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof PermanentFailure) return undefined
    throw error
  }
}

const has = ({ items }: ReadRecords<CrmOpportunity>, { id }: CrmOpportunity): boolean =>
  items.some(item => item.id === id)

const newestOf = (items: readonly CrmOpportunity[]): CrmOpportunity | undefined =>
  items.toSorted((a, b) => (timeOf(b) ?? 0) - (timeOf(a) ?? 0))[0]

const isIso = (time: unknown): boolean => typeof time === 'string' && /^\s*\d{4}-\d{2}-\d{2}T/.test(time)

/** Milliseconds since 1970. Undefined when there is no time, or none that can be read. */
function timeOf(opportunity: CrmOpportunity): number | undefined {
  const time = readChangeTime(opportunity)
  return typeof time === 'object' ? time.at : undefined
}
