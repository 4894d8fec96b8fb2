import { type CrmOpportunity, PermanentFailure, say } from '@ponte/contracts'
import { marksDue, opportunityOutcomeOf, toOpportunity } from '@ponte/mappers'
import { contactLock, type MarkHistory, opportunityLock } from '@ponte/state'
import type { JobContext } from '../run/job-context.ts'
import { isOutcomeUnknown } from '../run/is-outcome-unknown.ts'
import { JobDelayed } from '../run/job-delayed.ts'
import { readDecided } from './observe/before-our-time.ts'
import { findContact, type MarkableContact } from './observe/find-contact.ts'
import { sendMark } from './apply/send-mark.ts'
import { isAbout, sendMarks, reconcileMark } from './apply/send-marks.ts'

/** A mark that another job is about to find out about. */
const SETTLE_PAUSE_MS = 500

/** The opportunity that a job is about, and whose it is. */
export interface Subject {
  readonly opportunityId: string
  readonly leadId: string
  /** Where TOTVS CRM keeps its opportunities, as its webhook said. */
  readonly contextUrl: string
  readonly contact: MarkableContact
  /** ISO 8601: when the job's delivery was received. */
  readonly receivedAt: string
}

/**
 * RD Station keeps one state for all opportunities of a contact, and takes events in the order in which they come. So before
 * anything is told, what became of every mark whose answer was lost is found out, while the contact's funnel can still tell; and
 * before an opportunity is marked, the end of each that Ponte knew before it is told. SPEC §2.2.
 */
export async function completeEarlierOpportunities(
  subject: Subject & { opening: boolean },
  context: JobContext,
): Promise<void> {
  const known = await context.contactOpportunities.list(subject.contact.uuid)
  const unheard = new Set<string>()
  for (const id of known) {
    if (id === subject.opportunityId || (await context.marks.read(id)).sending === undefined) continue
    const isTold = await context.locked([opportunityLock(id)], () => settleOther(id, subject, context))
    if (!isTold) unheard.add(id)
  }
  if (!subject.opening) return
  const position = known.indexOf(subject.opportunityId)
  for (const id of position === -1 ? known : known.slice(0, position)) {
    // What did not arrive a moment ago has a job of its own that tries again: this one goes on.
    if (!unheard.has(id)) await context.locked([opportunityLock(id)], () => finishOther(id, subject, context))
  }
}

/**
 * Runs what tells RD Station of one opportunity of a contact: nothing else of the contact is told meanwhile, and the answer about
 * no other opportunity is missing. Throws Postponed when it is.
 */
export const lockedForContact = <Result>(
  { opportunityId, contact }: Pick<Subject, 'opportunityId' | 'contact'>,
  context: JobContext,
  work: () => Promise<Result>,
): Promise<Result> =>
  context.locked([contactLock(contact.uuid)], async () => {
    for (const id of await context.contactOpportunities.list(contact.uuid)) {
      const { sending } = id === opportunityId ? {} : await context.marks.read(id)
      if (sending !== undefined && isAbout(contact, sending)) throw unknownYet(sending)
    }
    return await work()
  })

/** Finds out what became of another opportunity's mark. False when it did not arrive. */
const settleOther = (id: string, { contact }: Subject, context: JobContext): Promise<boolean> =>
  context.locked([contactLock(contact.uuid)], async () => {
    const history = await context.marks.read(id)
    const { sending } = history
    if (sending === undefined || !isAbout(contact, sending)) return true
    if ((sending.recheckAfter ?? 0) > Date.now()) throw unknownYet(sending)
    const { marked } = await reconcileMark({ opportunityId: id, contact, history }, context)
    return marked !== history.marked
  })

