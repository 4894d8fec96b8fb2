import { message, type Message, type OpportunityOutcome, PermanentFailure } from '@ponte/contracts'
import { marksDue } from '@ponte/mappers'
import { type ContactRecord, type MarkRecord, neverMarked, type SentMark } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import { answerMissing } from '../record/make-marks.ts'
import {
  acceptMark,
  answerMark,
  giveAway,
  isEnd,
  isMarkedOpen,
  joinContact,
  markOf,
  readdress,
  recordReported,
  reopen,
  type Reported,
  takeBack,
  unmarking,
} from '../reported/reported.ts'
import { type Evidence, hasArrived, hasReached, marksShown } from '../reported/was-mark-applied.ts'
import type { HeldContact } from '../read/locked-records.ts'
import { confirmationBy } from '../../run/job-locks.ts'
import type { ReadOpportunity } from '../read/read-opportunity.ts'
import { isOpen, readOthers } from '../read/read-others.ts'

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
async function verifyAnswer(held: HeldContact, opportunityId: string, context: JobContext): Promise<Verified> {
  const { unanswered } = held.reported.contact
  if (unanswered === undefined) return { ...held, notArrived: undefined }
  if (unanswered.by !== opportunityId && unanswered.recheckAfter > Date.now()) throw answerMissing(unanswered)
  const evidence = await readEvidence(held.uuid, unanswered, context)
  // Where RD Station cannot tell, the mark is sent again.
  const isMade = hasArrived(unanswered, evidence) === true
  const reported = await recordReported(held.uuid, answerMark(held.reported, unanswered, isMade), context)
  if (isMade) {
    if (unanswered.isCounted) context.figures.done.mark(unanswered.mark, unanswered.worth)
    context.note(message('mark-found', { mark: unanswered.mark }))
  }
  return { ...held, reported, notArrived: isMade ? undefined : unanswered.opportunityId }
}

/** The opportunity of the run, and whose it is now. */
export interface OwnOpportunity {
  readonly opportunityId: string
  readonly outcome: OpportunityOutcome
  readonly recorded: MarkRecord
  readonly owner: Pick<MarkRecord, 'contact' | 'lead' | 'person'>
  /** Fingerprint of the e-mail that the contact has now. */
  readonly address: string
  /** A person wants the opportunity marked again. */
  readonly isRequested: boolean
  /** When the event came, in milliseconds since 1970. */
  readonly receivedAt: number
}

/**
 * Finds out what became of each mark that is in doubt: the answer was lost, the address has changed, or another program may have made it.
 * The opportunity belongs to the contact afterwards.
 */
export async function verifyMarks(held: HeldContact, own: OwnOpportunity, context: JobContext): Promise<Verified> {
  const answered = await verifyAnswer(held, own.opportunityId, context)
  const reached = await verifyAddress(answered, own, context)
  const joined = { ...reached, reported: joinContact(reached.reported, own) }
  return context.mode().isLate ? await verifyLate(joined, own, context) : joined
}

/**
 * RD Station answers 200 to a mark for an address that the contact no longer has, and drops it. So the last mark is looked up if it was for
 * this opportunity and the contact's address changed since. A mark that did not arrive counts as never made.
 */
async function verifyAddress(
  held: Verified,
  { opportunityId, outcome, recorded, address, isRequested }: OwnOpportunity,
  context: JobContext,
): Promise<Verified> {
  const { contact, marks } = held.reported
  const { last } = contact
  if (last?.opportunityId !== opportunityId) {
    const { marked, address: sentTo = address } = marks.get(opportunityId) ?? neverMarked
    if (!isRequested || sentTo === address || !isEnd(marked)) return held
    const reported = await recordReported(held.uuid, reopen(held.reported, opportunityId), context)
    context.note(message('mark-went-astray', { mark: marked === 'won' ? 'sale' : 'loss' }))
    return { ...held, reported }
  }
  if (last.address === address) return held
  const evidence = await readEvidence(held.uuid, last, context, { readsEvents: true })
  const hasCome = hasReached(last, evidence) ?? (isRequested ? false : undefined)
  // Nothing else may be due for the opportunity: then no further mark would correct one that was lost.
  const { marked } = markOf(held.reported, opportunityId, recorded)
  if (hasCome === undefined && marksDue(outcome, marked).length === 0) throw new PermanentFailure('RD_MARK_UNCERTAIN')
  const isLost = hasCome === false
  const verified = isLost
    ? takeBack(held.reported, last, evidence.funnel?.opportunity === true)
    : readdress(held.reported, last, address)
  const reported = await recordReported(held.uuid, verified, context)
  if (isLost) context.note(message('mark-went-astray', { mark: last.mark }))
  return { ...held, reported }
}

