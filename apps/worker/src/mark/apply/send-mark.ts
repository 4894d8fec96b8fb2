import { LONGEST_CALL_MS } from '@ponte/clients'
import type { RdMark } from '@ponte/contracts'
import { type Change, change, LockLost, type MarkHistory } from '@ponte/state'
import { isOutcomeUnknown } from '../../run/is-outcome-unknown.ts'
import type { JobContext } from '../../run/job-context.ts'
import type { MarkableContact } from './find-contact.ts'

export interface OutgoingMark {
  readonly body: RdMark
  readonly opportunityId: string
  readonly contact: MarkableContact
  /** The history while the mark is not answered. Other jobs ask what became of it from `recheckAfter` on, in ms since 1970. */
  readonly during: (sent: {
    readonly at: number
    readonly contact: string
    readonly recheckAfter: number
  }) => MarkHistory
  /** The history once it is certain that the mark was not made. */
  readonly before: MarkHistory
  /** What is recorded besides, before it is sent. */
  readonly changes?: readonly Change[]
}

/**
 * Sends one mark. It is recorded before it is sent, so that after a crash or a lost answer it is verified (`verifyMark`) instead of sent
 * again, where RD Station can tell. What is true once RD Station has accepted it is for the caller to record.
 */
export async function sendMark(
  { body, opportunityId, contact, during, before, changes = [] }: OutgoingMark,
  context: JobContext,
): Promise<void> {
  const { marks, rd, underLocks } = context
  const save = async (history: MarkHistory, also: readonly Change[] = []): Promise<void> => {
    await underLocks({ changes: [...marks.writingOf(opportunityId, history), ...also] })
  }
  const sent = { at: Date.now(), contact: contact.uuid }
  const own = knownAsOurs(body, contact, context)
  await save(during({ ...sent, recheckAfter: nextTryAt(context) + LONGEST_CALL_MS }), [...changes, ...own.made])
  try {
    await rd.sendMark(body)
  } catch (error) {
    if (isOutcomeUnknown(error)) {
      // When this write fails, other opportunities of the contact wait a little longer, nothing else.
      await save(during({ ...sent, recheckAfter: nextTryAt(context) })).catch(() => undefined)
    } else await save(before, own.undone).catch((error: unknown) => forgetOwnMark(error, own.undone, context))
    throw error
  }
}

/**
 * The history may be another job's by now, which then verifies the mark. That it counts as Ponte's was recorded by this run alone, and
 * needs no lock.
 */
async function forgetOwnMark(error: unknown, undone: readonly Change[], { redis }: JobContext): Promise<never> {
  if (error instanceof LockLost) await change(redis, undone)
  throw error
}

/** Other jobs do not ask what became of a mark before its own job would: RD Station may still be at work on it. */
const nextTryAt = ({ tenant }: JobContext): number => Date.now() + tenant.settings.retry.firstDelaySeconds * 1000

/**
 * RD Station delivers the contact as a lead when it becomes an opportunity. That delivery can come before the answer, or although the
 * answer is lost, so Ponte records before the call that the mark is its own. If it stayed recorded when the mark was surely not made, a
 * mark that marketing makes within the next minutes would count as Ponte's. See docs/behaviour.md#echoes-of-marks.
 */
function knownAsOurs(
  { type }: RdMark,
  contact: MarkableContact,
  { contactMarks }: JobContext,
): { readonly made: readonly Change[]; readonly undone: readonly Change[] } {
  if (type !== 'OPPORTUNITY') return { made: [], undone: [] }
  const { mark, changes } = contactMarks.beginningOf(contact, Date.now())
  return { made: changes, undone: contactMarks.undoing(contact, mark) }
}
