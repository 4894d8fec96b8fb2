import {
  type EditedData,
  failures,
  identitiesOf,
  isJobName,
  isOpportunityPath,
  isRecordId,
  jobs,
  PermanentFailure,
  type QuarantinedDelivery,
  quarantinedDelivery,
  type RegisteredLead,
} from '@ponte/contracts'
import { isEmailAddress, parseQuarantined } from '@ponte/webhooks'
import { toCrmLead } from '@ponte/mappers'
import type { QueueKind, Tenant } from '@ponte/runtime'
import type { EditRecord } from '@ponte/state'
import { z } from 'zod'
import { inLanguage } from '../../ui/in-language.ts'
import type { Language, Texts } from '../../ui/language.ts'
import { MOST_PARSED } from '../../masking/parse-json.ts'

/** The fields of a lead that a person may correct; ids, times and notes are the event's own. */
const leadFields = [
  ...(['name', 'email', 'mobilePhone', 'phone', 'company', 'jobTitle', 'city', 'state'] as const),
  ...(['website', 'facebook', 'linkedin', 'ownerEmail'] as const),
]
const opportunityFields = ['opportunityId', 'contextUrl'] as const

const MOST_CHANGES = 20
const emails: ReadonlySet<string> = new Set(['email', 'ownerEmail'])

export type Values = Readonly<Record<string, string>>

/** A job's data, ready to be edited. */
export interface Editable {
  readonly fields: readonly string[]
  readonly values: Values
}

export interface JobToEdit {
  readonly name: string
  readonly kind: QueueKind
  readonly data: unknown
}

export interface Edit {
  /** What the job will hold. Undefined when it may not be kept so. */
  readonly data: Readonly<Record<string, unknown>> | undefined
  readonly changes: readonly { readonly field: string; readonly before: string; readonly after: string }[]
  readonly problems: readonly { readonly field?: string; readonly text: Texts }[]
  /** What would be sent, one text for each event. Undefined when the body is too long to be looked through here. */
  readonly preview: readonly string[] | undefined
}

export interface EditContext {
  readonly tenant: Tenant
  /** The login of who edits. */
  readonly by: string
  /** ISO 8601. */
  readonly at: string
  /** Of who edits: in it the preview's notes are. */
  readonly language: Language
}

const refusedAddress = failures.CRM_CONTEXT_URL_REFUSED

const problems = {
  email: { 'pt-BR': 'Não é um e-mail válido.', en: 'This is not a valid e-mail.' },
  missing: { 'pt-BR': 'Não pode ficar vazio.', en: 'Must not be empty.' },
  identity: {
    'pt-BR': 'Informe um e-mail ou um telefone utilizável: ao menos 8 dígitos, não todos iguais.',
    en: 'Give an e-mail or a usable phone: at least 8 digits, not all the same.',
  },
  path: {
    'pt-BR': `CRM_CONTEXT_URL_REFUSED: ${refusedAddress.pt} (totvsCrm.contextUrlPattern).`,
    en: `CRM_CONTEXT_URL_REFUSED: ${refusedAddress.en} (totvsCrm.contextUrlPattern)`,
  },
  id: {
    'pt-BR': `CRM_CONTEXT_URL_REFUSED: ${refusedAddress.pt} (id da oportunidade).`,
    en: `CRM_CONTEXT_URL_REFUSED: ${refusedAddress.en} (id of the opportunity)`,
  },
  unchanged: { 'pt-BR': 'Nada foi alterado.', en: 'Nothing was changed.' },
  shape: {
    'pt-BR': 'Os dados não têm a forma que o Ponte lê.',
    en: 'The data do not have the shape that Ponte reads.',
  },
} satisfies Record<string, Texts>

