import { type CauseRecord, createCauseRecords } from '@ponte/state'
import type { OperationsDeps } from '../operations-deps.ts'
import type { ChosenFailures } from '../retries/retry-failures.ts'
import type { User } from '../users/user.ts'
import { sumCounts } from './failed-jobs.ts'
import { SHOWN_OF_CAUSE } from './read-failures.ts'

/** In characters. */
export const MAX_NOTE = 500

/** What a person notes about a cause. What is absent stays. */
export interface CauseNotes {
  /** Empty: nobody. */
  readonly assignee?: string
  /** Empty: none. */
  readonly note?: string
  readonly isMuted?: boolean
}

/** Writes what differs from what is noted, and records it. Does nothing when nothing has failed. `at`: milliseconds since 1970. */
export async function noteCause(
  { redis, audit, failedJobs, vendorAnswers }: OperationsDeps,
  user: User,
  { queueRef, code, choice }: ChosenFailures,
  { assignee, note, isMuted }: CauseNotes,
  at: number,
): Promise<void> {
  const counts = await failedJobs.count(queueRef, { ...choice, code })
  const jobs = await failedJobs.newest(queueRef, counts, { ...choice, code, most: SHOWN_OF_CAUSE })
  const [newest] = jobs
  if (newest === undefined) return
  const { name: tenant } = queueRef.tenant
  const records = createCauseRecords(redis, tenant)
  const of = { queue: queueRef.kind, code }
  const before = await records.read(of)
  const stamp = { by: user.name, at }
  const write = async (name: keyof CauseRecord, value: CauseRecord[keyof CauseRecord], detail?: string) => {
    const action = value === undefined ? `un${name}` : name
    await audit.write({
      ...{ user: user.name, action, tenant, queue: queueRef.kind, code, outcome: 'done' },
      ...(detail !== undefined && { detail }),
    })
    await records.change(of, name, { value, failedAt: newest.failedAt })
  }
  if (assignee !== undefined && assignee !== (before.assignee?.to ?? ''))
    await write('assignee', assignee === '' ? undefined : { to: assignee, ...stamp }, assignee || undefined)
  if (note !== undefined && note !== (before.note?.text ?? ''))
    await write('note', note === '' ? undefined : { text: note, ...stamp })
  if (isMuted === false && before.mute !== undefined) await write('mute', undefined)
  if (isMuted === true && before.mute === undefined) {
    const shapes = await vendorAnswers.shapesOf({ queue: queueRef.queue, jobs }, user)
    await write('mute', { ...stamp, count: sumCounts(counts), shapes: [...shapes] })
  }
}