async function finishOther(id: string, subject: Subject, context: JobContext): Promise<void> {
  const { contact, contextUrl } = subject
  const opportunity = await readOther(id, contextUrl, context)
  if (opportunity === 'unreadable') return
  const forget = (): Promise<void> => context.contactOpportunities.forget(contact.uuid, id)
  const owner = opportunity && (await whose(opportunity, subject, context))
  if (owner === 'unreadable') return
  if (opportunity === undefined || owner === undefined) return await forget()
  const outcome = outcomeOf(opportunity, context)
  if (outcome !== 'won' && outcome !== 'lost') return
  const { history } = await readDecided({ opportunity, outcome, receivedAt: subject.receivedAt }, context)
  const due = marksDue(outcome, history.marked)
  if (due.length === 0) return await forget()
  // A mark that has failed has rounds of its own, one whose answer was lost in the meantime has a job that asks.
  if (history.failing !== undefined || history.sending !== undefined) return
  try {
    await lockedForContact({ opportunityId: id, contact }, context, () =>
      sendMarks({ due, opportunity, contact, history }, context),
    )
    context.note(say('an earlier opportunity of the contact was marked first: {marks}', { marks: due.join(', ') }))
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error
    context.note(say('an earlier opportunity of the contact could not be marked first: {code}', { code: error.code }))
    if (isOutcomeUnknown(error)) throw unknownYet((await context.marks.read(id)).sending)
  }
}

const unknownYet = (sending: MarkHistory['sending']): JobDelayed =>
  new JobDelayed(
    say('the answer about another opportunity of the contact was lost'),
    Math.max((sending?.recheckAfter ?? 0) - Date.now(), SETTLE_PAUSE_MS),
  )

/**
 * Is an opportunity still the contact's? A salesperson may have given it to another lead: then its marks are those of another
 * contact.
 */
async function whose(
  { leadId }: CrmOpportunity,
  subject: Subject,
  context: JobContext,
): Promise<'theirs' | 'unreadable' | undefined> {
  if (leadId === undefined || leadId === subject.leadId) return leadId === undefined ? undefined : 'theirs'
  try {
    const lead = await context.crm.getLead(leadId)
    const found = lead && (await findContact(lead, context))
    return found !== undefined && 'uuid' in found && found.uuid === subject.contact.uuid ? 'theirs' : undefined
  } catch (error) {
    if (error instanceof PermanentFailure) return error.code === 'RD_CONTACT_NOT_FOUND' ? undefined : 'unreadable'
    throw error
  }
}

/**
 * The end of an opportunity takes the contact's mark away from those that are still open: it is set again. Returns the history
 * without the question. `isFresh`: the end was told in this run, so that the funnel may not show it yet.
 */
export async function restoreOthers(
  subject: Subject & { history: MarkHistory; isFresh: boolean },
  context: JobContext,
): Promise<MarkHistory> {
  const { restoring, ...history } = subject.history
  if (restoring === undefined) return history
  const { contact } = subject
  const another = await findAnotherOpen(subject, context)
  // Asked again with the next event: what cannot be read now may be open.
  if (another === 'unreadable') return subject.history
  if (another === 'open') {
    const isMarked = !subject.isFresh && (await context.rd.findFunnel(contact.uuid))?.opportunity === true
    if (!isMarked) {
      await sendMark(toOpportunity(contact.email), contact, context)
      context.note(say('another opportunity of the contact is open: RD Station was told again'))
    }
  }
  await context.marks.write(subject.opportunityId, history)
  return history
}

async function findAnotherOpen(subject: Subject, context: JobContext): Promise<'open' | 'unreadable' | undefined> {
  let isUnreadable = false
  for (const id of await context.contactOpportunities.list(subject.contact.uuid)) {
    if (id === subject.opportunityId || (await context.marks.read(id)).marked !== 'open') continue
    const other = await readOther(id, subject.contextUrl, context)
    if (other === undefined || (other !== 'unreadable' && outcomeOf(other, context) !== 'open')) continue
    const owner = other === 'unreadable' ? other : await whose(other, subject, context)
    if (owner === 'theirs') return 'open'
    isUnreadable ||= owner === 'unreadable'
  }
  return isUnreadable ? 'unreadable' : undefined
}

/** What is wrong with another opportunity is no failure of the one that the job is about. */
async function readOther(
  id: string,
  contextUrl: string,
  { crm }: JobContext,
): Promise<CrmOpportunity | 'unreadable' | undefined> {
  try {
    return await crm.getOpportunity(contextUrl, id)
  } catch (error) {
    if (error instanceof PermanentFailure) return 'unreadable'
    throw error
  }
}

function outcomeOf(opportunity: CrmOpportunity, { tenant }: JobContext) {
  try {
    return opportunityOutcomeOf(opportunity, tenant.settings.totvsCrm.statusMap)
  } catch (error) {
    if (error instanceof PermanentFailure) return 'ignored'
    throw error
  }
}
