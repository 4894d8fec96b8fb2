import { isRecord } from '@ponte/contracts'
import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { type JsonObject, textOf } from '../json.ts'
import type { World } from '../world.ts'
import type { RdAccount } from './account.ts'
import { type Contact, contactTexts, createContact, findContact, slugOf } from './contact.ts'
import { applyAttributes, isEmail } from './contacts.ts'
import { type RdError, rdRefusals } from './errors.ts'
import { admit, admitForContact } from './quotas.ts'
import { notifySubscribers } from './subscriptions.ts'

const eventTypes = ['CONVERSION', 'OPPORTUNITY', 'SALE', 'OPPORTUNITY_LOST'] as const
type EventType = (typeof eventTypes)[number]

/** `POST /platform/events`: the three marks and the conversion (docs/vendors/rd-station.md#marks). */
export function addEvents(app: FastifyInstance, world: World): void {
  app.post('/platform/events', async request => {
    const account = admit(world, request, 'events')
    const { type, payload, email } = readEvent(account, request.body)
    admitForContact(account, {
      kind: 'event',
      key: email.toLowerCase(),
      max: account.settings.eventsPerContactPerDay,
      now: world.now(),
    })
    const eventUuid = randomUUID()
    const takeEffect = () =>
      type === 'CONVERSION'
        ? void convert(world, account, { eventUuid, email, payload })
        : mark(world, account, { type, eventUuid, email, payload })
    if (account.settings.processingDelayMs > 0) setTimeout(takeEffect, account.settings.processingDelayMs).unref()
    else takeEffect()
    return { event_uuid: eventUuid }
  })
}

function readEvent(account: RdAccount, body: unknown): { type: EventType; payload: JsonObject; email: string } {
  if (!isRecord(body)) throw rdRefusals.badRequest('The body must be an object.')
  const type = eventTypes.find(known => known === body.event_type)
  if (!type) throw rdRefusals.event(account.settings, [notAnOption('$.body.event_type', eventTypes)])
  if (body.event_family !== 'CDP') {
    throw rdRefusals.event(account.settings, [notAnOption('$.body.event_family', ['CDP'])])
  }
  const { payload } = body
  if (!isRecord(payload)) throw rdRefusals.event(account.settings, [wrongType('$.payload', 'OBJECT')])

  const email = typeof payload.email === 'string' && isEmail(payload.email) ? payload.email : undefined
  const errors = [
    ...emailErrors(payload),
    ...payloadErrors[type](payload, account),
    ...(type === 'CONVERSION' || email === undefined ? [] : contactErrors(type, email, account)),
  ]
  if (email === undefined || errors.length > 0) throw rdRefusals.event(account.settings, errors)
  return { type, payload, email }
}

function emailErrors({ email }: JsonObject): RdError[] {
  const path = '$.payload.email'
  if (email === undefined) return [{ error_type: 'MISSING', error_message: 'Required property is missing.', path }]
  if (typeof email !== 'string') return [wrongType(path, 'STRING')]
  return isEmail(email) ? [] : [{ error_type: 'INVALID_EMAIL_FORMAT', error_message: 'has an invalid format', path }]
}

const payloadErrors: { readonly [Type in EventType]: (payload: JsonObject, account: RdAccount) => RdError[] } = {
  CONVERSION: ({ conversion_identifier: identifier, tags }) => [
    ...(typeof identifier === 'string' && identifier !== ''
      ? []
      : [wrongType('$.payload.conversion_identifier', 'STRING')]),
    ...(tags === undefined || Array.isArray(tags) ? [] : [wrongType('$.payload.tags', 'SET')]),
  ],
  OPPORTUNITY: payload => funnelErrors(payload),
  SALE: (payload, { settings }) => [...funnelErrors(payload), ...valueErrors(payload.value, settings.maxSaleValue)],
  OPPORTUNITY_LOST: (payload, { settings }) => [
    ...funnelErrors(payload),
    ...reasonErrors(payload.reason, settings.maxReasonLength),
  ],
}

/** What an account may refuse because of who is marked. */
function contactErrors(type: EventType, email: string, account: RdAccount): RdError[] {
  const { marksOfUnknownContacts, saleNeedsOpportunity } = account.settings
  const contact = findContact(account, { identifier: 'email', value: email })
  const isRefused =
    contact === undefined
      ? marksOfUnknownContacts === 'refused'
      : type === 'SALE' && saleNeedsOpportunity && !contact.funnel.opportunity
  return isRefused
    ? [{ error_type: 'INVALID', error_message: 'The lead cannot be marked.', path: '$.payload.email' }]
    : []
}

const funnelErrors = (payload: JsonObject): RdError[] =>
  payload.funnel_name === 'default' ? [] : [notAnOption('$.payload.funnel_name', ['default'])]

function valueErrors(value: unknown, max: number): RdError[] {
  const path = '$.payload.value'
  if (typeof value !== 'number' || !Number.isFinite(value)) return [wrongType(path, 'NUMBER')]
  if (value < 0) return [{ error_type: 'INVALID', error_message: 'Must be greater than or equal to 0.', path }]
  if (value <= max) return []
  return [
    {
      error_type: 'MUST_BE_LESS_THAN_OR_EQUAL',
      error_message: `Must be less than or equal to ${max}.`,
      validation_rules: { less_than_or_equal: max },
      path,
    },
  ]
}

