import { createHash } from 'node:crypto'
import { codeOfReason, type Language } from '@ponte/contracts'
import { retryInFull } from '@ponte/runtime'
import { createEdits, type EditRecord } from '@ponte/state'
import type { Job } from 'bullmq'
import { findQueue, type OperationsDeps, readJobId } from '../operations-deps.ts'
import { type FailureReason, readReasons } from '../failures/failure-words.ts'
import { beginAction } from '../retries/job-actions.ts'
import type { QueueRef } from '../queues/queue-ref.ts'
import type { User } from '../users/user.ts'
import { type Editable, readEditable, type Values } from './editable.ts'
import { namedField } from './named-field.ts'
import { applyEdit, type Edit, editRecordOf } from './edited-data.ts'

export interface Editing {
  readonly queueRef: QueueRef
  readonly job: Job
  readonly editable: Editable
  readonly reason: FailureReason | undefined
  readonly named: string | undefined
  /** Shows whether somebody else changed the data between the preview and the confirmation. */
  readonly digest: string
  readonly language: Language
  readonly user: User
}

/** Why the event cannot be corrected, or was not. */
export type EditRefusal = 'gone' | 'notFailed' | 'noText' | 'changed'

/** The failed job that an address names, if a person may edit it. */
export async function openEdit(
  deps: OperationsDeps,
  named: unknown,
  { user, language }: { readonly user: User | undefined; readonly language: Language },
): Promise<Editing | EditRefusal> {
  const queueRef = findQueue(deps, named)
  const job = await queueRef?.queue.getJob(readJobId(named))
  if (queueRef === undefined || job === undefined || user === undefined) return 'gone'
  const refusal = await refusalOf(queueRef, job.id ?? '')
  if (refusal !== undefined) return refusal
  const editable = readEditable({ name: job.name, kind: queueRef.kind, data: job.data })
  if (editable === undefined) return 'noText'
  const reasons = await readReasons(deps, queueRef, [job], { language, user })
  const reason = reasons.get(job.id ?? '')
  const digest = createHash('sha256').update(JSON.stringify(job.data)).digest('hex')
  return { queueRef, job, editable, reason, named: namedField(reason?.raw ?? [], editable), digest, language, user }
}

/** What becomes of the job with these values. Writes nothing. */
export const editOf = ({ queueRef, job, user, language }: Editing, given: Values): Edit | undefined =>
  applyEdit({ name: job.name, kind: queueRef.kind, data: job.data }, given, {
    tenant: queueRef.tenant,
    by: user.name,
    at: new Date().toISOString(),
    language,
  })

/** Puts the corrected data into the job, retries it and records both. Does nothing if somebody else was first. */
export async function keepEdit(
  deps: OperationsDeps,
  { queueRef, job, user }: Editing,
  { data, changes }: Edit & { readonly data: object },
): Promise<'kept' | EditRefusal> {
  const { queue, kind } = queueRef
  const { id: jobId = '', data: before } = job
  const code = codeOfReason(job.failedReason)
  const fields = changes.map(({ field }) => field)
  const edits = createEdits(deps.redis, queueRef.tenant.name)
  const exchange = (from: unknown, to: unknown): Promise<boolean> =>
    edits.exchange({
      queue: kind,
      jobId,
      before: from,
      after: to,
      keys: { failed: queue.toKey('failed'), job: queue.toKey(jobId) },
      record: editRecordOf({ name: job.name, kind, data: to }),
    })
  if (!(await exchange(before, data))) return (await refusalOf(queueRef, jobId)) ?? 'changed'

  let end: Awaited<ReturnType<typeof beginAction>> | undefined
  let isRetried: boolean
  try {
    end = await beginAction(deps, { user, queueRef, job, code, action: 'edit', fields })
    isRetried = await retryInFull(job)
  } catch (error) {
    // Redis failed. Undo and record as much as Redis still takes.
    await exchange(data, before).catch(() => false)
    await end?.('failed').catch(() => undefined)
    throw error
  }
  if (!isRetried && (await queue.getJob(jobId)) === undefined) {
    await end('failed')
    return 'gone'
  }
  // If somebody else retried it in between, it runs with the corrected data. So the edit is kept, and the retry is recorded as theirs.
  job.data = data
  await end('done', isRetried ? ['edited', 'retried'] : ['edited'])
  return 'kept'
}

async function refusalOf({ queue }: QueueRef, jobId: string): Promise<'gone' | 'notFailed' | undefined> {
  const state = await queue.getJobState(jobId)
  if (state === 'failed') return undefined
  return state === 'unknown' ? 'gone' : 'notFailed'
}

/** The data of an edited event as they came, what they are now, and who changed what. */
export interface EditedEvent extends EditRecord {
  readonly queueRef: QueueRef
  readonly jobId: string
}

/** The edited event that an address names, also when its job is gone. */
export async function readEdited(deps: OperationsDeps, named: unknown): Promise<EditedEvent | undefined> {
  const queueRef = findQueue(deps, named)
  if (queueRef === undefined) return undefined
  const { tenant, kind, queue } = queueRef
  const jobId = readJobId(named)
  const record = await createEdits(deps.redis, tenant.name).read(kind, jobId)
  if (record !== undefined) return { ...record, queueRef, jobId }
  // The record of an edit ends after 30 days. A job that failed again later still has its original.
  const job = await queue.getJob(jobId)
  const kept = job && editRecordOf({ name: job.name, kind, data: job.data })
  return kept && { ...kept, queueRef, jobId }
}
