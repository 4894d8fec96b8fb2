import {
  type Message,
  message,
  identitiesOf,
  isIdentified,
  type LeadEvent,
  type RegisteredLead,
  type TenantSettings,
  isRecord,
  isBlank,
  isRehearsalIdentifier,
  type RehearsedDelivery,
  roundedPhones,
} from '@ponte/contracts'
import { canonicalHash } from '../body/canonical-hash.ts'
import { type Delivery, delivered, ignored, joinParts, quarantined, withSeen } from '../delivery.ts'
import { foldForeignText, readId, readInstant, readText, readTexts } from '../body/read-text.ts'
import { hasMoreMembers, type JsonRecord, readDocument, readRecord } from '../body/parse-body.ts'
import { findPlaces, MAX_FIELDS, type LeadPlaces, looksLikeLead } from './lead-places.ts'
import { ownerOf, readLacking, readLead, isEmailAddress } from './read-lead.ts'
import { lackingValues, readRuleValues } from './rule-values.ts'
import { identifiersOf, openSources, readTrafficSource, readLegalBases } from './sources.ts'
import { wantedKeysOf, type WantingSettings } from './wanted-keys.ts'

/** The settings of the tenant that decide what is read. Pass the same object each time, because what is derived from it is kept. */
export interface RdDeliveryOptions extends WantingSettings {
  readonly rdStation: Pick<TenantSettings['rdStation'], 'acceptSyntheticConversions'>
}

/** The most leads in one delivery. Reading tens of thousands at once would delay other deliveries and fill Redis. */
const MAX_EVENTS = 1000

/**
 * Reads the body of a webhook of RD Station in either format: `{"leads":[…]}` (API 1.x, docs/vendors/rd-station.md#webhook-of-api-1)
 * or `{"event_type","contact"}` (API 2.0, docs/vendors/rd-station.md#webhook-of-api-2). Never throws; every lead of the body is in
 * exactly one of the lists.
 */
export const parseRdDelivery = (body: unknown, options: RdDeliveryOptions): Delivery<LeadEvent> =>
  joinParts(partsOfRdDelivery(body, options))

/** Like `parseRdDelivery`, lead by lead. A body of more than MAX_EVENTS leads is one part, and none of its leads is read. */
export function* partsOfRdDelivery(body: unknown, options: RdDeliveryOptions): Generator<Delivery<LeadEvent>> {
  const leads = findLeads(body)
  if (leads === undefined) {
    yield parseWithoutLeads(body, options)
  } else if ('issue' in leads) {
    yield notUnderstood(body, leads.issue)
  } else if (leads.list.length === 0) {
    yield ignored('no-leads')
  } else if (leads.list.length > MAX_EVENTS) {
    yield quarantined(
      'BODY_TOO_MANY_EVENTS',
      [message('too-many-events', { path: 'leads', count: leads.list.length })],
      body,
    )
  } else {
    for (const [index, lead] of leads.list.entries())
      yield withSeen(parseLead(lead, leads.alone ? 'leads' : `leads[${index}]`, options), 'rd.webhook-1', lead)
  }
}

type Leads = { readonly list: readonly unknown[]; readonly alone?: boolean } | { readonly issue: Message }

/** `leads` is a list. Relays also send it as JSON text, or one lead without the list, or the list without the envelope. */
function findLeads(body: unknown): Leads | undefined {
  if (Array.isArray(body)) return { list: body }
  if (!isRecord(body) || !isPresent(body.leads)) return undefined
  const parsed = readDocument(body.leads, 'leads')
  if (!parsed.ok) return { issue: parsed.issue }
  const leads = parsed.value
  if (leads === null) return { list: [] }
  if (Array.isArray(leads)) return { list: leads }
  if (isRecord(leads) && looksLikeLead(leads)) return { list: [leads], alone: true }
  return { issue: message('must-be-list-of-leads', { path: 'leads' }) }
}

