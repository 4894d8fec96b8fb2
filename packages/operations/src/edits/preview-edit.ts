import {
  type EventName,
  failures,
  identitiesOf,
  isEventName,
  isLeadEvent,
  isOpportunityPath,
  isRecordId,
  jobs,
  type Language,
  PermanentFailure,
  type QuarantinedDelivery,
  quarantinedDelivery,
  type RegisteredLead,
  renderMessage,
  type Texts,
} from '@ponte/contracts'
import { leadWritingOf, notesOf, toCrmLead } from '@ponte/mappers'
import type { Tenant } from '@ponte/runtime'
import { parseQuarantined } from '@ponte/webhooks'
import type { QueuedData } from './editable.ts'
import { MAX_PARSED } from '../masking/masked-data.ts'

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

/** Why data may not be kept as they were edited. */
export interface EditProblem {
  readonly field?: string
  readonly text: Texts
}

const refusedAddress = failures.CRM_CONTEXT_URL_REFUSED

export const editProblems = {
  email: { en: 'This is not a valid e-mail.', pt: 'Não é um e-mail válido.' },
  digitsLost: {
    en: 'A spreadsheet has rounded this number. Write the whole number, or nothing.',
    pt: 'Uma planilha arredondou este número. Escreva o número inteiro, ou nada.',
  },
  missing: { en: 'Must not be empty.', pt: 'Não pode ficar vazio.' },
  identity: {
    en: 'Give an e-mail or a usable phone: at least 8 digits, not all the same.',
    pt: 'Informe um e-mail ou um telefone utilizável: ao menos 8 dígitos, não todos iguais.',
  },
  path: {
    en: `CRM_CONTEXT_URL_REFUSED: ${refusedAddress.en.happened} (totvsCrm.contextUrlPattern)`,
    pt: `CRM_CONTEXT_URL_REFUSED: ${refusedAddress.pt.happened} (totvsCrm.contextUrlPattern).`,
  },
  id: {
    en: `CRM_CONTEXT_URL_REFUSED: ${refusedAddress.en.happened} (id of the opportunity)`,
    pt: `CRM_CONTEXT_URL_REFUSED: ${refusedAddress.pt.happened} (id da oportunidade).`,
  },
  nothing: {
    en: 'Nothing would be sent: there is no lead and no event in it.',
    pt: 'Nada seria enviado: não há lead nem evento aqui.',
  },
  unchanged: { en: 'Nothing was changed.', pt: 'Nada foi alterado.' },
  shape: {
    en: 'The data do not have the shape that Ponte reads.',
    pt: 'Os dados não têm a forma que o Ponte lê.',
  },
} satisfies Record<string, Texts>

/** An address that the worker would refuse to read: docs/behaviour/deliveries.md#addresses-and-tokens */
export function checkAddress(
  { opportunityId, contextUrl }: { opportunityId: string; contextUrl: string },
  { tenant }: { readonly tenant: Tenant },
): readonly EditProblem[] {
  const { contextUrlPattern } = tenant.settings.totvsCrm
  return [
    ...(isOpportunityPath(contextUrl, contextUrlPattern) ? [] : [{ field: 'contextUrl', text: editProblems.path }]),
    ...(isRecordId(opportunityId) ? [] : [{ field: 'opportunityId', text: editProblems.id }]),
  ]
}
