import {
  type EventName,
  identitiesOf,
  isEventName,
  jobs,
  type Language,
  PermanentFailure,
  type QuarantinedDelivery,
  quarantinedDelivery,
  type RegisteredLead,
  renderMessage,
  isLeadEvent,
} from '@ponte/contracts'
import { leadWritingOf, notesOf, toCrmLead } from '@ponte/mappers'
import { MAX_PARSED } from '../masking/masked-data.ts'
import type { Tenant } from '@ponte/runtime'
import { parseQuarantined } from '@ponte/webhooks'
import { checkAddress, type EditProblem, editProblems } from './edit-problems.ts'
import type { QueuedData } from './editable.ts'

/** What would be sent, and what is wrong with it. */
export interface Preview {
  /** One text for each event. Undefined when the body is too long to be read here. */
  readonly preview: readonly string[] | undefined
  /** What would run, each event once. */
  readonly events: readonly EventName[]
  readonly problem?: EditProblem
}

export interface PreviewContext {
  readonly tenant: Tenant
  /** The language of the notes. */
  readonly language: Language
}

/** Reads the edited data as the worker would. Sends nothing. */
export function previewOf({ name, kind }: QueuedData, data: unknown, context: PreviewContext): Preview {
  if (kind === 'quarantine') {
    const delivery = quarantinedDelivery.safeParse(data).data
    return delivery === undefined ? { preview: [], events: [] } : previewDelivery(delivery, context)
  }
  if (isLeadEvent(name)) {
    const lead = jobs[name].data.safeParse(data).data?.lead
    return lead === undefined ? { preview: [], events: [] } : previewLead(lead, context)
  }
  const event = isEventName(name) ? jobs[name].data.safeParse(data).data : undefined
  return isEventName(name) && event !== undefined && 'contextUrl' in event
    ? { preview: [`GET ${event.contextUrl}/${event.opportunityId}`], events: [name] }
    : { preview: [], events: [] }
}

function previewDelivery(delivery: QuarantinedDelivery, context: PreviewContext): Preview {
  // The worker still reads it, and quarantines it again when it cannot.
  if (delivery.body.length > MAX_PARSED) return { preview: undefined, events: [] }
  const { events: found, quarantined } = parseQuarantined(delivery, context.tenant.settings)
  const preview = found.flatMap(event =>
    'lead' in event
      ? (previewLead(event.lead, context).preview ?? [])
      : [`${event.name}: GET ${event.contextUrl}/${event.opportunityId}`],
  )
  const events = [...new Set(found.map(event => event.name))]
  const [refused] = found.flatMap(event => ('contextUrl' in event ? checkAddress(event, context) : []))
  if (refused !== undefined) return { preview, events, problem: { field: 'body', text: refused.text } }
  const [unread] = quarantined
  // Otherwise the delivery would be done without anything that came of it.
  if (unread === undefined && found.length === 0)
    return { preview, events, problem: { field: 'body', text: editProblems.nothing } }
  if (unread === undefined) return { preview, events }
  const reason = (language: Language): string =>
    [unread.code, ...unread.issues.map(issue => renderMessage(issue, language))].join(' ')
  return {
    preview,
    events,
    problem: {
      field: 'body',
      text: {
        en: `Ponte cannot read this yet: ${reason('en')}`,
        pt: `O Ponte ainda não lê isto: ${reason('pt-BR')}`,
      },
    },
  }
}

/** The lead as it would be created. For a person who is in the CRM already, only what changed is sent. The worker looks up the owner. */
function previewLead(lead: RegisteredLead, { tenant, language }: PreviewContext): Preview {
  const { variables } = tenant.settings
  const events = ['lead.registered'] as const
  if (identitiesOf(lead) === undefined) return { preview: [], events, problem: { text: editProblems.identity } }
  const userId = `(${lead.ownerEmail ?? variables.totvs_crm_default_user})`
  try {
    const { lead: crmLead, decisions } = toCrmLead(lead, {
      ...leadWritingOf({ lead, receivedAt: new Date().toISOString() }, tenant.settings),
      userId,
    })
    const inWords = notesOf(decisions).map(note => renderMessage(note, language))
    return { preview: [[JSON.stringify(crmLead, null, 2), ...inWords].join('\n')], events }
  } catch (error) {
    if (error instanceof PermanentFailure) return { preview: [], events, problem: { text: editProblems.identity } }
    throw error
  }
}