function parseWithoutLeads(body: unknown, options: RdDeliveryOptions): Delivery<LeadEvent> {
  if (body === undefined) return ignored('empty')
  if (!isRecord(body)) return notUnderstood(body, message('must-be-object', { path: 'the body' }))
  if (Object.keys(body).length === 0) return ignored('empty')
  const other = otherKind(body)
  if (other !== undefined) return ignored(other)
  if (isPresent(body.event_type) || isPresent(body.contact))
    return withSeen(parseContact(body, options), 'rd.webhook-2', body)
  if ('leads' in body) return ignored('no-leads')
  if (looksLikeLead(body)) return withSeen(parseLead(body, 'the body', options), 'rd.webhook-1', body)
  return notUnderstood(body, message('no-leads'))
}

function parseLead(value: unknown, path: string, options: RdDeliveryOptions): Delivery<LeadEvent> {
  const alone = { leads: [value] }
  if (!isRecord(value)) return quarantined('LEAD_NOT_UNDERSTOOD', [message('must-be-object', { path })], alone)

  const places = isTooWide(value) ? undefined : findPlaces(value, wantedKeysOf(options))
  if (places === undefined) return quarantined('BODY_NOT_UNDERSTOOD', [tooWide(path)], alone)
  const { conversion, content, originalEvent } = places.lastConversion
  const identifiers = identifiersOf(places.lastConversion)
  const types = readTexts([content.event_type, originalEvent.event_type])
  if (!options.rdStation.acceptSyntheticConversions && isAnySynthetic([...identifiers, ...types]))
    return ignored('synthetic-conversion')

  const identifier = identifiers[0]
  const times = [conversion.created_at, content.event_timestamp]
  const lead = readLead(places, { identifier, times, owner: value.user })
  if (!isIdentified(lead)) return withoutIdentity(lead, path, alone)
  Object.assign(lead, readDeliveredFor(value, lead), readRehearsed(places, lead, 'v1'))
  return deliverLead({ places, lead, body: alone }, () => legacyKey(places, lead, times))
}

/**
 * A flow or a webhook of RD's screens does not say why it sends a lead. The reason is that it became an opportunity when its last mark is
 * later than its last conversion; where both times are one, the body does not say it. Bodies of some accounts have the flag without the time.
 */
function readDeliveredFor(
  { opportunity, last_marked_opportunity_date: lastMark }: JsonRecord,
  { convertedAt, conversionIdentifier }: RegisteredLead,
): Pick<RegisteredLead, 'deliveredFor' | 'markedAt'> {
  const markedAt = readInstant(lastMark)
  if (markedAt === undefined)
    return readText(opportunity)?.toLowerCase() === 'true' ? { deliveredFor: 'mark-or-conversion' } : {}
  if (convertedAt === undefined)
    return { deliveredFor: conversionIdentifier === undefined ? 'mark' : 'mark-or-conversion', markedAt }
  if (markedAt > convertedAt) return { deliveredFor: 'mark', markedAt }
  return mayBeLater(markedAt, convertedAt) ? { deliveredFor: 'mark-or-conversion', markedAt } : {}
}

/** A mark of the same moment, or one whose time has whole seconds, may have come after the conversion. */
const mayBeLater = (markedAt: string, convertedAt: string): boolean =>
  markedAt === convertedAt || markedAt === convertedAt.replace(/\.\d{3}Z$/, '.000Z')

