import { type JobData, PermanentFailure, message } from '@ponte/contracts'
import { readCustomField, readStatusRd, writeCustomFields } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import { lockedOpportunity } from '../mark/observe/locked-opportunity.ts'
import type { JobContext, JobResult } from '../run/job-context.ts'
import { recordReading } from '../status-rd/record-reading.ts'
import { maxWrites, noteReading } from '../status-rd/status-field.ts'
import { isOutcomeUnknown } from '../run/is-outcome-unknown.ts'
import { JobDelayed } from '../run/job-delayed.ts'
import type { Processor } from './processor.ts'

type Data = JobData<'status-rd.changed'>
type Known = MarkHistory & { readonly statusRd: NonNullable<MarkHistory['statusRd']> }

/** How long TOTVS CRM may take to show a text that it accepted. */
const SHOWN_WITHIN_MS = 3000
const READ_AGAIN_MS = 1000

/**
 * Writes the recorded text into an opportunity's `statusRD`, and reads it back. A write that would change nothing is not made, and
 * none beyond `maxWrites`. See docs/behaviour.md#own-writes.
 */
export const statusRdChanged: Processor<'status-rd.changed'> = (data, context) => ({
  run: () => lockedOpportunity(data.opportunityId, context, ({ history }) => bringUpToDate(data, history, context)),
})

async function bringUpToDate(data: Data, stored: MarkHistory | undefined, context: JobContext): Promise<JobResult> {
  const { jobId, stalled } = context
  if (stored?.statusRd === undefined) return { outcome: 'skipped', summary: message('status-rd-nothing') }
  const before = await readField(data, context)
  if (before === undefined) return { outcome: 'skipped', summary: message('opportunity-gone') }

  const { unreadable: failed } = stored.statusRd
  const wasRetriedByHand = failed?.jobId === jobId && failed.stalled === stalled
  const statusRd = wasRetriedByHand
    ? { ...stored.statusRd, written: false, writes: 0, unreadable: undefined }
    : stored.statusRd
  const { text } = statusRd
  if (before.text === text) {
    const same = { ...stored, statusRd: { ...statusRd, written: true, sending: undefined } }
    await recordReading({ ...data, before: stored, after: noteReading(same, text) }, context)
    return { outcome: 'done', summary: message('status-rd-same') }
  }
  const history = statusRd.written
    ? { ...stored, statusRd }
    : await write({ ...stored, statusRd }, data, before.text, context)
  if (history === 'used up') {
    return { outcome: 'skipped', summary: message('status-rd-max-writes') }
  }
  const after = statusRd.written ? before : await readField(data, context)
  return await check(history, data, after?.text, context)
}

/** The text of the field, absent when the record does not carry it. Nothing when the opportunity is gone. */
async function readField(
  { contextUrl, opportunityId }: Data,
  { crm, tenant }: JobContext,
): Promise<{ readonly text: string | undefined } | undefined> {
  const opportunity = await crm.getOpportunity(contextUrl, opportunityId)
  if (opportunity === undefined) return undefined
  return { text: readCustomField(opportunity.customFields, opportunity, tenant.settings.statusRd.field) }
}

/** Counted before it is made: after a crash or a lost answer it may have been carried out. */
async function write(
  { statusRd, ...history }: Known,
  data: Data,
  shown: string | undefined,
  context: JobContext,
): Promise<Known | 'used up'> {
  const { crm, marks, tenant, underLocks } = context
  const { opportunityId } = data
  const { settings } = tenant
  // The field still says exactly what it said before the write whose answer was lost: that write was not carried out.
  const isLost = statusRd.sending === true && statusRd.shown !== undefined && statusRd.shown === shown
  const writes = (statusRd.writes ?? 0) - (isLost ? 1 : 0)
  if (writes >= maxWrites(history, settings.statusRd.rounds)) {
    if (history.failing?.nextAt !== undefined || statusRd.unreadable !== undefined) return 'used up'
    throw await unreadable({ ...history, statusRd }, data, context)
  }
  const save = async (next: Known['statusRd']): Promise<Known> => {
    await underLocks({ changes: marks.writingOf(opportunityId, { ...history, statusRd: next }) })
    return { ...history, statusRd: next }
  }
  await save({ ...statusRd, seen: false, writes: writes + 1, sending: true })
  try {
    const change = writeCustomFields(settings.totvsCrm.customFields, { [settings.statusRd.field]: statusRd.text })
    await crm.updateOpportunity(opportunityId, change)
  } catch (error) {
    if (!isOutcomeUnknown(error)) await save({ ...statusRd, seen: false, writes, sending: false })
    throw error
  }
  const { sending: _sending, ...written } = statusRd
  return await save({ ...written, written: true, writtenAt: Date.now(), seen: false, writes: writes + 1 })
}

/** Does TOTVS CRM show what it accepted? If not, one job fails for it, however many texts follow. */
async function check(history: Known, data: Data, text: string | undefined, context: JobContext): Promise<JobResult> {
  const reading = readStatusRd(text)
  const written: JobResult = { outcome: 'done', summary: message('status-rd-written') }
  if (reading !== 'empty' && reading !== 'absent') {
    await recordReading({ ...data, before: history, after: noteReading(history, text) }, context)
    return written
  }
  const { unreadable: known, writtenAt = 0 } = history.statusRd
  if (known !== undefined && known.jobId !== context.jobId) {
    return { outcome: 'done', summary: message('status-rd-not-shown') }
  }
  // Either way: a clock that was set back, or another worker's that runs ahead, must not make this go on for as long.
  if (Math.abs(Date.now() - writtenAt) < SHOWN_WITHIN_MS) {
    throw new JobDelayed(message('status-rd-not-shown-yet'), READ_AGAIN_MS)
  }
  throw await unreadable(history, data, context)
}

/** Recorded before the lock is released, so that no other job of the opportunity fails for it as well. */
async function unreadable(
  history: Known,
  { opportunityId }: Data,
  { marks, jobId, stalled, statusField, tenant, underLocks }: JobContext,
): Promise<PermanentFailure> {
  const noted = { ...history, statusRd: { ...history.statusRd, unreadable: { jobId, stalled } } }
  await underLocks({
    changes: [...marks.writingOf(opportunityId, noted), statusField.rememberingUnreadable(opportunityId)],
  })
  return new PermanentFailure('CRM_STATUS_FIELD_UNREADABLE', { context: { field: tenant.settings.statusRd.field } })
}
