import { type Message, message } from '@ponte/contracts'
import type { LeadPreview, LeadStanding, PreviewRow } from './lead-preview.ts'

/** What a preview says in words. */
export interface PreviewMessages {
  readonly outcome: Message
  /** Why parts of it are not certain. */
  readonly warnings: readonly Message[]
  readonly lead: Message
  readonly route: Message
  readonly opportunity: Message
}

export const messagesOfPreview = ({
  outcome,
  crmFailure,
  lacking,
  lead,
  route,
  routes,
  opportunity,
}: LeadPreview): PreviewMessages => ({
  outcome: message(`preview-outcome-${outcome}`),
  warnings: [
    ...(crmFailure === undefined ? [] : [message('preview-crm-unanswered', { reason: crmFailure })]),
    ...(lacking.length === 0 ? [] : [message('preview-lacking', { places: lacking })]),
  ],
  lead: leadMessage(lead),
  route: routeMessage(route?.name, routes),
  opportunity:
    opportunity.standing === 'held-up'
      ? message('preview-opportunity-held-up', { reason: opportunity.reason ?? '' })
      : message(opportunity.standing === 'opened' ? 'preview-opportunity-opened' : 'preview-opportunity-unknown'),
})

function leadMessage(lead: LeadStanding): Message {
  if (lead.standing === 'known') return message('preview-lead-known', { lead: lead.id })
  if (lead.standing === 'kept') return message('lead-kept', { lead: lead.id })
  return message(lead.standing === 'new' ? 'preview-lead-new' : 'preview-lead-unknown')
}

function routeMessage(route: string | undefined, routes: number): Message {
  if (route !== undefined) return message('routed-by-rule', { rule: route })
  return routes === 0 ? message('preview-no-routes') : message('preview-no-route', { count: routes })
}

/** What becomes of one row. The note about a value that is left out says so by itself. */
export const messagesOfRow = ({ outcome, note }: Pick<PreviewRow, 'outcome' | 'note'>): readonly Message[] =>
  note === undefined
    ? [message(`preview-row-${outcome}`)]
    : [...(outcome === 'left-out' ? [] : [message(`preview-row-${outcome}`)]), note]