function parseContact(body: JsonRecord, options: RdDeliveryOptions): Delivery<LeadEvent> {
  const eventType = readText(body.event_type)?.toUpperCase()
  // Subscriptions list the types in lower case: docs/vendors/rd-station.md#webhook-of-api-2.
  if (eventType !== 'WEBHOOK.CONVERTED' && eventType !== 'WEBHOOK.MARKED_OPPORTUNITY') {
    const path = 'event_type'
    return notUnderstood(
      body,
      eventType === undefined ? message('missing', { path }) : message('type-unknown', { path }),
    )
  }
  const contact = readRecord(body.contact)
  if (contact === undefined) return notUnderstood(body, message('must-be-object', { path: 'contact' }))
  const identifier = readText(body.event_identifier)
  if (!options.rdStation.acceptSyntheticConversions && isAnySynthetic(readTexts([identifier])))
    return ignored('synthetic-conversion')

  const isMark = eventType === 'WEBHOOK.MARKED_OPPORTUNITY'
  const places = isTooWide(body) ? undefined : findPlaces(contact, wantedKeysOf(options))
  if (places === undefined) return notUnderstood(body, tooWide('contact'))
  const lead = readLead(places, {
    // A mark's identifier `default` names no conversion (docs/vendors/rd-station.md#webhook-of-api-2).
    identifier: isMark && identifier === 'default' ? undefined : identifier,
    times: isMark ? [] : [body.event_timestamp],
    owner: ownerOf(contact),
  })
  if (!isIdentified(lead)) return withoutIdentity(lead, 'contact', body)
  const markedAt = readInstant(body.event_timestamp)
  if (isMark) Object.assign(lead, { deliveredFor: 'mark', ...(markedAt !== undefined && { markedAt }) })
  Object.assign(lead, readLacking(places), readRehearsed(places, lead, 'v2'))
  const parts = [eventType, identifier, readText(body.event_timestamp), lead.uuid]
  return deliverLead({ places, lead, body }, () => `rd2-${hashOf(parts, body)}`)
}

interface ReadLead {
  readonly places: LeadPlaces
  readonly lead: RegisteredLead
  /** A body that gives only this lead when it is parsed again. */
  readonly body: unknown
}

/**
 * The lead with the values that the tenant's rules read, or quarantine when required values are missing. A mark brings no answers of a
 * form, so nothing is required of it. Otherwise Ponte's own marks would come back and fill the quarantine.
 */
function deliverLead({ places, lead, body }: ReadLead, key: () => string): Delivery<LeadEvent> {
  const sources = openSources(places)
  const { values, messages = [] } = readRuleValues(sources)
  Object.assign(lead, readTrafficSource(sources))
  if (values !== undefined) lead.values = values
  if (messages.length > 0) lead.messages = [...(lead.messages ?? []), ...messages]
  const issues = lead.deliveredFor === 'mark' ? [] : lackingValues(places, lead)
  return issues.length > 0
    ? quarantined('LEAD_VALUE_REQUIRED', issues, body)
    : delivered({ name: 'lead.registered', key: key(), lead })
}

/**
 * The id of the original event and the person together name the event, because nothing says that ids are unique across contacts.
 * Conversions through old integrations have no id (docs/vendors/rd-station.md#what-identifies-a-conversion). If the person became an
 * opportunity since, that is another event with the same last conversion.
 */
function legacyKey(
  { lead: body, lastConversion: { originalEvent } }: LeadPlaces,
  lead: RegisteredLead,
  times: readonly unknown[],
): string {
  const person = identitiesOf(lead)?.[0].value
  const mark = lead.deliveredFor === undefined ? [] : ['mark', lead.markedAt ?? 'no time']
  const eventUuid = readId(originalEvent.event_uuid)
  if (eventUuid !== undefined) return `rd1-${canonicalHash(['event', eventUuid, person, ...mark])}`
  const [time] = readTexts(times)
  const parts = [lead.uuid, readText(body.number_conversions), time, lead.conversionIdentifier]
  return `rd1-${hashOf([...parts, ...mark], body)}`
}

/** A hash of the parts, or of the whole body when one is missing. `timestamp` is the time of sending, which changes on a retry. */
function hashOf(parts: readonly (string | undefined)[], body: JsonRecord): string {
  if (!parts.includes(undefined)) return canonicalHash(['parts', ...parts])
  return canonicalHash(['whole', body], { of: body, key: 'timestamp' })
}

/**
 * RD Marketing reports what happens in a connected RD Station CRM as conversions (docs/vendors/rd-station.md#conversions-by-rd-station-crm), e.g.
 * "Oportunidade atualizada no RD Station CRM".
 */
const isAnySynthetic = (identifiersAndTypes: readonly string[]): boolean =>
  // One conversion names its identifier in several places.
  [...new Set(identifiersAndTypes)].some(isSynthetic)