/** What can be edited of a failed job; undefined when nothing can: a body that is no text, a text of statusRD. */
export function readEditable({ name, kind, data }: JobToEdit): Editable | undefined {
  if (kind === 'quarantine') {
    const delivery = quarantinedDelivery.safeParse(data).data
    return delivery?.encoding === 'utf8' ? { fields: ['body'], values: { body: delivery.body } } : undefined
  }
  if (name === 'lead.registered') {
    const lead = jobs['lead.registered'].data.safeParse(data).data?.lead
    if (lead === undefined) return undefined
    return { fields: leadFields, values: Object.fromEntries(leadFields.map(field => [field, lead[field] ?? ''])) }
  }
  if (!isJobName(name) || name === 'status-rd.changed') return undefined
  const event = jobs[name].data.safeParse(data).data
  if (event === undefined || !('opportunityId' in event)) return undefined
  const { opportunityId, contextUrl } = event
  return { fields: opportunityFields, values: { opportunityId, contextUrl } }
}

/** Is there anything in this job that a person could correct? Of one that was too large to be read for the page, its form tells. */
export const isEditable = (kind: QueueKind, { name, data }: Pick<JobToEdit, 'name' | 'data'>): boolean =>
  readEditable({ name, kind, data }) !== undefined ||
  (name !== 'status-rd.changed' && isRecord(data) && data['tooLarge'] !== undefined)

/** Puts the given values into a job's data and says what differs, what is wrong and what would be sent. Changes nothing. */
export function applyEdit(job: JobToEdit, given: Values, context: EditContext): Edit | undefined {
  const editable = readEditable(job)
  if (editable === undefined || !isRecord(job.data)) return undefined
  const after = Object.fromEntries(editable.fields.map(field => [field, clean(field, given[field] ?? '')]))
  const changes = editable.fields.flatMap(field => {
    const before = editable.values[field] ?? ''
    const now = after[field] ?? ''
    return withUnixLines(before) === now ? [] : [{ field, before, after: now }]
  })
  const data = { ...job.data, ...dataOf(job, after), edited: record(job.data, editable, changes, context) }
  const found = [
    ...(changes.length === 0 ? [{ text: problems.unchanged }] : []),
    ...checkValues(job, after, context),
    ...(fitsSchema(job, data) ? [] : [{ text: problems.shape }]),
  ]
  const { preview, problem } = previewOf(job, data, context)
  const all = problem === undefined ? found : [...found, problem]
  return { data: all.length === 0 ? data : undefined, changes, problems: all, preview }
}

const withUnixLines = (text: string): string => text.replaceAll('\r\n', '\n')

/** Browsers send line breaks of a text area as CR LF. A single line holds no control characters. */
function clean(field: string, value: string): string {
  if (field === 'body') return withUnixLines(value)
  const text = value.replaceAll(/\p{Cc}+/gu, ' ').trim()
  return emails.has(field) ? text.toLowerCase() : text
}

function dataOf({ name, kind, data }: JobToEdit, after: Values): Record<string, unknown> {
  if (kind === 'quarantine' || name !== 'lead.registered') return after
  const lead = isRecord(data) && isRecord(data['lead']) ? data['lead'] : {}
  const kept = Object.entries(lead).filter(([field]) => !Object.hasOwn(after, field))
  return { lead: Object.fromEntries([...kept, ...Object.entries(after).filter(([, value]) => value !== '')]) }
}

const editedBefore = z.object({
  edited: z.object({
    original: z.record(z.string(), z.unknown()),
    changes: z.array(z.object({ at: z.string(), by: z.string(), fields: z.array(z.string()) })),
  }),
})

/** The data as they first came stay with the job through any number of edits. */
function record(
  data: Record<string, unknown>,
  { fields, values }: Editable,
  changes: Edit['changes'],
  { by, at }: EditContext,
): unknown {
  const before = editedBefore.safeParse(data).data?.edited
  const original = before?.original ?? Object.fromEntries(fields.map(field => [field, values[field] ?? '']))
  const change: EditedData['changes'][number] = { at, by, fields: changes.map(({ field }) => field) }
  return { original, changes: [...(before?.changes ?? []), change].slice(-MOST_CHANGES) }
}

/** What a job was before anybody edited it and what it is now, when somebody did. */
export function editRecordOf(job: JobToEdit): EditRecord | undefined {
  const edited = editedBefore.safeParse(job.data).data?.edited
  const current = readEditable(job)?.values
  return edited && current && { event: job.name, ...edited, current }
}

