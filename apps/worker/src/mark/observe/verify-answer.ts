import { type MarkName, message, PermanentFailure } from '@ponte/contracts'
import { type MarkRecord, neverMarked, type SentMark, type UnansweredMark } from '@ponte/state'
import type { MarkContext } from '../../run/job-context.ts'
import { JobDelayed } from '../../calls/job-delayed.ts'
import { acceptMark, changeMark, isEnd, reopen, takeBack, type Standing } from '../plan/standing.ts'
import { type Evidence, hasArrived, hasReached, marksShown } from '../plan/was-mark-applied.ts'
import { type HeldContact, recordStanding } from './locked-records.ts'

/** The shortest wait of a job while another job looks a mark up. */
const ASK_PAUSE_MS = 500

/** What is known of a contact once no answer is missing. */
export interface Verified extends HeldContact {
  /** The opportunity whose mark did not arrive. If it is not the run's own, it has a job that sends it again. */
  readonly notArrived: string | undefined
}

/**
 * Finds out whether a mark arrived whose answer was lost. This comes before all decisions, because they depend on what was marked. See
 * docs/behaviour/marks.md#lost-answers.
 *
 * @throws JobDelayed when another job sent the mark and may still look it up first
 */
export async function verifyAnswer(held: HeldContact, opportunityId: string, context: MarkContext): Promise<Verified> {
  const { standing } = held
  const { unanswered } = standing.contact
  if (unanswered === undefined) return { ...held, notArrived: undefined }
  if (unanswered.by !== opportunityId && unanswered.recheckAfter > Date.now()) throw answerMissing(unanswered)
  const evidence = await readEvidence(held.uuid, unanswered, context)
  // Where RD Station cannot tell, the mark is sent again.
  const isMade = hasArrived(unanswered, evidence) === true
  const known = isMade
    ? acceptMark(standing, unanswered, unanswered.worth)
    : { ...standing, contact: { ...standing.contact, unanswered: undefined } }
  const verified =
    unanswered.opportunityId === unanswered.by
      ? known
      : changeMark(known, unanswered.opportunityId, { pending: unanswered.wasPending })
  const answered = await recordStanding(held, verified, context)
  if (isMade) {
    if (unanswered.isCounted) context.figures.done.mark(unanswered.mark, unanswered.worth)
    context.note(message('mark-found', { mark: unanswered.mark }))
  }
  return { ...answered, notArrived: isMade ? undefined : unanswered.opportunityId }
}

export const answerMissing = ({ recheckAfter }: Pick<UnansweredMark, 'recheckAfter'>): JobDelayed =>
  new JobDelayed(message('other-answer-lost'), Math.max(recheckAfter - Date.now(), ASK_PAUSE_MS))

export interface Address {
  readonly opportunityId: string
  /** Fingerprint of the e-mail that the contact has now. */
  readonly address: string
  /** A person wants the opportunity marked again. */
  readonly isRequested: boolean
  /** Nothing else is due for the opportunity, so no further mark would correct one that was lost. */
  readonly isAllMarked: boolean
}

/**
 * RD Station answers 200 to a mark for an address that the contact no longer has, and drops it. So the last mark is looked up if it was for
 * this opportunity and the contact's address changed since. A mark that did not arrive counts as never made.
 */
export async function verifyAddress(
  held: Verified,
  { opportunityId, address, isRequested, isAllMarked }: Address,
  context: MarkContext,
): Promise<Verified> {
  const { standing } = held
  const { last } = standing.contact
  if (last?.opportunityId !== opportunityId) {
    const { marked, address: sentTo = address } = standing.marks.get(opportunityId) ?? neverMarked
    if (!isRequested || sentTo === address || !isEnd(marked)) return held
    const reopened = await recordStanding(held, reopen(standing, opportunityId), context)
    context.note(message('mark-went-astray', { mark: marked === 'won' ? 'sale' : 'loss' }))
    return reopened
  }
  if (last.address === address) return held
  const evidence = await readEvidence(held.uuid, last, context, { readsEvents: true })
  const hasCome = hasReached(last, evidence) ?? (isRequested ? false : undefined)
  if (hasCome === undefined && isAllMarked) throw new PermanentFailure('RD_MARK_UNCERTAIN')
  const readdressed = changeMark(standing, opportunityId, { address })
  const isLost = hasCome === false
  const verified = await recordStanding(
    held,
    isLost
      ? takeBack(standing, last, evidence.funnel?.opportunity === true)
      : { ...readdressed, contact: { ...standing.contact, last: { ...last, address } } },
    context,
  )
  if (isLost) context.note(message('mark-went-astray', { mark: last.mark }))
  return verified
}

export interface LateMark {
  readonly opportunityId: string
  /** What was reported of it to the contact. */
  readonly mark: MarkRecord
  readonly due: readonly MarkName[]
  readonly address: string
  /** When the event came. Since then another program has worked. */
  readonly since: number
}

/** Before a mark of an event that is late, RD Station is asked as after a lost answer. What it shows counts as made, and is not sent. */
export async function verifyLate(
  held: Verified,
  { opportunityId, mark: reported, due, address, since }: LateMark,
  context: MarkContext,
): Promise<Verified> {
  if (due.length === 0) return held
  const { standing } = held
  const readsEvents = due.includes('opportunity')
  const evidence = await readEvidence(held.uuid, { mark: 'opportunity', at: since }, context, { readsEvents })
  const made = marksShown(due, { since, ...standing.contact }, evidence)
  if (made.length === 0) return held
  const known = { ...standing, marks: new Map(standing.marks).set(opportunityId, reported) }
  const accepted = made.reduce<Standing>((before, mark) => {
    const { shown: wasShown, sold: wasSold } = before.contact
    // Nobody knows with which value or reason.
    return acceptMark(before, { mark, opportunityId, at: since, address, wasShown, wasSold }, undefined)
  }, known)
  for (const mark of made) context.note(message('mark-found', { mark }))
  return await recordStanding(held, accepted, context)
}

/** What RD Station shows of the contact. Events say something only of an opportunity mark, or of what came after another one. */
async function readEvidence(
  uuid: string,
  { mark, at }: Pick<SentMark, 'mark' | 'at'>,
  { rd }: MarkContext,
  { readsEvents } = { readsEvents: mark === 'opportunity' },
): Promise<Evidence> {
  const opened = readsEvents ? await rd.listMarkTimes(uuid, at) : undefined
  return { opened, funnel: await rd.findFunnel({ uuid }) }
}
