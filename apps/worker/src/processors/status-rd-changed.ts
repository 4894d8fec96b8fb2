import { type CrmOpportunity, type JobData, message, PermanentFailure } from '@ponte/contracts'
import { mergeCustomFields, readCustomField, readStatusRd } from '@ponte/mappers'
import type { StatusField, StatusRecord } from '@ponte/state'
import { lockOpportunity } from '../mark/read/locked-records.ts'
import type { JobContext, JobResult, Processor } from '../run/job-context.ts'
import { maxWrites, recordReading, withReading } from '../status-rd/record-status.ts'
import { restartRounds } from '../status-rd/record-failed-round.ts'
import { isNewRequest } from '../status-rd/decide-round.ts'
import { isOutcomeUnknown, JobDelayed } from '../calls/job-delayed.ts'

type Data = JobData<'status-rd.changed'>
type Known = StatusRecord & { readonly field: StatusField }

/** How long TOTVS CRM may take to show a text that it accepted. */
const SHOWN_WITHIN_MS = 3000
const READ_AGAIN_MS = 1000

/**
 * Writes the recorded text into an opportunity's `statusRD`, and reads it back. It does not write what is there already, nor more often
 * than `maxWrites`. See docs/behaviour/status-rd.md#own-writes.
 */
export const statusRdChanged: Processor<'status-rd.changed'> = (data, context) => ({
  run: () => bringUpToDate(data, context),
})

async function bringUpToDate(data: Data, context: JobContext): Promise<JobResult> {
  const { crm, jobId, retry, tenant } = context
  const { status: stored } = await lockOpportunity(data.opportunityId, context)
  if (stored.field === undefined) return { outcome: 'skipped', summary: message('status-rd-nothing') }
  const read = (): Promise<CrmOpportunity | undefined> => crm.getOpportunity(data.contextUrl, data.opportunityId)
  const textOf = (found: CrmOpportunity | undefined): string | undefined =>
    found && readCustomField(found.customFields, found, tenant.settings.statusRd.field)
  const opportunity = await read()
  if (opportunity === undefined) return { outcome: 'skipped', summary: message('opportunity-gone') }

  const { unreadable: failed } = stored.field
  const wasRetriedByHand = failed?.jobId === jobId && failed.retry !== retry
  const field: StatusField = wasRetriedByHand
    ? { ...stored.field, state: 'wanted', writes: 0, unreadable: undefined }
    : stored.field
  const isWritten = field.state === 'taken' || field.state === 'shown'
  const shown = textOf(opportunity)
  if (shown === field.text) {
    const same: StatusRecord = { ...stored, field: isWritten ? field : { ...field, state: 'taken' } }
    await recordReading({ ...data, before: stored, after: withReading(same, shown) }, context)
    return { outcome: 'done', summary: message('status-rd-same') }
  }
  const { failing } = stored
  const isRestarted = failing?.round === 0
  if (!isWritten && failing !== undefined && (isRestarted || isNewRequest(readStatusRd(shown), stored))) {
    if (!isRestarted) await restartRounds({ data, status: { ...stored, failing, field } }, context)
    return { outcome: 'skipped', summary: message('status-rd-asked') }
  }
  const known = { ...stored, field }
  const status = isWritten ? known : await write(known, { data, opportunity, shown }, context)
  if (status === 'used up') return { outcome: 'skipped', summary: message('status-rd-max-writes') }
  return await check(status, data, isWritten ? shown : textOf(await read()), context)
}

interface Shown {
  readonly data: Data
  readonly opportunity: CrmOpportunity
  /** The text of the field, absent when the record does not carry it. */
  readonly shown: string | undefined
}

/**
 * Writes the text, with the other custom fields as they were read: nobody knows whether an update replaces all of them. The write is
 * counted before it is made, because after a crash or a lost answer it may have been carried out.
 */
async function write(
  { field, ...status }: Known,
  { data, opportunity, shown }: Shown,
  context: JobContext,
): Promise<Known | 'used up'> {
  const { crm, statuses, tenant, underLocks } = context
  const { opportunityId } = data
  const { settings } = tenant
  // The field still says exactly what it said before the write whose answer was lost: that write was not carried out.
  const isLost = field.state === 'sent' && field.shown !== undefined && field.shown === shown
  const writes = field.writes - (isLost ? 1 : 0)
  if (writes >= maxWrites(status, settings.statusRd.rounds)) {
    if (status.failing?.next !== undefined || field.unreadable !== undefined) return 'used up'
    throw await unreadable({ ...status, field }, data, context)
  }
  const save = async (next: StatusField): Promise<Known> => {
    const saved = { ...status, field: next }
    await underLocks({ changes: [statuses.writingOf(opportunityId, saved)] })
    return saved
  }
  await save({ ...field, state: 'sent', writes: writes + 1 })
  try {
    const { customFields } = settings.totvsCrm
    const values = { [settings.statusRd.field]: field.text }
    await crm.updateOpportunity(opportunityId, mergeCustomFields(customFields, opportunity.customFields, values))
  } catch (error) {
    if (!isOutcomeUnknown(error)) await save({ ...field, state: 'wanted', writes })
    throw error
  }
  return await save({ ...field, state: 'taken', takenAt: Date.now(), writes: writes + 1 })
}

/** Does TOTVS CRM show what it accepted? If not, only one job fails for that, however many texts follow. */
async function check(status: Known, data: Data, text: string | undefined, context: JobContext): Promise<JobResult> {
  const reading = readStatusRd(text)
  if (reading !== 'empty' && reading !== 'absent') {
    await recordReading({ ...data, before: status, after: withReading(status, text) }, context)
    return { outcome: 'done', summary: message('status-rd-written') }
  }
  const { unreadable: known, takenAt = 0 } = status.field
  if (known !== undefined && known.jobId !== context.jobId) {
    return { outcome: 'done', summary: message('status-rd-not-shown') }
  }
  // The absolute difference: a clock that was set back, or another worker's that runs ahead, must not prolong the wait.
  if (Math.abs(Date.now() - takenAt) < SHOWN_WITHIN_MS) {
    throw new JobDelayed(message('status-rd-not-shown-yet'), READ_AGAIN_MS)
  }
  throw await unreadable(status, data, context)
}

/** Recorded before the lock is released, so that no other job of the opportunity fails for it as well. */
async function unreadable(
  status: Known,
  { opportunityId }: Data,
  { statuses, jobId, retry, statusField, tenant, underLocks }: JobContext,
): Promise<PermanentFailure> {
  const failed = { jobId, ...(retry !== undefined && { retry }) }
  const noted = { ...status, field: { ...status.field, unreadable: failed } }
  await underLocks({
    changes: [statuses.writingOf(opportunityId, noted), statusField.rememberingUnreadable(opportunityId)],
  })
  return new PermanentFailure('CRM_STATUS_FIELD_UNREADABLE', { context: { field: tenant.settings.statusRd.field } })
}