/** Folding takes long, so the last character is checked first: a synthetic text can only end in `d`, `m` or a non-ASCII character. */
const isSynthetic = (identifierOrType: string): boolean =>
  /[dm\u0080-\uffff]$/i.test(identifierOrType) &&
  /^(?:task_created|opportunity_(?:created|updated))$| no rd station crm$/.test(foldForeignText(identifierOrType))

/**
 * Events of RD Station's other products that share the webhook service: `{"event_name":"crm_deal_created","document"}`
 * (docs/vendors/rd-station.md#webhook-of-api-2) and activities.
 */
function otherKind(body: JsonRecord): string | undefined {
  const names = readTexts([body.event_name, body.event_type]).map(name => name.toLowerCase())
  const other = names.find(name => /^(?:webhook\.)?(?:crm|activity|activities|task)(?:[._]|$)/.test(name))
  if (other === undefined) return undefined
  return /^[a-z0-9._-]{1,64}$/.test(other) ? other : 'rd-station-crm'
}

const isPresent = (value: unknown): boolean => value !== undefined && value !== null

/** The most members of one lead, over all of its objects and lists, because all of them may be hashed at once. */
const MAX_MEMBERS = 5 * MAX_FIELDS

const isTooWide = (body: JsonRecord): boolean => hasMoreMembers(body, MAX_MEMBERS)

const tooWide = (path: string): Message => message('too-many-fields', { path, count: MAX_FIELDS })

const notUnderstood = (body: unknown, issue: Message): Delivery<never> =>
  quarantined('BODY_NOT_UNDERSTOOD', [issue], body)

/** Custom fields have names that somebody made up. */
const plainName = /^(?!cf_)[a-z_]{1,40}$/
const MAX_NAMES = 40

/** What a delivery of `ponte rehearse` looks like, by names only. Empty for any other. */
function readRehearsed(
  places: LeadPlaces,
  { conversionIdentifier, uuid = '' }: RegisteredLead,
  format: RehearsedDelivery['format'],
): Pick<RegisteredLead, 'rehearsal'> {
  if (!isRehearsalIdentifier(conversionIdentifier)) return {}
  const { lead } = places
  const url = readText(lead.public_url)
  const names = Object.keys(lead).filter(name => plainName.test(name) && !isBlank(lead[name]))
  return {
    rehearsal: {
      format,
      members: names.slice(0, MAX_NAMES),
      publicUrl: url === undefined ? 'absent' : url.endsWith(`/leads/public/${uuid}`) ? 'expected' : 'other',
      legalBases: readLegalBases(places).length,
    },
  }
}

/** A lead that nobody could be reached by, with the reasons why its e-mail and its phones do not count. */
const withoutIdentity = (lead: RegisteredLead, path: string, body: unknown): Delivery<never> =>
  quarantined(
    'LEAD_WITHOUT_IDENTITY',
    [
      message('no-identity', { path }),
      ...(holdsEmail(body) ? [message('email-elsewhere', { path })] : []),
      ...[...(lead.messages ?? []), ...roundedPhones(lead).map(field => message('field-digits-lost', { field }))].map(
        note => message('at-place', { place: path, note }),
      ),
    ],
    body,
  )

/** Whether the body has an e-mail in a field that is not read. That of the person in charge of the lead is none of the lead's. */
function holdsEmail(body: unknown): boolean {
  const open: unknown[] = [body]
  for (let seen = 0; seen < Math.min(open.length, MAX_FIELDS); seen += 1) {
    const value = open[seen]
    const list: readonly unknown[] | undefined = Array.isArray(value) ? value : undefined
    const members = isRecord(value)
      ? Object.entries(value).flatMap(([key, member]) => (/user|owner|responsible/i.test(key) ? [] : [member]))
      : (list ?? [])
    open.push(...members.slice(0, Math.max(0, MAX_FIELDS - open.length)))
    if (list === undefined && isEmailAddress(readText(value)?.toLowerCase() ?? '')) return true
  }
  return false
}
