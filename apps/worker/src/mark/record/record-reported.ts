import type { Change } from '@ponte/state'
import type { MarkContext } from '../../run/job-context.ts'
import type { Confirmation } from '../../run/require-replicas.ts'
import { asRecorded, type Reported } from '../reported/reported.ts'

export interface Recording {
  /** Made in the same step. */
  readonly more?: readonly Change[]
  /** Nothing follows in this run: the step also releases all its locks. */
  readonly isLast?: boolean
  /** Asks for replicas, for what is about to be reported. `requireReplicas` is called before that. */
  readonly confirmation?: Confirmation
}

/** Writes what has changed of a contact and its opportunities, in one step. Returns it as it is recorded now. The contact's lock is held. */
export async function recordReported(
  uuid: string,
  reported: Reported,
  { marks, underLocks, recordAndRelease }: MarkContext,
  { more = [], isLast = false, confirmation }: Recording = {},
): Promise<Reported> {
  const changed = [...reported.marks].filter(([id]) => reported.changes.marks.has(id))
  const changes = [
    ...(reported.changes.contact ? [marks.contactWritingOf(uuid, reported.contact)] : []),
    ...changed.map(([id, record]) => marks.writingOf(uuid, id, record)),
    ...more,
  ]
  const { confirmedBy } = confirmation ?? {}
  await (isLast ? recordAndRelease(changes) : underLocks({ changes, ...(confirmedBy && { confirmedBy }) }))
  return asRecorded(reported)
}
