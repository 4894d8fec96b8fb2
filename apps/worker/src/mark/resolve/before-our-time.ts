import { CLOCK_SKEW_MS, type CrmOpportunity, PermanentFailure, readCrmTime } from '@ponte/contracts'
import {
  type LeadHistory,
  type MarkRecord,
  MARKS_KEEP_S,
  neverMarked,
  readTenantTime,
  type TenantTime,
  wasServed,
} from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import type { CurrentOpportunity } from '../read/read-opportunity.ts'

/**
 * An opportunity that Ponte has no record of was never marked, unless it is from before Ponte's time. Then it is adopted: its present
 * state is recorded as marked, so that neither switching over nor an empty Redis repeats a sale. See
 * docs/behaviour/marks.md#opportunities-from-before-ponte.
 */
export async function adoptIfOld(
  { opportunity, outcome }: Pick<CurrentOpportunity, 'opportunity' | 'outcome'>,
  served: TenantTime | undefined,
  context: JobContext,
): Promise<{ readonly recorded: MarkRecord; readonly isAdopted: boolean }> {
  const known = (recorded: MarkRecord) => ({ recorded, isAdopted: false })
  const created = { createdAt: opportunity.createdAt, served }
  // Nothing is adopted while the tenant does not name the status.
  if (outcome === undefined || !(await isFromBefore(created, context))) return known(neverMarked)
  const { marks, leads, underLocks } = context
  // The lead's job records an opportunity as opened in the same step that clears `pendingOpening`. Reading both in one step cannot miss both.
  const mark = marks.readingOf(opportunity.id)
  const lead = opportunity.leadId === undefined ? undefined : leads.readingOf(opportunity.leadId)
  const before = await underLocks({ readings: [mark, ...(lead === undefined ? [] : [lead])] })
  const begun = before(mark)
  if (begun !== undefined) return known(begun)
  if (wasBeingOpened(opportunity, lead && before(lead))) return known(neverMarked)
  const marked = outcome === 'ignored' ? 'none' : outcome
  const after = await underLocks({ changes: [marks.beginningOf(opportunity.id, marked)], readings: [mark] })
  const adopted = after(mark) ?? { marked }
  return { recorded: adopted, isAdopted: adopted.marked === marked }
}

/**
 * Is an opportunity without a record older than Ponte's work for the tenant, or older than records are kept? Beside a package the work begins
 * when the package ends. What was created while nobody served the tenant is no work of Ponte's either. Without a creation time it counts as
 * new. An unreadable time is a failure, because the sale may have been marked long ago.
 *
 * `createdAt`: as TOTVS CRM sent it. `served`: undefined when it has not been read yet.
 *
 * @throws PermanentFailure `CRM_CREATION_UNREADABLE`
 */
export async function isFromBefore(
  { createdAt, served }: { readonly createdAt?: unknown; readonly served: TenantTime | undefined },
  { tenant, redis, mode }: Pick<JobContext, 'tenant' | 'redis' | 'mode'>,
  now = Date.now(),
): Promise<boolean> {
  const time = readCrmTime(createdAt)
  if (time === undefined) return false
  if (time === 'unreadable') throw new PermanentFailure('CRM_CREATION_UNREADABLE')
  const { marksSince } = tenant.settings
  const begin = Math.max(
    marksSince === undefined ? -Infinity : Date.parse(marksSince),
    mode().packageUntil ?? -Infinity,
    now - MARKS_KEEP_S * 1000,
  )
  return time.at < begin || !wasServed(served ?? (await readTenantTime(redis, tenant)), time.at)
}

/** Was Ponte opening it? The CRM's webhook can be faster than its answer to the job, and its clock can be behind ours. */
export function wasBeingOpened(
  { id, createdAt }: Pick<CrmOpportunity, 'id' | 'createdAt'>,
  { pendingOpening, others = [] }: LeadHistory = {},
): boolean {
  const created = readCrmTime(createdAt)
  if (pendingOpening === undefined || typeof created !== 'object' || others.includes(id)) return false
  return created.at >= pendingOpening.at - CLOCK_SKEW_MS
}