function checkValues({ name, kind }: JobToEdit, after: Values, context: EditContext): Edit['problems'] {
  if (kind === 'quarantine') return []
  if (name !== 'lead.registered') {
    const missing = opportunityFields.filter(field => after[field] === '')
    if (missing.length > 0) return missing.map(field => ({ field, text: problems.missing }))
    const { opportunityId = '', contextUrl = '' } = after
    return checkAddress({ opportunityId, contextUrl }, context)
  }
  return [...emails].flatMap(field => {
    const value = after[field] ?? ''
    return value === '' || isEmailAddress(value) ? [] : [{ field, text: problems.email }]
  })
}

/** What the worker would refuse to read (packages/clients, totvs-crm.ts). */
function checkAddress(
  { opportunityId, contextUrl }: { opportunityId: string; contextUrl: string },
  { tenant }: EditContext,
): { field: string; text: Texts }[] {
  const { contextUrlPattern } = tenant.settings.totvsCrm
  return [
    ...(isOpportunityPath(contextUrl, contextUrlPattern) ? [] : [{ field: 'contextUrl', text: problems.path }]),
    ...(isRecordId(opportunityId) ? [] : [{ field: 'opportunityId', text: problems.id }]),
  ]
}

function fitsSchema({ name, kind }: JobToEdit, data: unknown): boolean {
  if (kind === 'quarantine') return quarantinedDelivery.safeParse(data).success
  return isJobName(name) && jobs[name].data.safeParse(data).success
}

type Preview = Pick<Edit, 'preview'> & { readonly problem?: Edit['problems'][number] }

function previewOf({ name, kind }: JobToEdit, data: unknown, context: EditContext): Preview {
  if (kind === 'quarantine') {
    const delivery = quarantinedDelivery.safeParse(data).data
    return delivery === undefined ? { preview: [] } : previewDelivery(delivery, context)
  }
  if (name === 'lead.registered') {
    const lead = jobs['lead.registered'].data.safeParse(data).data?.lead
    return lead === undefined ? { preview: [] } : previewLead(lead, context)
  }
  const event = isJobName(name) ? jobs[name].data.safeParse(data).data : undefined
  return event !== undefined && 'contextUrl' in event
    ? { preview: [`GET ${event.contextUrl}/${event.opportunityId}`] }
    : { preview: [] }
}

function previewDelivery(delivery: QuarantinedDelivery, context: EditContext): Preview {
  // The worker reads it all the same, and puts it back in quarantine when it cannot.
  if (delivery.body.length > MOST_PARSED) return { preview: undefined }
  const { events, quarantined } = parseQuarantined(delivery, context.tenant.settings)
  const preview = events.flatMap(event =>
    event.name === 'lead.registered'
      ? (previewLead(event.lead, context).preview ?? [])
      : [`${event.name}: GET ${event.contextUrl}/${event.opportunityId}`],
  )
  const [refused] = events.flatMap(event => ('contextUrl' in event ? checkAddress(event, context) : []))
  if (refused !== undefined) return { preview, problem: { field: 'body', text: refused.text } }
  const [unread] = quarantined
  if (unread === undefined) return { preview }
  const reason = (language: Language): string =>
    [unread.code, ...unread.issues.map(issue => inLanguage(issue, language))].join(' ')
  return {
    preview,
    problem: {
      field: 'body',
      text: {
        'pt-BR': `O Ponte ainda não lê isto: ${reason('pt-BR')}`,
        en: `Ponte cannot read this yet: ${reason('en')}`,
      },
    },
  }
}

/** Of a person whom the CRM does not know yet; of one it knows, what differs is sent. The worker looks the user up. */
function previewLead(lead: RegisteredLead, { tenant, language }: EditContext): Preview {
  const { variables } = tenant.settings
  if (identitiesOf(lead) === undefined) return { preview: [], problem: { text: problems.identity } }
  const userId = `(${lead.ownerEmail ?? variables.totvs_crm_default_user})`
  try {
    const { lead: crmLead, notes } = toCrmLead(lead, { variables, userId })
    const told = notes.map(note => inLanguage(note, language))
    return { preview: [[JSON.stringify(crmLead, null, 2), ...told].join('\n')] }
  } catch (error) {
    if (error instanceof PermanentFailure) return { preview: [], problem: { text: problems.identity } }
    throw error
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
