import { isRecord } from '@ponte/contracts'
import type { FastifyInstance } from 'fastify'
import { type JsonObject } from '../json.ts'
import type { World } from '../world.ts'
import type { RdAccount } from './account.ts'
import {
  type Contact,
  contactTexts,
  createContact,
  findContact,
  readIdentifier,
  slugOf,
  toBrasiliaTime,
} from './contact.ts'
import { type RdError, rdRefusals } from './errors.ts'
import { admit, admitForContact } from './quotas.ts'

interface ByIdentifier {
  Params: { identifier: string }
}

const EVENTS_PER_PAGE = 10
/** RD Station does not list SALE (docs/vendors/rd-station.md#events-of-a-contact). */
const listedEvents = ['CONVERSION', 'OPPORTUNITY']

/** Contacts (docs/vendors/rd-station.md#contacts) and their events (docs/vendors/rd-station.md#events-of-a-contact). */
export function addContacts(app: FastifyInstance, world: World): void {
  app.get<ByIdentifier>('/platform/contacts/:identifier', async request => {
    const account = admit(world, request, 'contacts')
    return present(requireContact(account, request.params.identifier))
  })

  app.post('/platform/contacts', async request => {
    const account = admit(world, request, 'contacts')
    const attributes = readAttributes(account, request.body)
    if (!attributes.texts.email && !attributes.texts.phone) {
      throw rdRefusals.fields(account.settings, {
        email: [{ error_type: 'CANNOT_BE_NULL', error_message: 'email cannot be null.' }],
      })
    }
    requireFreeEmail(account, attributes.texts.email)
    return present(applyAttributes(createContact(account, {}, world.now()), attributes))
  })

  app.patch<ByIdentifier>('/platform/contacts/:identifier', async request => {
    const account = admit(world, request, 'contacts')
    const name = readIdentifier(request.params.identifier)
    if (!name) throw rdRefusals.notFound()
    if (isRecord(request.body) && name.identifier in request.body) throw rdRefusals.conflictingField()
    const attributes = readAttributes(account, request.body)
    const known = findContact(account, name)
    if (!known && name.identifier === 'uuid') throw rdRefusals.notFound()
    admitForContact(account, {
      kind: 'patch',
      key: known?.texts.email ?? name.value,
      max: account.settings.patchesPerContactPerDay,
      now: world.now(),
    })
    requireFreeEmail(account, attributes.texts.email, known)
    const contact = known ?? createContact(account, { [name.identifier]: name.value }, world.now())
    return present(applyAttributes(contact, attributes))
  })

  app.delete<ByIdentifier>('/platform/contacts/:identifier', async (request, reply) => {
    const account = admit(world, request, 'contacts')
    account.contacts.delete(requireContact(account, request.params.identifier).uuid)
    return reply.code(204).send()
  })

  app.get<ByIdentifier & { Querystring: Record<string, string | undefined> }>(
    '/platform/contacts/:identifier/events',
    async request => {
      const account = admit(world, request, 'contacts')
      // Only the bare uuid is documented for this call.
      if (request.params.identifier.includes(':')) throw rdRefusals.notFound()
      const contact = requireContact(account, request.params.identifier)
      const { event_type: type = '', order = 'created_at:desc', page = '1' } = request.query
      if (!listedEvents.includes(type)) {
        throw rdRefusals.event(account.settings, [
          {
            error_type: 'INVALID_OPTION',
            error_message: 'Must be one of the valid options.',
            validation_rules: { valid_options: listedEvents },
            path: '$.query.event_type',
          },
        ])
      }
      const events = contact.events.filter(event => event.event_type === type)
      if (order !== 'created_at:asc') events.reverse()
      const start = (Math.max(1, Number(page) || 1) - 1) * EVENTS_PER_PAGE
      return events.slice(start, start + EVENTS_PER_PAGE).map(event => ({
        event_type: event.event_type,
        event_family: 'CDP',
        event_identifier: event.event_identifier,
        event_timestamp: toBrasiliaTime(event.at),
        payload: event.payload,
      }))
    },
  )
}

