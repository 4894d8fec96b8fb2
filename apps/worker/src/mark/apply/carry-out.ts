import { LONGEST_CALL_MS } from '@ponte/clients'
import { type LastMark, message, PermanentFailure } from '@ponte/contracts'
import { change, LockLost, type SentMark } from '@ponte/state'
import { isOutcomeUnknown } from '../../calls/job-delayed.ts'
import type { MarkContext } from '../../run/job-context.ts'
import type { MarkableContact } from '../observe/find-contact.ts'
import { type HeldContact, recordBeforeCall, recordStanding } from '../observe/locked-records.ts'
import { answerMissing } from '../observe/verify-answer.ts'
import type { MarksPlan, MarkStep } from '../plan/plan-marks.ts'
import { newestOf, openedJustNow } from '../plan/was-mark-applied.ts'
import { acceptMark, changeMark, isEnd, isMarkedOpen, type Standing } from '../plan/standing.ts'

export interface Outgoing {
  readonly opportunityId: string
  readonly contact: MarkableContact & { readonly held: HeldContact }
  /** Nothing follows in this run: its last record also releases the locks, in the same step. */
  readonly isLast: boolean
}

export interface CarriedOut {
  readonly made: readonly MarkStep[]
  /** What was reported to RD Station of the run's own opportunity, by this run or an earlier one. */
  readonly marked: LastMark
}

const pending = { pending: true } as const

/**
 * Makes the marks of a plan in order, under the lock of the contact. Each mark is recorded before it is sent, and again after RD Station
 * took it. After a crash or a lost answer `verifyAnswer` looks it up first: it is sent again only when RD Station does not show it.
 */
export async function carryOut(
  plan: MarksPlan,
  { opportunityId, contact, isLast }: Outgoing,
  context: MarkContext,
): Promise<CarriedOut> {
  const { contactMarks, marks, rd, redis, tenant } = context
  const { uuid } = contact
  /** The contact as Redis has it: a write that fails ends the run. */
  let { held } = contact
  let standing = plan.standing
  const made: MarkStep[] = []
  /**
   * Earlier opportunities that had a mark refused. Their further marks are skipped: a sale or loss would stand without its opportunity
   * mark.
   */
  const refused = new Set<string>()

  for (const step of plan.steps) {
    if (refused.has(step.opportunityId)) continue
    const sent = await send(step)
    if (sent === undefined) {
      refused.add(step.opportunityId)
      continue
    }
    for (const note of step.notes) context.note(note)
    standing = acceptMark(standing, sent, step.worth)
    made.push(step)
    if (step === plan.steps.at(-1)) await recordEnd()
    else {
      standing = changeMark(standing, opportunityId, pending)
      held = await recordStanding(held, standing, context)
    }
    // Counted after it is recorded. If recording fails, the mark is still unanswered, and `verifyAnswer` counts it.
    if (step.isCounted) context.figures.done.mark(step.mark, step.worth)
  }
  if (plan.steps.length === 0 || made.at(-1) !== plan.steps.at(-1)) await recordEnd()
  if (plan.failure !== undefined) throw plan.failure
  return { made, marked: standing.marks.get(opportunityId)?.marked ?? 'none' }

  /**
   * Records the mark as unanswered, then sends it. Returns the mark that RD Station took. Returns nothing when RD Station refused the mark
   * of an earlier opportunity, whose own job reports the failure.
   */
  async function send(step: MarkStep): Promise<SentMark | undefined> {
    const { mark, body, worth, isCounted } = step
    const { shown, unmarking = false, sold: wasSold } = standing.contact
    const wasShown = shown && !unmarking
    const address = context.fingerprint(contact.email)
    const latest = mark === 'opportunity' ? openedJustNow(standing.contact, Date.now()) : undefined
    const newestBefore = latest && newestOf(latest, await rd.listMarkTimes(uuid, latest.at))
    const sent = { mark, opportunityId: step.opportunityId, at: Date.now(), address, wasShown, wasSold, newestBefore }
    // When the contact becomes an opportunity, RD Station delivers it as a lead, maybe before it answers this call. This record lets Ponte
    // recognize that delivery as its own echo. It is removed if the mark was certainly not made: marketing may make one. See
    // docs/behaviour/leads.md#echoes-of-marks.
    const own = mark === 'opportunity' ? contactMarks.beginningOf(contact, sent.at) : { made: [], undone: [] }
    const asking = (recheckAfter: number): Standing => {
      // The marked opportunity is pending too: until the answer is known, its own runs may not conclude either.
      const { marks } = changeMark(changeMark(standing, opportunityId, pending), step.opportunityId, pending)
      const wasPending = standing.marks.get(step.opportunityId)?.pending
      const unanswered = { ...sent, worth, by: opportunityId, recheckAfter, isCounted, wasPending }
      return { marks, contact: { ...standing.contact, unanswered } }
    }
    const more = [marks.addingOpportunityOf(uuid, opportunityId), ...own.made]
    const recorded = await recordBeforeCall(held, asking(nextTryAt() + LONGEST_CALL_MS), context, more)
    ;({ held } = recorded)
    try {
      recorded.requireReplicas()
      await rd.sendMark(body)
      return sent
    } catch (error) {
      const isEarlier = step.why === 'earlier' && error instanceof PermanentFailure
      if (isEarlier) context.note(message('earlier-opportunity-failed', { code: error.code }))
      if (isOutcomeUnknown(error)) {
        const recheckAfter = nextTryAt()
        // This write only shortens the wait of the contact's other opportunities, so it may fail.
        await recordStanding(held, asking(recheckAfter), context).catch(() => undefined)
        throw isEarlier ? answerMissing({ recheckAfter }) : error
      }
      held = await recordStanding(held, standing, context, { more: own.undone }).catch(async (failed: unknown) => {
        // Another job may hold the lock by now, and will look the mark up itself. The record of the echo is this run's alone, so it is
        // removed without a lock.
        if (failed instanceof LockLost) await change(redis, own.undone)
        throw failed
      })
      if (isEarlier) return undefined
      throw error
    }
  }

  /** When the mark's own job tries again. Other jobs do not look the mark up earlier: RD Station may still be processing it. */
  function nextTryAt(): number {
    return Date.now() + tenant.settings.retry.firstDelaySeconds * 1000
  }

  /**
   * Records the end of the run: the opportunity is not `pending` any more, unless a later run has to look again, and its present state is
   * reported. The contact's list loses the opportunities whose end was marked, and those that were removed. Of a removed one its record says
   * so: were it to come back, its next run reports it again. Releases the locks if nothing follows.
   */
  async function recordEnd(): Promise<void> {
    const isReported = plan.failure === undefined
    let end = changeMark(standing, opportunityId, {
      pending: plan.isPending || undefined,
      ...(isReported && { reportedAgain: undefined }),
    })
    for (const id of plan.removed)
      if (isMarkedOpen(end.marks.get(id)?.marked)) end = changeMark(end, id, { marked: 'hidden' })
    const marked = (id: string): LastMark | undefined => end.marks.get(id)?.marked
    const isOver = isEnd(marked(opportunityId)) && !plan.isPending
    const others = held.known.filter(id => id !== opportunityId && (isEnd(marked(id)) || plan.removed.includes(id)))
    const more = [
      ...(isOver || marked(opportunityId) === 'none' ? [] : [marks.addingOpportunityOf(uuid, opportunityId)]),
      ...[...(isOver ? [opportunityId] : []), ...others].map(id => marks.droppingOpportunityOf(uuid, id)),
    ]
    await recordStanding(held, end, context, { more, isLast: isLast && plan.failure === undefined })
  }
}
