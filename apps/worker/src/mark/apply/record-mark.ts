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
  { marks, links, contactOpportunities }: JobContext,
): Promise<MarkHistory> {
  const marked = stateAfter[mark]
  const others = (await contactOpportunities.list(contact.uuid)).filter(id => id !== opportunityId)
  if (marked === 'open') {
    const opened: MarkHistory = { ...history, marked, restoring: undefined }
    await marks.write(opportunityId, opened, { shown: [opportunityId, ...others] })
    return opened
  }
  if (mark === 'sale') await links.rememberSale(contact.uuid)
  const ended: MarkHistory = { ...history, marked, ...(others.length > 0 && { restoring: true }) }
  await marks.write(opportunityId, ended, { hidden: others, shown: [opportunityId] })
  // As long as the contact may have to be marked again for it, the others have to know of it.
  if (others.length === 0) await contactOpportunities.forget(contact.uuid, opportunityId)
  return ended
}

/** RD Station has accepted the mark that was made again: it shows the contact as an opportunity, for all that are open. */
export async function recordRestored(
  { opportunityId, contact, history }: Omit<AcceptedMark, 'mark'>,
  { marks, contactOpportunities }: JobContext,
): Promise<MarkHistory> {
  const { restoring: _restoring, ...restored } = history
  const others = await contactOpportunities.list(contact.uuid)
  await marks.write(opportunityId, restored, { shown: [opportunityId, ...others] })
  if (restored.marked !== 'open') await contactOpportunities.forget(contact.uuid, opportunityId)
  return restored
}
