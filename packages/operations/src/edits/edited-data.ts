import {
  type EditedData,
  isJobName,
  isLeadEvent,
  isRecord,
  jobs,
  type Language,
  numberAsTyped,
  quarantinedDelivery,
} from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import { isEmailAddress } from '@ponte/webhooks'
import type { EditRecord } from '@ponte/state'
import { z } from 'zod'
import { checkAddress, type EditProblem, editProblems, type Preview, previewOf } from './preview-edit.ts'
import { type Editable, opportunityFields, type QueuedData, readEditable, type Values } from './editable.ts'

const MAX_CHANGES = 20
const emails: ReadonlySet<string> = new Set(['email', 'ownerEmail'])
const phones: ReadonlySet<string> = new Set(['phone', 'mobilePhone'])

export interface Edit {
  /** What the job will hold. Undefined when there is a problem. */
  readonly data: Readonly<Record<string, unknown>> | undefined
  readonly changes: readonly { readonly field: string; readonly before: string; readonly after: string }[]
  readonly problems: readonly EditProblem[]
  /** What would be sent, one text for each event. Undefined when the body is too long to be read here. */
  readonly preview: Preview['preview']
  readonly events: Preview['events']
}

export interface EditContext {
  readonly tenant: Tenant
  /** The name of the user who edits. */
  readonly by: string
  /** ISO 8601. */
  readonly at: string
  readonly language: Language
}

/** Puts the given values into a job's data: what changes, what is wrong and what would be sent. Writes nothing. */
export function applyEdit(job: QueuedData, given: Values, context: EditContext): Edit | undefined {
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
    ...(changes.length === 0 ? [{ text: editProblems.unchanged }] : []),
    ...checkValues(job, after, context),
    ...(fitsSchema(job, data) ? [] : [{ text: editProblems.shape }]),
  ]
  const { preview, events, problem } = previewOf(job, data, context)
  const all = problem === undefined ? found : [...found, problem]
  return { data: all.length === 0 ? data : undefined, changes, problems: all, preview, events }
}

const withUnixLines = (text: string): string => text.replaceAll('\r\n', '\n')

/** Browsers send line breaks of a text area as CR LF. A single line holds no control characters. */
function clean(field: string, value: string): string {
  if (field === 'body') return withUnixLines(value)
  const text = value.replaceAll(/\p{Cc}+/gu, ' ').trim()
  if (phones.has(field)) return numberAsTyped(text) ?? text
  return emails.has(field) ? text.toLowerCase() : text
}

function dataOf({ name, kind, data }: QueuedData, after: Values): Record<string, unknown> {
  if (kind === 'quarantine' || !isLeadEvent(name)) return after
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
  return { original, changes: [...(before?.changes ?? []), change].slice(-MAX_CHANGES) }
}

/** What an edited job was before anybody edited it, and what it is now. Undefined when nobody edited it. */
export function editRecordOf(job: QueuedData): EditRecord | undefined {
  const edited = editedBefore.safeParse(job.data).data?.edited
  const current = readEditable(job)?.values
  return edited && current && { event: job.name, ...edited, current }
}

function checkValues({ name, kind }: QueuedData, after: Values, context: EditContext): Edit['problems'] {
  if (kind === 'quarantine') return []
  if (!isLeadEvent(name)) {
    const missing = opportunityFields.filter(field => after[field] === '')
    if (missing.length > 0) return missing.map(field => ({ field, text: editProblems.missing }))
    const { opportunityId = '', contextUrl = '' } = after
    return checkAddress({ opportunityId, contextUrl }, context)
  }
  return Object.entries(after).flatMap(([field, value]) => {
    if (emails.has(field) && value !== '' && !isEmailAddress(value)) return { field, text: editProblems.email }
    return phones.has(field) && numberAsTyped(value) === undefined ? { field, text: editProblems.digitsLost } : []
  })
}

function fitsSchema({ name, kind }: QueuedData, data: unknown): boolean {
  if (kind === 'quarantine') return quarantinedDelivery.safeParse(data).success
  return isJobName(name) && jobs[name].data.safeParse(data).success
}
