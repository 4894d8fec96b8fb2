import { LONGEST_CALL_MS } from '@ponte/clients'
import type { RdMark } from '@ponte/contracts'
import { type Change, change, LockLost, type UnansweredMark } from '@ponte/state'
import { isOutcomeUnknown } from '../../run/is-outcome-unknown.ts'
import type { JobContext } from '../../run/job-context.ts'

export interface OutgoingMark {
  readonly body: RdMark
  readonly contact: { readonly uuid: string; readonly email: string }
  /** What is recorded while the mark is not answered. */
  readonly during: (sent: Pick<UnansweredMark, 'at' | 'recheckAfter'>) => readonly Change[]
  /** What is recorded once it is certain that the mark was not made. */
  readonly before: () => readonly Change[]
}

/**
 * Sends one mark; gives when. It is recorded before it is sent, so that after a crash or a lost answer it is looked up (`verifyAnswer`)
 * instead of sent again, where RD Station can tell. What is true once RD Station has taken it is for the caller to record.
 */
export async function sendMark({ body, contact, during, before }: OutgoingMark, context: JobContext): Promise<number> {
  const { rd, underLocks } = context
  const at = Date.now()
  const own = knownAsOurs(body, contact, context)
  const ask = { at, recheckAfter: nextTryAt(context) + LONGEST_CALL_MS }
  await underLocks({ changes: [...during(ask), ...own.made] })
  try {
    await rd.sendMark(body)
    return at
  } catch (error) {
    if (isOutcomeUnknown(error)) {
      // When this write fails, other opportunities of the contact wait a little longer, nothing else.
      const sooner = { at, recheckAfter: nextTryAt(context) }
      await underLocks({ changes: during(sooner) }).catch(() => undefined)
    } else {
      await underLocks({ changes: [...before(), ...own.undone] }).catch((failed: unknown) =>
        forgetOwnMark(failed, own.undone, context),
      )
    }
    throw error
  }
}

/**
 * The record may be another job's by now, which then finds out about the mark. That it counts as Ponte's was recorded by this run alone,
 * and needs no lock.
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
  contact: OutgoingMark['contact'],
  { contactMarks }: JobContext,
): { readonly made: readonly Change[]; readonly undone: readonly Change[] } {
  if (type !== 'OPPORTUNITY') return { made: [], undone: [] }
  const { mark, changes } = contactMarks.beginningOf(contact, Date.now())
  return { made: changes, undone: contactMarks.undoing(contact, mark) }
}
