import { randomUUID } from 'node:crypto'
import { type Destination, identifiedEventOfJob, type JobData, type LastMark } from '@ponte/contracts'
import { differingText, keptMarkText, readStatusRd, recoveredText, type StatusRdReading } from '@ponte/mappers'
import type { Difference } from '@ponte/operations'
import { jobOptions } from '@ponte/runtime'
import type { StatusField, StatusRecord } from '@ponte/state'
import type { Job } from 'bullmq'
import { type HumanAction, isNewRequest, type Round } from './decide-round.ts'
import type { JobContext } from '../run/job-context.ts'

export interface NewReading {
  readonly opportunityId: string
  readonly before: StatusRecord
  /** With what the field shows (`withReading`). */
  readonly after: StatusRecord
}

/**
 * Records what the field shows, if that has changed. Once it shows a text of Ponte's, the job that had failed because it did not is
 * removed.
 */
export async function recordReading({ opportunityId, before, after }: NewReading, context: JobContext): Promise<void> {
  if (JSON.stringify(after) === JSON.stringify(before)) return
  const { statuses, jobId, statusField, underLocks } = context
  const isShownAgain = before.field?.state !== 'shown' && after.field?.state === 'shown'
  await underLocks({
    changes: [statuses.writingOf(opportunityId, after), ...(isShownAgain ? [statusField.forgetting()] : [])],
  })
  const failed = before.field?.unreadable
  if (failed === undefined || after.field?.unreadable !== undefined || failed.jobId === jobId) return
  await supersedeJobs('totvs-crm', [failed.jobId], context)
}

export interface Recovery {
  readonly data: JobData<'opportunity.updated'>
  readonly round: Round
  readonly reading: StatusRdReading
  readonly status: StatusRecord
  /** What RD Station was told of the opportunity. */
  readonly marked: LastMark
  /** The end that stays with the contact that had the opportunity before, where this run has left it. */
  readonly kept: 'won' | 'lost' | undefined
  readonly difference: Difference | undefined
}

/** Does `recordRecovery` follow? `statusRD` also says a difference between both systems, and that it is over. */
export const hasToSay = (
  { isRecovery, kept, difference }: { readonly isRecovery: boolean } & Pick<Recovery, 'kept' | 'difference'>,
  { differs }: StatusRecord,
): boolean => isRecovery || kept !== undefined || (difference && differingText(difference)) !== differs

/**
 * After a success that follows a failure or a person's request, `statusRD` says what was marked, and the failed jobs are removed. The
 * failure is forgotten only then: a run that is cut off before repeats all of it. Where RD Station was told another value or reason than
 * TOTVS CRM has now, the field says both. It also says where a former contact keeps its mark.
 */
export async function recordRecovery(recovery: Recovery, context: JobContext): Promise<void> {
  const { data, round, reading, status, marked, difference } = recovery
  const { failing, kept: keptBefore, ...rest } = status
  const kept = recovery.kept ?? keptBefore
  const differs = difference && differingText(difference)
  const text =
    kept === undefined
      ? (differs ?? recoveredText({ code: failing?.code, marked }))
      : keptMarkText({ kept, marked, differs })
  const humanAction = isNewRequest(reading, rest) ? 'request' : round.humanAction
  await requestStatusRdWrite(data, context)
  await supersedeJobs('rd-station', failing?.failedJobs ?? [], context)
  const field = wantedField(text, rest, { fingerprint: round.fingerprint, humanAction })
  await context.underLocks({ changes: [context.statuses.writingOf(data.opportunityId, { ...rest, differs, field })] })
  // The next round is removed last. While the failure is recorded, that round brings the opportunity up to date if it changes meanwhile.
  await endJobs(failing?.next === undefined ? [] : [failing.next.jobId], context)
}

type Queues = Pick<JobContext, 'queues'>

type Superseding = Pick<JobContext, 'queues' | 'jobId' | 'timelines'> & {
  readonly stays?: (job: Job) => boolean
}

/** Removes failed jobs, because this one stands for what they were for, except those that stay. Their timelines say so. */
export async function supersedeJobs(
  destination: Destination,
  jobIds: readonly string[],
  { jobId: own, queues, timelines, stays = () => false }: Superseding,
): Promise<void> {
  const queue = queues[destination]
  const others = jobIds.filter(jobId => jobId !== own)
  await Promise.all(
    others.map(async jobId => {
      const job = await queue.getJob(jobId)
      if (job === undefined || stays(job)) return
      const over = { kind: 'superseded', at: Date.now(), event: job.name, jobId } as const
      await timelines.record(await identifiedEventOfJob(job), over)
      // A job that was just started again is not removed. It finds nothing to do.
      await queue.remove(jobId).catch(() => 0)
    }),
  )
}

/** Removes jobs that have not run and are not needed any more. */
export async function endJobs(
  jobIds: readonly string[],
  { jobId: own, queues }: Queues & Pick<JobContext, 'jobId'>,
): Promise<void> {
  const others = jobIds.filter(jobId => jobId !== own)
  // A job that was just started again is not removed. It finds nothing to do.
  await Promise.all(others.map(jobId => queues['rd-station'].remove(jobId).catch(() => 0)))
}

/** Adds a job that writes the field. If TOTVS CRM refuses or loses that write, the failure of the mark stays visible. */
export async function requestStatusRdWrite(
  { round: _round, ...data }: JobData<'opportunity.updated'>,
  { queues, tenant }: Queues & Pick<JobContext, 'tenant'>,
): Promise<void> {
  await queues['totvs-crm'].add('status-rd.changed', data, {
    ...jobOptions(tenant.settings.retry),
    jobId: `status-rd-${randomUUID()}`,
  })
}

/**
 * What the field `statusRD` shows and is to say. TOTVS CRM answers each write with a webhook, and may show another text than was written. So
 * it is recorded that a text of Ponte's was read there, and writes are counted. See docs/behaviour/status-rd.md#own-writes.
 */

/** What the field is to say from now on, after a round that a person's action may have started. */
export function wantedField(
  text: string,
  { field: before }: StatusRecord,
  { fingerprint, humanAction }: { readonly fingerprint: string; readonly humanAction: HumanAction | undefined },
): StatusField {
  const hasChanged = fingerprint !== '' && before?.fingerprint !== undefined && before.fingerprint !== fingerprint
  return {
    ...before,
    text,
    state: 'wanted',
    writes: humanAction !== undefined || hasChanged ? 0 : (before?.writes ?? 0),
    ...(fingerprint !== '' && { fingerprint }),
    ...(humanAction === 'request' && { followed: true }),
  }
}

/**
 * How often the field may be written until a person changes something: once a round, once after a success, and once more because an answer
 * was lost. While a mark fails, only the rounds so far count.
 */
export const maxWrites = ({ failing }: StatusRecord, rounds: number): number =>
  failing === undefined ? rounds + 2 : Math.min(failing.round, rounds) + 1

/** The record with what the field shows. Unchanged if Ponte has never wanted a text there. */
export function withReading(status: StatusRecord, text: string | undefined): StatusRecord {
  const { field } = status
  if (field === undefined) return status
  const reading = readStatusRd(text)
  const isOwn = reading === 'own'
  return {
    ...status,
    field: {
      ...field,
      ...(isOwn && { unreadable: undefined }),
      ...(isOwn && field.state === 'taken' && { state: 'shown' }),
      ...(isOwn && text === field.text && { shown: text }),
      ...((isOwn || reading === 'other' || reading === 'empty') && { followed: undefined }),
    },
  }
}