/** The contact that a path identifies. Refuses with 404. */
export function requireContact(account: RdAccount, text: string): Contact {
  const name = readIdentifier(text)
  const contact = name && findContact(account, name)
  if (!contact) throw rdRefusals.notFound()
  return contact
}

function requireFreeEmail(account: RdAccount, email: string | undefined, owner?: Contact): void {
  const holder = email === undefined ? undefined : findContact(account, { identifier: 'email', value: email })
  if (holder && holder !== owner) throw rdRefusals.emailInUse()
}

/** As the API shows a contact: without company and empty texts, with custom fields as `cf_…` (docs/vendors/rd-station.md#contacts). */
function present(contact: Contact): JsonObject {
  return {
    uuid: contact.uuid,
    ...Object.fromEntries(Object.entries(contact.texts).filter(([, text]) => text !== '')),
    tags: contact.tags,
    extra_emails: contact.extraEmails,
    legal_bases: contact.legalBases,
    ...customFieldsOf(contact),
    links: [
      {
        rel: 'SELF',
        href: `https://api.rd.services/platform/contacts/${contact.uuid}`,
        media: 'application/json',
        type: 'GET',
      },
    ],
  }
}

export const customFieldsOf = (contact: Contact): JsonObject =>
  Object.fromEntries(Object.entries(contact.customFields).map(([label, value]) => [slugOf(label), value]))

export interface ContactAttributes {
  readonly texts: Contact['texts']
  readonly tags?: string[]
  readonly customFields: Record<string, unknown>
}

function readAttributes(account: RdAccount, body: unknown): ContactAttributes {
  if (!isRecord(body)) throw rdRefusals.badRequest('The body must be an object.')
  const labels = new Map(account.settings.customFields.map(label => [slugOf(label), label]))
  const known = new Set<string>([...contactTexts, 'tags', 'extra_emails', 'legal_bases', ...labels.keys()])
  const unknown = Object.keys(body).filter(name => !known.has(name))
  if (unknown.length > 0) throw rdRefusals.invalidFields(unknown)

  const errors: Record<string, RdError[]> = {}
  const texts: Contact['texts'] = {}
  for (const name of contactTexts) {
    const value = body[name]
    if (value === undefined) continue
    if (value === null) texts[name] = ''
    else if (typeof value !== 'string')
      errors[name] = [{ error_type: 'MUST_BE_STRING', error_message: `${name} must be string.` }]
    else if (name === 'email' && !isEmail(value)) {
      errors.email = [{ error_type: 'INVALID_EMAIL_FORMAT', error_message: 'email has an invalid format' }]
    } else texts[name] = value
  }
  const tags = readTags(body.tags)
  if (tags === 'wrong')
    errors.tags = [{ error_type: 'MUST_BE_STRING_ARRAY', error_message: 'tags must be an array of strings.' }]
  if (Object.keys(errors).length > 0) throw rdRefusals.fields(account.settings, errors)

  const customFields = Object.fromEntries(
    [...labels].flatMap(([slug, label]) => (body[slug] === undefined ? [] : [[label, body[slug]]])),
  )
  return { texts, customFields, ...(Array.isArray(tags) && { tags }) }
}

function readTags(value: unknown): string[] | 'wrong' | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) return 'wrong'
  const tags = value.filter(tag => typeof tag === 'string')
  return tags.length === value.length ? tags : 'wrong'
}

/** Replaces the tags and the given fields; keeps the others. */
export function applyAttributes(contact: Contact, attributes: ContactAttributes): Contact {
  Object.assign(contact.texts, attributes.texts)
  if (attributes.tags) contact.tags = attributes.tags
  contact.customFields = { ...contact.customFields, ...attributes.customFields }
  return contact
}

export const isEmail = (text: string): boolean => /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(text)
