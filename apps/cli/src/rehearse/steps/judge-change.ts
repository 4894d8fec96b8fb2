import { filterOf } from '@ponte/clients'
import { Failure, failures, isRecord, readCrmTime } from '@ponte/contracts'
import type { Rehearsal } from '../context.ts'

const DAY_MS = 24 * 60 * 60_000

/** An opportunity has been won: its time of change must have moved, and the list of what has changed must have it. */
export async function judgeChange(opportunity: string, before: unknown, run: Rehearsal): Promise<void> {
  const { report } = run
  const after = (await run.readRecord('opportunity', opportunity))?.['updatedAt']
  const [from, to] = [readCrmTime(before), readCrmTime(after)]
  const hasMoved = typeof from === 'object' && typeof to === 'object' && to.at > from.at
  await report.answer('crm-updated-at', hasMoved, { type: typeof after })
  if (typeof to === 'object') await judgeFilter(opportunity, to.at, run)
}

/** As a reconciliation asks: from a day earlier, because of zones. A time that is still to come must find nothing. */
async function judgeFilter(opportunity: string, changedAt: number, run: Rehearsal): Promise<void> {
  const { crm, report } = run
  const others = await countAfter(new Date(Date.now() + 2 * DAY_MS), run)
  if (others !== 0) {
    await report.answer('crm-filter-updated-at', false, { notMatching: others })
    return
  }
  const { items } = await crm.listOpportunities({ changedSince: new Date(changedAt - DAY_MS) })
  const isFound = items.some(({ id }) => id === opportunity)
  await report.answer('crm-filter-updated-at', isFound, { notMatching: others, listed: items.length })
}

/** How many a page has of those that changed after a time. Null when TOTVS CRM refuses the filter. */
async function countAfter(time: Date, { crm, tenant }: Rehearsal): Promise<number | null> {
  const filter = filterOf({ field: 'updatedAt', op: 'ge', value: time.toISOString() })
  try {
    const { opportunity } = tenant.settings.totvsCrm.resources
    const items = await crm.pageOf(opportunity, { number: 1, size: 10, ...(filter !== undefined && { filter }) })
    return items.filter(isRecord).length
  } catch (error) {
    if (!(error instanceof Failure) || failures[error.code].breakerReason !== undefined) throw error
    return null
  }
}
