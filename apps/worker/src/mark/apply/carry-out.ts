import { LONGEST_CALL_MS } from '@ponte/clients'
import { type LastMark, message, PermanentFailure } from '@ponte/contracts'
import { change, LockLost, type SentMark } from '@ponte/state'
import { isOutcomeUnknown } from '../../run/is-outcome-unknown.ts'
import type { MarkContext } from '../../run/job-context.ts'
import type { MarkableContact } from '../observe/find-contact.ts'
import { type HeldContact, recordStanding } from '../observe/locked-records.ts'
import { answerMissing } from '../observe/verify-answer.ts'
import type { MarksPlan, MarkStep } from '../plan/plan-marks.ts'
import { acceptMark, changeMark, isEnd, type Standing } from '../plan/standing.ts'

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

const pending = { pending: true } as const

/**
 * Makes the marks of a plan, in their order, under the lock of the contact: each is recorded before it is sent, and after it was taken. So
 * after a crash or a lost answer it is looked up (`verifyAnswer`) instead of sent again, where RD Station can tell.
 */
export async function carryOut(
  plan: MarksPlan,
  { opportunityId, contact, isLast }: Outgoing,
  context: MarkContext,
): Promise<CarriedOut> {
  const { contactMarks, marks, rd, redis, tenant } = context
  const { uuid } = contact
  /** As Redis has it. If a write fails, the run ends. */
  let { held } = contact
  let standing = plan.standing
  const made: MarkStep[] = []
  /** Earlier opportunities one of whose marks was refused: what comes after it would stand alone. */
  const refused = new Set<string>()

  for (const step of plan.steps) {
    if (refused.has(step.opportunityId)) continue
    const sent = await send(step)
    if (sent === undefined) {
      refused.add(step.opportunityId)
      continue
    }
    for (const note of step.notes) context.note(note)
    standing = acceptMark(standing, sent)
    made.push(step)
    if (step === plan.steps.at(-1)) await recordEnd()
    else {
      standing = changeMark(standing, opportunityId, pending)
      held = await recordStanding(held, standing, context)
    }
    // Once it is recorded: if recording fails, the look-up of the mark counts it.
    if (step.isCounted) context.figures.done.mark(step.mark, step.worth)
  }
  if (plan.steps.length === 0 || made.at(-1) !== plan.steps.at(-1)) await recordEnd()
  if (plan.failure !== undefined) throw plan.failure
  return { made, marked: standing.marks.get(opportunityId)?.marked ?? 'none' }

  /**
   * Records the mark as unanswered and sends it. Gives it as RD Station has taken it; nothing when it refused the mark of an earlier
   * opportunity, whose own job reports that.
   */
  async function send(step: MarkStep): Promise<SentMark | undefined> {
    const { mark, body, worth, isCounted } = step
    const { shown: wasShown, sold: wasSold } = standing.contact
    const address = context.fingerprint(contact.email)
    const sent = { mark, opportunityId: step.opportunityId, at: Date.now(), address, wasShown, wasSold }
    // RD Station delivers the contact as a lead when it becomes an opportunity, maybe before it answers: that delivery is then known as
    // Ponte's. A mark that was surely not made is not: marketing may make one. See docs/behaviour.md#echoes-of-marks.
    const own = mark === 'opportunity' ? contactMarks.beginningOf(contact, sent.at) : { made: [], undone: [] }
    const asking = (recheckAfter: number): Standing => {
      // Until it is known what RD Station has, the runs of the opportunity that the mark is for may not conclude either.
      const { marks } = changeMark(changeMark(standing, opportunityId, pending), step.opportunityId, pending)
      const wasPending = standing.marks.get(step.opportunityId)?.pending
      const unanswered = { ...sent, ...worth, by: opportunityId, recheckAfter, isCounted, wasPending }
      return { marks, contact: { ...standing.contact, unanswered } }
    }
    held = await recordStanding(held, asking(nextTryAt() + LONGEST_CALL_MS), context, {
      more: [marks.addingOpportunityOf(uuid, opportunityId), ...own.made],
    })
    try {
      await rd.sendMark(body)
      return sent
    } catch (error) {
      const isEarlier = step.why === 'earlier' && error instanceof PermanentFailure
      if (isEarlier) context.note(message('earlier-opportunity-failed', { code: error.code }))
      if (isOutcomeUnknown(error)) {
        const recheckAfter = nextTryAt()
        // When this write fails, other opportunities of the contact wait a little longer, nothing else.
        await recordStanding(held, asking(recheckAfter), context).catch(() => undefined)
        throw isEarlier ? answerMissing({ recheckAfter }) : error
      }
      const more = own.undone
      held = await recordStanding(held, standing, context, { more }).catch(async (failed: unknown) => {
        // The record may be another job's by now, which then finds out about the mark. That it counts as Ponte's was recorded by this run
        // alone, and needs no lock.
        if (failed instanceof LockLost) await change(redis, own.undone)
        throw failed
      })
      if (isEarlier) return undefined
      throw error
    }
  }

  /** Other jobs do not ask what became of a mark before its own job would: RD Station may still be at work on it. */
  function nextTryAt(): number {
    return Date.now() + tenant.settings.retry.firstDelaySeconds * 1000
  }

  /**
   * How all stands after the run: not `pending`, unless a later run is to look again. The contact's list loses the opportunities whose end
   * it was told. Gives back the locks if nothing follows.
   */
  async function recordEnd(): Promise<void> {
    const end = changeMark(standing, opportunityId, { pending: plan.isPending || undefined })
    const marked = (id: string): LastMark | undefined => end.marks.get(id)?.marked
    const isOver = isEnd(marked(opportunityId)) && !plan.isPending
    const others = held.known.filter(id => id !== opportunityId && (isEnd(marked(id)) || plan.gone.includes(id)))
    const more = [
      ...(isOver || marked(opportunityId) === 'none' ? [] : [marks.addingOpportunityOf(uuid, opportunityId)]),
      ...[...(isOver ? [opportunityId] : []), ...others].map(id => marks.droppingOpportunityOf(uuid, id)),
    ]
    await recordStanding(held, end, context, { more, isLast: isLast && plan.failure === undefined })
  }
}
