import type { MarkName } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import type { MarkableContact } from '../observe/find-contact.ts'

const stateAfter = { opportunity: 'open', sale: 'won', loss: 'lost' } as const satisfies Record<
  MarkName,
  MarkHistory['marked']
>

export interface AcceptedMark {
  readonly mark: MarkName
  readonly opportunityId: string
  readonly contact: MarkableContact
  /** Without the mark that was being sent. */
  readonly history: MarkHistory
}

/**
 * RD Station has accepted the mark: records it for the opportunity and for the others of its contact. The opportunity's own history
 * comes first: a run that is killed in between leaves one opportunity too many in the list, not one that nobody asks about.
 */
export async function recordMark(
  { mark, opportunityId, contact, history }: AcceptedMark,
  { marks, links, contactOpportunities }: JobContext,
): Promise<MarkHistory> {
  const marked = stateAfter[mark]
  if (marked === 'open') {
    const opened: MarkHistory = { ...history, marked, restoring: undefined }
    await marks.write(opportunityId, opened)
    return opened
  }
  if (mark === 'sale') await links.rememberSale(contact.uuid)
  const hasOthers = (await contactOpportunities.list(contact.uuid)).some(id => id !== opportunityId)
  const ended: MarkHistory = { ...history, marked, ...(hasOthers && { restoring: true }) }
  await marks.write(opportunityId, ended)
  await contactOpportunities.forget(contact.uuid, opportunityId)
  return ended
}
