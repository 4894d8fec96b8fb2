import { crmEventNames, events, isCrmIntent, isRecord, isRecordId, parseJson, registeredLead } from '@ponte/contracts'
import { foldedWords } from './vocabulary.ts'

/** Does a value have the form that its place should hold? Anything may stand at a place, so the place alone proves nothing. */
type Form = (value: unknown) => boolean

const text =
  (pattern: RegExp): Form =>
  value =>
    typeof value === 'string' && pattern.test(value)

const uuid = text(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
/** An id that Ponte has made or checked. */
const ownId: Form = value => typeof value === 'string' && (isRecordId(value) || /^[\w-]{1,100}$/.test(value))
const time = text(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})$/)
const count: Form = value =>
  (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 100_000) ||
  (typeof value === 'string' && /^\d{1,5}$/.test(value))
const size: Form = value => typeof value === 'number' && Number.isInteger(value)
const flag: Form = value => typeof value === 'boolean' || value === 'true' || value === 'false'
const oneOf =
  (...words: readonly string[]): Form =>
  value =>
    typeof value === 'string' && words.includes(value)

/** What the CRM says has happened, in words that name no record: those of the events, and others that triggers have. */
const triggerWords = new Set(
  foldedWords(`${crmEventNames.map(wordsOfEvent).join(' ')} opportunities oportunidades new nova changed alterada
    stage etapa status situação as como lead customer cliente contact contato`),
)
function wordsOfEvent(name: (typeof crmEventNames)[number]): string {
  const { en, pt, trigger: ofCrm } = events[name]
  return `${en} ${pt} ${ofCrm.description}`
}
const trigger: Form = value =>
  typeof value === 'string' && value.length <= 100 && foldedWords(value).every(word => triggerWords.has(word))

/** `*` stands for any place in a list. */
export type Places = Readonly<Record<string, Form>>

const edited: Places = {
  'edited.changes.*.at': time,
  // A login of the board, and names of fields.
  'edited.changes.*.by': value => typeof value === 'string' && value.length <= 100,
  'edited.changes.*.fields.*': text(/^[a-zA-Z]{1,40}$/),
}

/** Of the data of a job of Ponte's: ids, codes, counts and times. */
const jobPlaces: Places = {
  v: count,
  key: ownId,
  receivedAt: time,
  opportunityId: ownId,
  round: count,
  'trace.traceparent': text(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/),
  'lead.uuid': uuid,
  'lead.convertedAt': time,
  'lead.deliveredFor': oneOf('mark', 'mark-or-conversion'),
  'lead.markedAt': time,
  'lead.contactCreatedAt': time,
  source: oneOf('rd-station', 'totvs-crm'),
  intent: value => typeof value === 'string' && isCrmIntent(value),
  encoding: oneOf('utf8', 'base64'),
  form: flag,
  // In place of data that are too long to be shown (read-jobs.ts).
  tooLarge: size,
  ...edited,
}

const conversion = (name: string): Places => ({
  [`${name}.created_at`]: time,
  [`${name}.cumulative_sum`]: count,
})

const legacyLead: Places = {
  id: uuid,
  uuid,
  created_at: time,
  opportunity: flag,
  number_conversions: count,
  last_marked_opportunity_date: time,
  ...conversion('first_conversion'),
  ...conversion('last_conversion'),
}

const under = (place: string, places: Places): Places =>
  Object.fromEntries(Object.entries(places).map(([path, form]) => [`${place}.${path}`, form]))

/** The values that both systems themselves put at these places of a body. For bodies that could not be read. */
const bodyPlaces: Places = {
  ...under('leads.*', legacyLead),
  ...under('*', legacyLead),
  ...legacyLead,
  // RD Station, second format.
  event_type: oneOf('WEBHOOK.CONVERTED', 'WEBHOOK.MARKED_OPPORTUNITY'),
  event_uuid: uuid,
  entity_type: oneOf('CONTACT'),
  event_timestamp: time,
  timestamp: time,
  'contact.uuid': uuid,
  'contact.funnel.opportunity': flag,
  // TOTVS CRM.
  eventId: uuid,
  'trigger.id': uuid,
  'trigger.description': trigger,
  'source.row.id': uuid,
}

/** Names that both systems give to what they send. Every other name is a question of somebody's form, or an answer to it. */
export const bodyNames: ReadonlySet<string> = new Set([
  ...Object.keys(bodyPlaces),
  ...['leads.*', '*', ''].flatMap(place =>
    `name email company job_title bio public_url user website personal_phone mobile_phone city state lead_stage tags fit_score
    interest custom_fields first_conversion.content first_conversion.source first_conversion.conversion_origin
    last_conversion.content last_conversion.source last_conversion.conversion_origin`
      .split(/\s+/)
      .map(name => (place === '' ? name : `${place}.${name}`)),
  ),
  ...`event_identifier contact.email contact.name contact.company contact.personal_phone contact.mobile_phone contact.city contact.state
    contact.job_title contact.tags contact.funnel.name contact.funnel.lifecycle_stage contact.funnel.contact_owner_email
    workflow.description source.object.contextUrl source.object.description object.description`.split(/\s+/),
])

