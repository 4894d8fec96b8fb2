import { crmEventNames, events, isCrmIntent, isRecordId } from '@ponte/contracts'
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
export const jobPlaces: Places = {
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
export const bodyPlaces: Places = {
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
