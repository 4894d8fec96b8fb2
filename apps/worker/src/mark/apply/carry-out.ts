import { message, PermanentFailure } from '@ponte/contracts'
import type { Change, SentMark } from '@ponte/state'
import { isOutcomeUnknown } from '../../run/is-outcome-unknown.ts'
import type { JobContext } from '../../run/job-context.ts'
import { changesOf } from '../observe/changes-of.ts'
import type { MarkableContact } from '../observe/find-contact.ts'
import type { HeldContact } from '../observe/locked-contacts.ts'
import { answerMissing } from '../observe/verify-answer.ts'
import { acceptMark, changeMark, type Standing, withoutAnswer } from '../plan/accept-mark.ts'
import type { MarksPlan, MarkStep } from '../plan/plan-marks.ts'
import { sendMark } from './send-mark.ts'

export interface Outgoing {
  readonly opportunityId: string
  readonly contact: MarkableContact & { readonly held: HeldContact }
  /** Nothing follows in this run: what is recorded last gives back its locks in the same step. */
  readonly isLast: boolean
}

/**
 * Makes the marks of a plan, in their order, under the lock of the contact: each is recorded before it is sent, and after it was taken.
 * Gives the marks that were made.
 */
export async function carryOut(
  { standing: planned, steps, failure, gone, isPending }: MarksPlan,
  { opportunityId, contact, isLast }: Outgoing,
  context: JobContext,
): Promise<readonly MarkStep[]> {
  const { contactOpportunities, underLocks, finish } = context
  const { uuid, held } = contact
  const address = context.fingerprint(contact.email)
  /** What Redis holds. */
  let saved = held.standing
  let standing = planned
  const changesTo = (to: Standing): readonly Change[] => changesOf(uuid, { from: saved, to }, context)
  const listed = (id: string): Change => contactOpportunities.rememberingOf(uuid, id)
  const made: MarkStep[] = []
  /** Earlier opportunities one of whose marks was refused: what comes after it would stand alone. */
  const refused = new Set<string>()

  for (const step of steps) {
    if (refused.has(step.opportunityId)) continue
    const { shown: wasShown, sold: wasSold } = standing.contact
    const mark = { mark: step.mark, opportunityId: step.opportunityId, address, wasShown, wasSold }
    const before = standing
    let sent: SentMark
    try {
      const at = await sendMark(
        {
          ...{ body: step.body, contact },
          during: ask => {
            const unanswered = { ...mark, ...ask, ...step.worth, by: opportunityId, isCounted: step.isCounted }
            const during = changeMark({ ...before, contact: { ...before.contact, unanswered } }, opportunityId, pending)
            const changes = [...changesTo(during), listed(opportunityId)]
            saved = during
            return changes
          },
          before: () => {
            const changes = changesTo(before)
            saved = before
            return changes
          },
        },
        context,
      )
      sent = { ...mark, at }
    } catch (error) {
      if (step.why !== 'earlier' || !(error instanceof PermanentFailure)) throw error
      context.note(message('earlier-opportunity-failed', { code: error.code }))
      if (isOutcomeUnknown(error)) throw answerMissing(saved.contact.unanswered ?? { recheckAfter: 0 })
      refused.add(step.opportunityId)
      continue
    }
    for (const note of step.notes) context.note(note)
    standing = acceptMark(standing, sent)
    made.push(step)
    if (step !== steps.at(-1)) {
      standing = changeMark(standing, opportunityId, pending)
      await underLocks({ changes: changesTo(standing) })
      saved = standing
    } else await recordEnd()
    if (step.isCounted) context.figures.done.mark(step.mark, step.worth)
  }
  if (steps.length === 0 || made.at(-1) !== steps.at(-1)) await recordEnd()
  if (failure !== undefined) throw failure
  return made

  async function recordEnd(): Promise<void> {
    const end = changeMark(withoutAnswer(standing), opportunityId, { pending: isPending || undefined })
    const marked = (id: string) => end.marks.get(id)?.marked
    const isEnded = (id: string): boolean => marked(id) === 'won' || marked(id) === 'lost'
    const own = isEnded(opportunityId) && !isPending
    const known = held.known.filter(id => id !== opportunityId && (isEnded(id) || gone.includes(id)))
    const changes = [
      ...changesTo(end),
      ...(own ? [contactOpportunities.forgettingOf(uuid, opportunityId)] : []),
      ...(!own && marked(opportunityId) !== 'none' ? [listed(opportunityId)] : []),
      ...known.map(id => contactOpportunities.forgettingOf(uuid, id)),
    ]
    if (isLast && failure === undefined) await finish(changes)
    else await underLocks({ changes })
    saved = end
  }
}

const pending = { pending: true } as const
