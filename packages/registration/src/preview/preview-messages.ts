import { type Message, message } from '@ponte/contracts'
import type { LeadPreview, RowOutcome } from './lead-preview.ts'

/** What a preview says in words. */
export interface PreviewMessages {
  readonly outcome: Message
  readonly crm: Message | undefined
  readonly lead: Message
  readonly route: Message
  readonly opportunity: Message
}

export const messagesOfPreview = ({
  outcome,
  crmFailure,
  lead,
  route,
  routes,
  opportunity,
}: LeadPreview): PreviewMessages => ({
  outcome: message(`preview-outcome-${outcome}`),
  crm: crmFailure && message('preview-crm-unanswered', { reason: crmFailure }),
  lead:
    lead.standing === 'known'
      ? message('preview-lead-known', { lead: lead.id })
      : message(lead.standing === 'new' ? 'preview-lead-new' : 'preview-lead-unknown'),
  route: routeMessage(route?.name, routes),
  opportunity:
    opportunity.standing === 'held-up'
      ? message('preview-opportunity-held-up', { reason: opportunity.reason ?? '' })
      : message(opportunity.standing === 'opened' ? 'preview-opportunity-opened' : 'preview-opportunity-unknown'),
})

function routeMessage(route: string | undefined, routes: number): Message {
  if (route !== undefined) return message('routed-by-rule', { rule: route })
  return routes === 0 ? message('preview-no-routes') : message('preview-no-route', { count: routes })
}

/** What becomes of one row. */
export const messageOfRow = (outcome: RowOutcome): Message => message(`preview-row-${outcome}`)
