import type { MarkName } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import type { MarkableContact } from './find-contact.ts'

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
 * comes first: a run that is killed in between leaves one opportunity too many in the list, not one that is missing from it.
 */
export async function recordMark(
  { mark, opportunityId, contact, history }: AcceptedMark,
  { marks, links, contactOpportunities, unmarkedOpportunities }: JobContext,
): Promise<MarkHistory> {
  const marked = stateAfter[mark]
  const others = (await contactOpportunities.list(contact.uuid)).filter(id => id !== opportunityId)
  if (marked === 'open') {
    await unmarkedOpportunities.clear([opportunityId, ...others])
    const opened: MarkHistory = { ...history, marked, restoring: undefined }
    await marks.write(opportunityId, opened)
    return opened
  }
  if (mark === 'sale') await links.rememberSale(contact.uuid)
  await unmarkedOpportunities.add(others)
  const ended: MarkHistory = { ...history, marked, ...(others.length > 0 && { restoring: true }) }
  await marks.write(opportunityId, ended)
  await contactOpportunities.forget(contact.uuid, opportunityId)
  await unmarkedOpportunities.clear([opportunityId])
  return ended
}
