import { type CrmOpportunity, PermanentFailure, say } from '@ponte/contracts'
import { marksDue, opportunityOutcomeOf, toOpportunity } from '@ponte/mappers'
import { contactLock, type MarkHistory, opportunityLock } from '@ponte/state'
import type { JobContext } from '../job-context.ts'
import type { MarkableContact } from './find-contact.ts'
import { sendMarks, settleMark } from './send-marks.ts'

/** The opportunity that a job is about, and whose it is. */
export interface Subject {
  readonly opportunityId: string
  /** Where TOTVS CRM keeps its opportunities, as its webhook said. */
  readonly contextUrl: string
  readonly contact: MarkableContact
}

/**
 * RD Station keeps one state for all opportunities of a contact, and takes events in the order in which they come. So before an
 * opportunity is marked, the end of each that Ponte knew before it is told; and before anything is told, what became of every
 * mark whose answer was lost is found out, while the contact's funnel can still tell. SPEC §2.2.
 */
export async function finishOthers(subject: Subject & { opening: boolean }, context: JobContext): Promise<void> {
  const known = await context.contactOpportunities.list(subject.contact.uuid)
  const position = known.indexOf(subject.opportunityId)
  for (const [index, id] of known.entries()) {
    if (index === position) continue
    const isEarlier = position === -1 || index < position
    const { sending } = await context.marks.read(id)
    if (sending === undefined && !(subject.opening && isEarlier)) continue
    await context.locked([opportunityLock(id)], () =>
      context.locked([contactLock(subject.contact.uuid)], () => finish(id, subject, context)),
    )
  }
}

async function finish(id: string, { contact, contextUrl }: Subject, context: JobContext): Promise<void> {
  const opportunity = await readOther(id, contextUrl, context)
  if (opportunity === undefined) return await context.contactOpportunities.forget(contact.uuid, id)
  const history = await settleMark({ opportunity, contact, history: await context.marks.read(id) }, context)
  const outcome = outcomeOf(opportunity, context)
  if (outcome !== 'won' && outcome !== 'lost') return
  const due = marksDue(outcome, history.marked)
  if (due.length === 0) return await context.contactOpportunities.forget(contact.uuid, id)
  // A mark that has failed has rounds of its own.
  if (history.failing !== undefined) return
  try {
    await sendMarks({ due, opportunity, contact, history }, context)
    context.note(say('an earlier opportunity of the contact was marked first: {marks}', { marks: due.join(', ') }))
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error
    context.note(say('an earlier opportunity of the contact could not be marked first: {code}', { code: error.code }))
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
  if (await isAnotherOpen(subject, context)) {
    const isMarked = !subject.isFresh && (await context.rd.findFunnel(contact.uuid))?.opportunity === true
    if (!isMarked) {
      await context.rd.sendMark(toOpportunity(contact.email))
      context.note(say('another opportunity of the contact is open: RD Station was told again'))
    }
  }
  await context.marks.write(subject.opportunityId, history)
  return history
}

async function isAnotherOpen({ opportunityId, contact, contextUrl }: Subject, context: JobContext): Promise<boolean> {
  for (const id of await context.contactOpportunities.list(contact.uuid)) {
    if (id === opportunityId || (await context.marks.read(id)).marked !== 'open') continue
    const other = await readOther(id, contextUrl, context)
    if (other !== undefined && outcomeOf(other, context) === 'open') return true
  }
  return false
}

/** What is wrong with another opportunity is no failure of the one that the job is about. */
async function readOther(id: string, contextUrl: string, { crm }: JobContext): Promise<CrmOpportunity | undefined> {
  try {
    return await crm.getOpportunity(contextUrl, id)
  } catch (error) {
    if (error instanceof PermanentFailure) return undefined
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
