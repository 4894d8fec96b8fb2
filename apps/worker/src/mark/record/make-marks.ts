import { MAX_CALL_MS } from '@ponte/clients'
import { type LastMark, message, type Message, PermanentFailure } from '@ponte/contracts'
import { change, LockLost, type SentMark, type UnansweredMark } from '@ponte/state'
import { isOutcomeUnknown, JobDelayed } from '../../calls/job-delayed.ts'
import type { JobContext } from '../../run/job-context.ts'
import { confirmationBy } from '../../run/job-locks.ts'
import type { HeldContact } from '../read/locked-records.ts'
import type { MarksPlan, MarkStep } from '../plan/plan-marks.ts'
import { newestOf, openedJustNow } from '../reported/was-mark-applied.ts'
import {
  acceptMark,
  askMark,
  asRecorded,
  changeMark,
  endRun,
  recordReported,
  type Reported,
  withdrawMark,
} from '../reported/reported.ts'

export interface Outgoing {
  readonly opportunityId: string
  readonly contact: HeldContact & { readonly email: string }
  /** Nothing follows in this run: its last record also releases the locks, in the same step. */
  readonly isLast: boolean
}

export interface MadeMarks {
  /** What was marked, for the timeline. Empty when nothing was. */
  readonly notes: readonly Message[]
  /** What was reported to RD Station of the run's own opportunity, by this run or an earlier one. */
  readonly marked: LastMark
}

/**
 * Makes the marks of a plan in order, under the lock of the contact. Each mark is recorded before it is sent, and again after RD Station
 * took it. After a crash or a lost answer `verifyAnswer` looks it up first: it is sent again only when RD Station does not show it.
 */
export async function makeMarks(
  plan: MarksPlan,
  { opportunityId, contact, isLast }: Outgoing,
  context: JobContext,
): Promise<MadeMarks> {
  const { contactMarks, marks, rd, redis, tenant } = context
  const { uuid } = contact
  let { reported } = plan
  const made: MarkStep[] = []
  /**
   * Earlier opportunities that had a mark refused. Their further marks are skipped: a sale or loss would stand without its opportunity
   * mark.
   */
  const refused = new Set<string>()

  const last = plan.steps.at(-1)
  for (const step of plan.steps) {
    if (refused.has(step.opportunityId)) continue
    const sent = await send(step)
    if (sent === undefined) {
      refused.add(step.opportunityId)
      continue
    }
    for (const note of step.notes) context.note(note)
    reported = acceptMark(reported, sent, step.worth)
    made.push(step)
    if (step === last) break
    reported = await recordReported(uuid, changeMark(reported, opportunityId, { pending: true }), context)
    count(step)
  }
  // The end of the run. It also releases the locks if nothing follows.
  const isReported = plan.failure === undefined
  const end = endRun(reported, { ...plan, opportunityId, known: contact.known, isReported })
  const more = [
    ...end.added.map(id => marks.addingOpportunityOf(uuid, id)),
    ...end.dropped.map(id => marks.droppingOpportunityOf(uuid, id)),
  ]
  await recordReported(uuid, end.reported, context, { more, isLast: isLast && isReported })
  if (last !== undefined && made.at(-1) === last) count(last)
  if (plan.failure !== undefined) throw plan.failure
  return { notes: madeMessages(made), marked: reported.marks.get(opportunityId)?.marked ?? 'none' }

  /** After the mark is recorded. If recording fails, the mark is still unanswered, and `verifyAnswer` counts it. */
  function count({ mark, worth, isCounted }: MarkStep): void {
    if (isCounted) context.figures.done.mark(mark, worth)
  }

  /**
   * Records the mark as unanswered, then sends it. Returns the mark that RD Station took. Returns nothing when RD Station refused the mark
   * of an earlier opportunity, whose own job reports the failure.
   */
  async function send(step: MarkStep): Promise<SentMark | undefined> {
    const { mark, body, worth, isCounted } = step
    const { shown, unmarking = false, sold: wasSold } = reported.contact
    const wasShown = shown && !unmarking
    const address = context.fingerprint(contact.email)
    const latest = mark === 'opportunity' ? openedJustNow(reported.contact, Date.now()) : undefined
    const newestBefore = latest && newestOf(latest, await rd.listMarkTimes(uuid, latest.at))
    const sent = { mark, opportunityId: step.opportunityId, at: Date.now(), address, wasShown, wasSold, newestBefore }
    // When the contact becomes an opportunity, RD Station delivers it as a lead, maybe before it answers this call. This record lets Ponte
    // recognize that delivery as its own echo. It is removed if the mark was certainly not made: marketing may make one. See
    // docs/behaviour/leads.md#echoes-of-marks.
    const own = mark === 'opportunity' ? contactMarks.beginningOf(contact, sent.at) : { made: [], undone: [] }
    const asked = (recheckAfter: number): Reported =>
      askMark(reported, { ...sent, worth, by: opportunityId, recheckAfter, isCounted })
    const more = [marks.addingOpportunityOf(uuid, opportunityId), ...own.made]
    const confirmation = confirmationBy(context.replicas, 'mark')
    await recordReported(uuid, asked(nextTryAt() + MAX_CALL_MS), context, { more, confirmation })
    reported = asRecorded(reported)
    try {
      confirmation.requireReplicas()
      await rd.sendMark(body)
      return sent
    } catch (error) {
      const isEarlier = step.why === 'earlier' && error instanceof PermanentFailure
      if (isEarlier) context.note(message('earlier-opportunity-failed', { code: error.code }))
      if (isOutcomeUnknown(error)) {
        const recheckAfter = nextTryAt()
        // This write only shortens the wait of the contact's other opportunities, so it may fail.
        await recordReported(uuid, asked(recheckAfter), context).catch(() => undefined)
        throw isEarlier ? answerMissing({ recheckAfter }) : error
      }
      const withdrawn = withdrawMark(reported, { by: opportunityId, opportunityId: step.opportunityId })
      await recordReported(uuid, withdrawn, context, { more: own.undone }).catch(async (failed: unknown) => {
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
}

/** A sale without a value is noted in the job's log instead. */
function madeMessages(made: readonly MarkStep[]): readonly Message[] {
  const marksOf = (why: MarkStep['why']) => made.filter(step => step.why === why).map(({ mark }) => mark)
  const [due, earlier, again] = [marksOf('due'), marksOf('earlier'), marksOf('again')]
  const cents = made.find(({ mark, why }) => mark === 'sale' && why === 'due')?.worth?.cents ?? 0
  return [
    ...(earlier.length > 0 ? [message('earlier-opportunity-marked', { marks: earlier })] : []),
    ...(due.length > 0 ? [message('marked', { marks: due })] : []),
    ...(cents > 0 ? [message('sale-value', { reais: cents / 100 })] : []),
    ...(again.length > 0 ? [message('contact-marked-again')] : []),
  ]
}

/** The shortest wait of a job while another job looks a mark up. */
const ASK_PAUSE_MS = 500

export const answerMissing = ({ recheckAfter }: Pick<UnansweredMark, 'recheckAfter'>): JobDelayed =>
  new JobDelayed(message('other-answer-lost'), Math.max(recheckAfter - Date.now(), ASK_PAUSE_MS))