function reasonErrors(reason: unknown, max: number): RdError[] {
  const path = '$.payload.reason'
  if (typeof reason !== 'string') return [wrongType(path, 'STRING')]
  if (reason.trim() === '') return [{ error_type: 'CANNOT_BE_BLANK', error_message: 'Can not be blank', path }]
  if (reason.length <= max) return []
  return [{ error_type: 'TOO_LONG', error_message: `Must have at most ${max} characters.`, path }]
}

const notAnOption = (path: string, options: readonly string[]): RdError => ({
  error_type: 'INVALID_OPTION',
  error_message: 'Must be one of the valid options.',
  validation_rules: { valid_options: options },
  path,
})

const wrongType = (path: string, dataType: string): RdError => ({
  error_type: 'INVALID_DATA_TYPE',
  error_message: `Must be of type '${dataType}'.`,
  validation_rules: { data_type: dataType },
  path,
})

interface Mark {
  readonly type: Exclude<EventType, 'CONVERSION'>
  readonly eventUuid: string
  readonly email: string
  readonly payload: JsonObject
}

/** Marks do not create contacts. For an unknown or too new contact they are dropped silently (docs/vendors/rd-station.md#marks-for-unknown-contacts). */
function mark(world: World, account: RdAccount, { type, eventUuid, email, payload }: Mark): void {
  const now = world.now()
  const found = findContact(account, { identifier: 'email', value: email })
  const isMade = found === undefined && account.settings.marksOfUnknownContacts === 'create'
  const contact = isMade ? createContact(account, { email }, now) : found
  const isTooYoung = contact && now - contact.createdAt < account.settings.dropMarksYoungerThanSeconds * 1000
  if (!contact || isTooYoung) {
    const why = contact ? 'too-young' : 'unknown-contact'
    account.droppedMarks.push({ type, email, why, at: new Date(now).toISOString() })
    return
  }
  recordMark(world, account, contact, { type, eventUuid, payload })
}

/** Adds a mark to the contact's events, whoever made it. Subscribers learn that the contact became an opportunity. */
export function recordMark(
  world: World,
  account: RdAccount,
  contact: Contact,
  { type, eventUuid, payload }: Omit<Mark, 'email'>,
): void {
  const at = world.now()
  contact.events.push({ event_uuid: eventUuid, event_type: type, event_identifier: 'default', at, payload })
  Object.assign(contact.funnel, effects[type])
  if (account.settings.opportunityFlag === 'counted') contact.funnel.opportunity = openMarks(contact) > 0
  if (type === 'OPPORTUNITY')
    notifySubscribers(world, account, contact, { type: 'WEBHOOK.MARKED_OPPORTUNITY', identifier: 'default', at })
}

const openMarks = ({ events }: Contact): number =>
  events.filter(event => event.event_type === 'OPPORTUNITY').length -
  events.filter(event => event.event_type === 'SALE' || event.event_type === 'OPPORTUNITY_LOST').length

const effects: { readonly [Type in Mark['type']]: Partial<Contact['funnel']> } = {
  OPPORTUNITY: { opportunity: true },
  SALE: { lifecycle_stage: 'Client', opportunity: false },
  OPPORTUNITY_LOST: { opportunity: false },
}

/** A conversion creates an unknown contact and notifies the subscribers. Unknown custom fields are ignored. */
function convert(
  world: World,
  account: RdAccount,
  {
    eventUuid = randomUUID(),
    email,
    payload,
    at = world.now(),
  }: { eventUuid?: string; email: string; payload: JsonObject; at?: number },
): Contact {
  const contact =
    findContact(account, { identifier: 'email', value: email }) ?? createContact(account, { email }, world.now())
  const texts = contactTexts.flatMap(name => (typeof payload[name] === 'string' ? [[name, payload[name]]] : []))
  const customFields = account.settings.customFields.flatMap(label => {
    const value = payload[slugOf(label)]
    return value === undefined ? [] : [[label, value]]
  })
  applyAttributes(contact, {
    texts: Object.fromEntries(texts),
    customFields: Object.fromEntries(customFields),
    ...(Array.isArray(payload.tags) && { tags: payload.tags.filter(tag => typeof tag === 'string') }),
  })
  if (typeof payload.company_name === 'string') contact.company = payload.company_name
  if (Array.isArray(payload.legal_bases)) contact.legalBases = payload.legal_bases
  if (typeof payload.available_for_mailing === 'boolean') contact.availableForMailing = payload.available_for_mailing
  recordConversion(world, account, contact, { eventUuid, payload, at })
  return contact
}

/** Adds a conversion to the contact's events and notifies the subscribers. */
export function recordConversion(
  world: World,
  account: RdAccount,
  contact: Contact,
  { eventUuid, payload, at }: { eventUuid: string; payload: JsonObject; at: number },
): void {
  const identifier = textOf(payload.conversion_identifier) ?? 'formulario'
  contact.events.push({ event_uuid: eventUuid, event_type: 'CONVERSION', event_identifier: identifier, at, payload })
  notifySubscribers(world, account, contact, { type: 'WEBHOOK.CONVERTED', identifier, at })
}