/** In characters. A longer body is not searched on this thread: that would block every other page. */
export const MAX_PARSED = 64 * 1024
/** Deeper than any honest body. A hostile body must not break the page that shows it. */
export const MAX_DEPTH = 32
/** The most items of a list, and members of an object, that are shown. */
const MAX_MEMBERS = 100

export const MASK = '***'

/**
 * A job's data as the board shows them to everybody. Ponte's own ids, codes, counts and times are shown, each at its place only. Everything
 * else is masked, also names of members, because a person may have written them.
 */
export function maskJobData(data: unknown): unknown {
  if (!isRecord(data)) return maskTree(data, job)
  const { body, ...rest } = data
  const shown = maskTree(rest, job)
  if (body === undefined) return shown
  const tree = typeof body === 'string' ? maskBody(body, data) : maskTree(body, delivery)
  return { body: tree, ...(isRecord(shown) && shown) }
}

/** Which values are shown, and which names of members. */
interface ShownPlaces {
  readonly places: Places
  readonly isName: (path: string) => boolean
}

const delivery: ShownPlaces = { places: bodyPlaces, isName: namesOf(bodyNames) }

/** The schema defines the members of a lead and of an event (packages/contracts/src/jobs). */
const leadNames = Object.keys(registeredLead.shape)
const fieldNames = [...leadNames, 'body', 'opportunityId', 'contextUrl']
const job: ShownPlaces = {
  places: jobPlaces,
  isName: namesOf([
    ...Object.keys(jobPlaces),
    ...leadNames.map(name => `lead.${name}`),
    ...fieldNames.map(name => `edited.original.${name}`),
    ...['contextUrl', 'trace.tracestate'],
  ]),
}

/** Tells whether a path is one of these, or the beginning of one. */
function namesOf(paths: Iterable<string>): (path: string) => boolean {
  const all = new Set<string>()
  for (const path of paths) {
    const parts = path.split('.')
    for (let length = 1; length <= parts.length; length += 1) all.add(parts.slice(0, length).join('.'))
  }
  return path => all.has(path)
}

/** A body that can be read is shown as a tree, because an operator wants to see which members it has. */
function maskBody(body: string, { encoding, form }: Readonly<Record<string, unknown>>): unknown {
  if (encoding === 'base64') return `${MASK} (${Buffer.byteLength(body, 'base64')} bytes, not text)`
  const parsed = body.length > MAX_PARSED ? undefined : readBody(body, form === true)
  return parsed === undefined ? `${MASK} (${body.length} characters)` : maskTree(parsed, delivery)
}

/** Reads JSON, or a form with JSON in its field `leads`. Any other form is not read, because even its names may be personal. */
export function readBody(body: string, form: boolean): unknown {
  const parsed = parseJson(body)
  if (parsed !== undefined || !form) return parsed
  const leads = new URLSearchParams(body).get('leads')
  return leads === null ? undefined : { leads: parseJson(leads) ?? leads }
}

function maskTree(value: unknown, shown: ShownPlaces, path = '', depth = 0): unknown {
  if (depth > MAX_DEPTH) return '…'
  const below = (name: string): string => (path === '' ? name : `${path}.${name}`)
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_MEMBERS).map(item => maskTree(item, shown, below('*'), depth + 1))
    return value.length > MAX_MEMBERS ? [...items, `… (${value.length})`] : items
  }
  if (isRecord(value)) {
    const members = Object.entries(value)
    const masked = members.slice(0, MAX_MEMBERS).map(([name, item], index) => {
      // Below a masked name everything is masked.
      const isKnown = shown.isName(below(name))
      return [isKnown ? name : `${MASK} ${index + 1}`, maskTree(item, shown, isKnown ? below(name) : MASK, depth + 1)]
    })
    const more = members.length > MAX_MEMBERS ? [['…', members.length]] : []
    return Object.fromEntries([...masked, ...more])
  }
  // Relays send `leads` as JSON inside a text.
  const inner = path === 'leads' && typeof value === 'string' ? parseJson(value) : undefined
  if (inner !== undefined) return maskTree(inner, shown, path, depth + 1)
  if (value === null || value === '') return value
  const isShown = Object.hasOwn(shown.places, path) && shown.places[path]?.(value) === true
  return isShown ? value : MASK
}