/**
 * Since a late event came, another program has worked. So before its mark RD Station is asked as after a lost answer. What it shows counts
 * as made, and is not sent.
 */
async function verifyLate(
  held: Verified,
  { opportunityId, outcome, address, receivedAt: since }: OwnOpportunity,
  context: JobContext,
): Promise<Verified> {
  const due = marksDue(outcome, held.reported.marks.get(opportunityId)?.marked ?? 'none')
  if (due.length === 0) return held
  const readsEvents = due.includes('opportunity')
  const evidence = await readEvidence(held.uuid, { mark: 'opportunity', at: since }, context, { readsEvents })
  const made = marksShown(due, { since, ...held.reported.contact }, evidence)
  if (made.length === 0) return held
  const accepted = made.reduce<Reported>((before, mark) => {
    const { shown: wasShown, sold: wasSold } = before.contact
    // Nobody knows with which value or reason.
    return acceptMark(before, { mark, opportunityId, at: since, address, wasShown, wasSold }, undefined)
  }, held.reported)
  for (const mark of made) context.note(message('mark-found', { mark }))
  return { ...held, reported: await recordReported(held.uuid, accepted, context) }
}

/** What RD Station shows of the contact. Events say something only of an opportunity mark, or of what came after another one. */
async function readEvidence(
  uuid: string,
  { mark, at }: Pick<SentMark, 'mark' | 'at'>,
  { rd }: JobContext,
  { readsEvents } = { readsEvents: mark === 'opportunity' },
): Promise<Evidence> {
  const opened = readsEvents ? await rd.listMarkTimes(uuid, at) : undefined
  return { opened, funnel: await rd.findFunnel({ uuid }) }
}

/** What was done with the contact that had the opportunity before. */
export interface Former {
  readonly isUnmarked: boolean
  /** The end that stays with the former contact. It is in reports and has started flows, so Ponte does not take it back. */
  readonly kept: 'won' | 'lost' | undefined
  readonly notes: readonly Message[]
  /** The opportunity's record from now on. Nothing of it was reported to its new contact yet. */
  readonly recorded: MarkRecord
}

/**
 * The opportunity was given to another lead. If RD Station shows the former contact as an opportunity only because of this one, that is
 * undone. It is never undone by a loss, which enters reports and starts flows. See docs/behaviour/marks.md#opportunities-that-are-given-away.
 */
export async function leaveFormer(held: HeldContact, read: ReadOpportunity, context: JobContext): Promise<Former> {
  const { opportunityId, contextUrl } = read.data
  const { known, ...verified } = await verifyAnswer(held, opportunityId, context)
  let { reported } = verified
  const recorded = reported.marks.get(opportunityId) ?? read.recorded
  const isShown = isShownFor(reported.contact, opportunityId, recorded)
  const open = known.filter(id => id !== opportunityId && isMarkedOpen(reported.marks.get(id)?.marked))
  const others = isShown
    ? await readOthers({ ends: [], open }, held, { leadId: read.recorded.lead, lead: undefined, contextUrl }, context)
    : []
  // An opportunity that cannot be read may be open, so the contact stays marked then as well.
  const isUnmarked = isShown && ![...others].some(([, other]) => other === 'unreadable' || isOpen(other))
  if (isUnmarked) {
    // Recorded before the call. If the worker dies and the opportunity comes back, the contact is marked for it again.
    const confirmation = confirmationBy(context.replicas, 'mark')
    reported = await recordReported(held.uuid, unmarking(reported, opportunityId), context, { confirmation })
    confirmation.requireReplicas()
    await context.rd.unmarkOpportunity(held.uuid)
  }
  const left = giveAway(reported, { opportunityId, recorded }, { isShown, isUnmarked })
  const keeps = isEnd(recorded.marked) ? recorded.marked : undefined
  const more = [
    context.marks.droppingOpportunityOf(held.uuid, opportunityId),
    ...(keeps === undefined ? [] : [context.statuses.writingOf(opportunityId, { ...read.status, kept: keeps })]),
  ]
  await recordReported(held.uuid, left.reported, context, { more })
  return {
    isUnmarked,
    kept: keeps,
    recorded: left.mark,
    notes: [
      ...(isUnmarked ? [message('former-contact-unmarked')] : []),
      ...(keeps === undefined ? [] : [message('former-contact-keeps', { state: keeps })]),
    ],
  }
}

/**
 * RD Station shows the contact as an opportunity because of this one. `hidden` counts too: a run that died while it undid the mark recorded
 * it.
 */
const isShownFor = ({ shown, last }: ContactRecord, opportunityId: string, { marked }: MarkRecord): boolean =>
  shown && isMarkedOpen(marked) && (last === undefined || last.opportunityId === opportunityId)
