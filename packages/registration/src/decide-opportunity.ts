import { type CrmOpportunity, message, type Message, type RegisteredLead } from '@ponte/contracts'
import type { LeadHistory } from '@ponte/state'
import {
  findAllOfLead,
  findLostOpening,
  firstOpenedByPonte,
  isInProgress,
  lookBeside,
  lookSince,
  recordedIds,
} from './find-opportunity.ts'
import type { ReadingContext } from './reading-context.ts'
import type { Cause } from './registration-cause.ts'

/** A lead that TOTVS CRM has, and the event that may open an opportunity for it. */
export interface OpportunityQuestion {
  readonly key: string
  readonly lead: RegisteredLead
  readonly leadId: string
  readonly history: LeadHistory
  /**
   * A conversion is held up by an open opportunity of Ponte's, an imported row without a time also by one that has ended: it may be of the
   * same conversion. A mark by marketing is held up by any open opportunity of the person.
   */
  readonly cause: Pick<Cause, 'kind' | 'isUndated'>
  /** The package has worked again since the event came, then, in milliseconds since 1970: it may have opened one for the event. */
  readonly lateSince?: number | undefined
}

export type OpportunityDecision =
  /** `others`: those that others have opened for the lead. They are read when Ponte opens its first. */
  | { readonly kind: 'open'; readonly others?: string[] }
  | { readonly kind: 'held-up'; readonly summary: Message }
  /** One that Ponte opened, or that counts as Ponte's by its type, is open. */
  | { readonly kind: 'in-progress'; readonly opportunity: CrmOpportunity }
  /** This event itself has opened it, but the answer was lost. It may be closed by now. */
  | { readonly kind: 'was-opened'; readonly opportunity: CrmOpportunity }

/** Whether an event opens an opportunity for a lead, or what prevents that. See docs/behaviour/leads.md#one-open-opportunity. */
export async function decideOpportunity(
  { key, lead, leadId, history, cause, lateSince }: OpportunityQuestion,
  context: ReadingContext,
): Promise<OpportunityDecision> {
  const heldUp = (summary: Message): OpportunityDecision => ({ kind: 'held-up', summary })
  if (history.lastOpened?.key === key) return heldUp(message('opportunity-opened-before'))

  const all = await findAllOfLead(leadId, context)
  const open = all.filter(each => isInProgress(each, context))
  const inProgress = await firstOpenedByPonte(open, history, context)
  if (inProgress !== undefined) return { kind: 'in-progress', opportunity: inProgress }
  const lost = history.pendingOpening?.key === key ? await findLostOpening(all, history, context) : undefined
  if (lost !== undefined) return { kind: 'was-opened', opportunity: lost }

  const isRecorded = recordedIds(history).length > 0
  if (cause.isUndated === true && (isRecorded || (await firstOpenedByPonte(all, history, context)) !== undefined))
    return heldUp(message('opportunity-before-undated'))
  if (lateSince !== undefined) {
    const since = await lookSince(lead, { leadId, since: lateSince }, context)
    if (since === 'opened') return heldUp(message('opened-since'))
    if (since === 'unknown') return heldUp(message('opportunity-not-searchable'))
  }
  if (cause.kind === 'mark') {
    const anywhere = open.length > 0 ? 'open' : await lookBeside(lead, leadId, context)
    if (anywhere === 'open') return heldUp(message('opportunity-of-person-open'))
    if (anywhere === 'unknown') return heldUp(message('opportunity-not-searchable'))
  }
  if (open.length > 0 && context.tenant.settings.opportunity.onlyOne === 'any')
    return heldUp(message('opportunity-other-open'))
  // If the answer to the creation is lost, its opportunity is known by not being one of these.
  return { kind: 'open', ...(!isRecorded && { others: all.slice(0, MAX_OTHERS).map(({ id }) => id) }) }
}

/** A person has a few. */
const MAX_OTHERS = 100
