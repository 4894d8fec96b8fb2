import { message, PermanentFailure } from '@ponte/contracts'
import type { Change, LastMark, SentMark } from '@ponte/state'
import { isOutcomeUnknown } from '../../run/is-outcome-unknown.ts'
import type { JobContext } from '../../run/job-context.ts'
import { changesOf } from '../observe/changes-of.ts'
import type { MarkableContact } from '../observe/find-contact.ts'
import type { HeldContact } from '../observe/locked-contacts.ts'
import { answerMissing } from '../observe/verify-answer.ts'
import { acceptMark, changeMark, type Standing } from '../plan/standing.ts'
import type { MarksPlan, MarkStep } from '../plan/plan-marks.ts'
import { sendMark } from './send-mark.ts'

export interface Outgoing {
  readonly opportunityId: string
  readonly contact: MarkableContact & { readonly held: HeldContact }
  /** Nothing follows in this run: what is recorded last gives back its locks in the same step. */
  readonly isLast: boolean
}

export interface CarriedOut {
  readonly made: readonly MarkStep[]
  /** What RD Station was told of the run's own opportunity, over all. */
  readonly marked: LastMark
}

/**
 * Makes the marks of a plan, in their order, under the lock of the contact: each is recorded before it is sent, and after it was taken.
 */
export async function carryOut(plan: MarksPlan, outgoing: Outgoing, context: JobContext): Promise<CarriedOut> {
  const { steps, failure } = plan
  const { opportunityId, contact, isLast } = outgoing
  const saved = openSaved(contact, context)
  let standing = plan.standing
  const made: MarkStep[] = []
  /** Earlier opportunities one of whose marks was refused: what comes after it would stand alone. */
  const refused = new Set<string>()

  for (const step of steps) {
    if (refused.has(step.opportunityId)) continue
    const sent = await sendStep(step, { standing, saved, outgoing }, context)
    if (sent === 'refused') {
      refused.add(step.opportunityId)
      continue
    }
    for (const note of step.notes) context.note(note)
    standing = acceptMark(standing, sent)
    made.push(step)
    if (step === steps.at(-1)) await recordEnd()
    else {
      standing = changeMark(standing, opportunityId, pending)
      await context.underLocks({ changes: saved.changesTo(standing) })
    }
    // Once it is recorded: if recording fails, the look-up of the mark counts it.
    if (step.isCounted) context.figures.done.mark(step.mark, step.worth)
  }
  if (steps.length === 0 || made.at(-1) !== steps.at(-1)) await recordEnd()
  if (failure !== undefined) throw failure
  return { made, marked: standing.marks.get(opportunityId)?.marked ?? 'none' }

  async function recordEnd(): Promise<void> {
    const end = endOf(standing, plan, { opportunityId, known: contact.held.known })
    const changes = [
      ...saved.changesTo(end.standing),
      ...end.listed.map(saved.listing),
      ...end.over.map(saved.unlisting),
    ]
    if (isLast && failure === undefined) await context.finish(changes)
    else await context.underLocks({ changes })
  }
}

const pending = { pending: true } as const

type Saved = ReturnType<typeof openSaved>

/** What Redis holds of the contact once the step is done for which the last changes are: if it fails, the run ends. */
function openSaved({ uuid, held }: Outgoing['contact'], context: JobContext) {
  let saved = held.standing
  return {
    changesTo(standing: Standing): readonly Change[] {
      const from = saved
      saved = standing
      return changesOf(uuid, { from, to: standing }, context)
    },
    unanswered: () => saved.contact.unanswered,
    listing: (id: string): Change => context.contactOpportunities.rememberingOf(uuid, id),
    unlisting: (id: string): Change => context.contactOpportunities.forgettingOf(uuid, id),
  }
}

interface Sending {
  readonly standing: Standing
  readonly saved: Saved
  readonly outgoing: Outgoing
}

/** The mark as RD Station has taken it. `refused`: one of an earlier opportunity, which has rounds of its own for that. */
async function sendStep(
  step: MarkStep,
  { standing, saved, outgoing: { opportunityId, contact } }: Sending,
  context: JobContext,
): Promise<SentMark | 'refused'> {
  const { shown: wasShown, sold: wasSold } = standing.contact
  const address = context.fingerprint(contact.email)
  const mark = { mark: step.mark, opportunityId: step.opportunityId, address, wasShown, wasSold }
  try {
    const at = await sendMark(
      {
        ...{ body: step.body, contact },
        during: ask => {
          const unanswered = { ...mark, ...ask, ...step.worth, by: opportunityId, isCounted: step.isCounted }
          const asked = changeMark(standing, opportunityId, pending)
          // Also for one that is another's than the run's: until it is known what RD Station has, its own runs may not conclude.
          const { marks } = changeMark(asked, step.opportunityId, pending)
          const during = { marks, contact: { ...standing.contact, unanswered } }
          return [...saved.changesTo(during), saved.listing(opportunityId)]
        },
        before: () => saved.changesTo(standing),
      },
      context,
    )
    return { ...mark, at }
  } catch (error) {
    if (step.why !== 'earlier' || !(error instanceof PermanentFailure)) throw error
    context.note(message('earlier-opportunity-failed', { code: error.code }))
    if (isOutcomeUnknown(error)) throw answerMissing(saved.unanswered() ?? { recheckAfter: 0 })
    return 'refused'
  }
}

/** How all stands after a run, and which opportunities the contact's list gets and loses: those whose end it was told are over. */
function endOf(
  standing: Standing,
  { gone, isPending }: MarksPlan,
  { opportunityId, known }: { readonly opportunityId: string; readonly known: readonly string[] },
): { readonly standing: Standing; readonly listed: readonly string[]; readonly over: readonly string[] } {
  const end = changeMark(standing, opportunityId, { pending: isPending || undefined })
  const marked = (id: string) => end.marks.get(id)?.marked
  const isEnded = (id: string): boolean => marked(id) === 'won' || marked(id) === 'lost'
  const isOver = isEnded(opportunityId) && !isPending
  const others = known.filter(id => id !== opportunityId && (isEnded(id) || gone.includes(id)))
  return {
    standing: end,
    listed: !isOver && marked(opportunityId) !== 'none' ? [opportunityId] : [],
    over: isOver ? [opportunityId, ...others] : others,
  }
}
