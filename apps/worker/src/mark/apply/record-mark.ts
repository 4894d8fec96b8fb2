import type { MarkName } from '@ponte/mappers'
import type { Change, MarkHistory } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import type { Sending } from '../plan/was-mark-applied.ts'
import type { ContactState } from './contact-lock.ts'
import type { MarkableContact } from './find-contact.ts'

const stateAfter = { opportunity: 'open', sale: 'won', loss: 'lost' } as const satisfies Record<
  MarkName,
  MarkHistory['marked']
>

/** An opportunity and its contact as they are recorded, under the locks of both. */
export interface Standing {
  readonly history: MarkHistory
  readonly state: ContactState
}

export interface AcceptedMark {
  readonly opportunityId: string
  readonly contact: MarkableContact
  /** With a history without the mark that was being sent. */
  readonly standing: Standing
}

interface MadeMark extends AcceptedMark {
  readonly mark: MarkName
  readonly worth: MarkWorth
}

/** What figures say of a mark besides that it was made: the value of a sale, the reason of a loss. */
export type MarkWorth = Pick<Sending, 'cents' | 'reason'>

/** Whether the run has nothing left to do once this is recorded: then its locks are released in the same step. */
export type IsOver = (recorded: MarkHistory) => boolean
const goesOn: IsOver = () => false

/** RD Station has accepted the mark: records it, in one step, for the opportunity and for the others of its contact. */
export async function recordMark(
  { mark, opportunityId, contact, standing: { history, state }, worth }: MadeMark,
  context: JobContext,
  isOver: IsOver = goesOn,
): Promise<Standing> {
  const { marks, links, contactOpportunities, figures } = context
  const marked = stateAfter[mark]
  if (marked === 'open') {
    const opened: MarkHistory = { ...history, marked, restoring: undefined }
    const changes = marks.writingOf(opportunityId, opened, { shown: [opportunityId, ...state.others] })
    await record(changes, isOver(opened), context)
    figures.done.mark(mark)
    return { history: opened, state: { ...state, isHidden: false } }
  }
  // Others may have become known while RD Station was at work: the end hides them too.
  const others = await readOthers(opportunityId, contact, context)
  const ended: MarkHistory = { ...history, marked, ...(others.length > 0 && { restoring: true }) }
  const changes = [
    ...marks.writingOf(opportunityId, ended, { hidden: others, shown: [opportunityId] }),
    ...(mark === 'sale' ? [links.rememberingSale(contact.uuid)] : []),
    // As long as the contact may have to be marked again for it, the others have to know of it.
    ...(others.length === 0 ? [contactOpportunities.forgettingOf(contact.uuid, opportunityId)] : []),
  ]
  await record(changes, isOver(ended), context)
  figures.done.mark(mark, worth)
  return { history: ended, state: { others, isHidden: false, wasSold: state.wasSold || mark === 'sale' } }
}

/** RD Station has accepted the mark that was made again: it shows the contact as an opportunity, for all that are open. */
export async function recordRestored(
  { opportunityId, contact, standing: { history, state } }: AcceptedMark,
  context: JobContext,
  isOver: IsOver = goesOn,
): Promise<Standing> {
  const { restoring: _restoring, ...restored } = history
  const changes = [
    ...context.marks.writingOf(opportunityId, restored, { shown: [opportunityId, ...state.others] }),
    ...forgettingIfEnded(restored, { opportunityId, contact }, context),
  ]
  await record(changes, isOver(restored), context)
  return { history: restored, state: { ...state, isHidden: false } }
}

/** Nothing is left to be done for the contact because of an end. */
export async function recordNothingToRestore(
  { opportunityId, contact, standing: { history, state } }: AcceptedMark,
  context: JobContext,
  isOver: IsOver = goesOn,
): Promise<Standing> {
  const changes = [
    ...context.marks.writingOf(opportunityId, history),
    ...forgettingIfEnded(history, { opportunityId, contact }, context),
  ]
  await record(changes, isOver(history), context)
  return { history, state }
}

const forgettingIfEnded = (
  { marked }: MarkHistory,
  { opportunityId, contact }: Pick<AcceptedMark, 'opportunityId' | 'contact'>,
  { contactOpportunities }: JobContext,
): readonly Change[] => (marked === 'open' ? [] : [contactOpportunities.forgettingOf(contact.uuid, opportunityId)])

async function readOthers(
  opportunityId: string,
  { uuid }: MarkableContact,
  { contactOpportunities, underLocks }: JobContext,
): Promise<readonly string[]> {
  const opportunities = contactOpportunities.readingOf(uuid)
  const valueOf = await underLocks({ readings: [opportunities] })
  return valueOf(opportunities).filter(id => id !== opportunityId)
}

async function record(changes: readonly Change[], isOver: boolean, { finish, underLocks }: JobContext): Promise<void> {
  if (isOver) await finish(changes)
  else await underLocks({ changes })
}
