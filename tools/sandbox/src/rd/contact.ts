import { foldWord } from '@ponte/contracts'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'

export const lifecycleStage = z.enum(['Lead', 'Qualified Lead', 'Client'])

/** The text fields of a contact (docs/vendors/rd-station.md#contacts). */
export const contactTexts = [
  'name',
  'email',
  'phone',
  'job_title',
  'birthdate',
  'bio',
  'website',
  'personal_phone',
  'mobile_phone',
  'city',
  'state',
  'country',
  'twitter',
  'facebook',
  'linkedin',
] as const
export type ContactText = (typeof contactTexts)[number]

export interface Funnel {
  lifecycle_stage: z.infer<typeof lifecycleStage>
  opportunity: boolean
  contact_owner_email: string | null
  fit: number
  interest: number
}

/** A conversion or mark of a contact. */
export interface ContactEvent {
  readonly event_uuid: string
  readonly event_type: string
  readonly event_identifier: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly payload: Readonly<Record<string, unknown>>
}

export interface Contact {
  readonly uuid: string
  /** Of API 1.x. */
  readonly id: string
  readonly texts: Partial<Record<ContactText, string>>
  tags: string[]
  extraEmails: string[]
  legalBases: unknown[]
  /** Whether RD Station may send it e-mails. */
  availableForMailing: boolean
  /** Only webhooks show it. */
  company: string | null
  /** By label. */
  customFields: Record<string, unknown>
  readonly funnel: Funnel
  /** Milliseconds since 1970. */
  createdAt: number
  readonly events: ContactEvent[]
}

interface ContactsOfAccount {
  readonly contacts: Map<string, Contact>
}

let lastId = 2_967_700_000

export function createContact(
  account: ContactsOfAccount,
  texts: Contact['texts'],
  now: number,
  uuid: string = randomUUID(),
): Contact {
  lastId += 1
  const contact: Contact = {
    uuid,
    id: String(lastId),
    texts,
    tags: [],
    extraEmails: [],
    legalBases: [],
    availableForMailing: true,
    company: null,
    customFields: {},
    funnel: { lifecycle_stage: 'Lead', opportunity: false, contact_owner_email: null, fit: 0, interest: 0 },
    createdAt: now,
    events: [],
  }
  account.contacts.set(uuid, contact)
  return contact
}

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export type Identifier = 'uuid' | 'email' | 'phone'

/** Reads `uuid:…`, `email:…`, `phone:…` or a bare uuid; nothing else identifies a contact. */
export function readIdentifier(text: string): { identifier: Identifier; value: string } | undefined {
  const [, identifier, value] = /^(uuid|email|phone):(.+)$/s.exec(text) ?? []
  if (value !== undefined && (identifier === 'uuid' || identifier === 'email' || identifier === 'phone')) {
    return { identifier, value }
  }
  return uuidPattern.test(text) ? { identifier: 'uuid', value: text } : undefined
}

export function findContact(
  account: ContactsOfAccount,
  name: { identifier: Identifier; value: string },
): Contact | undefined {
  const wanted = keys[name.identifier](name.value)
  if (name.identifier === 'uuid') return account.contacts.get(wanted)
  for (const contact of account.contacts.values()) {
    const value = contact.texts[name.identifier]
    if (value !== undefined && keys[name.identifier](value) === wanted) return contact
  }
  return undefined
}

const keys: { readonly [Name in Identifier]: (value: string) => string } = {
  uuid: value => value.toLowerCase(),
  email: value => value.trim().toLowerCase(),
  phone: value => value.replace(/\D/g, ''),
}

/** The API's name of a custom field: `cf_` and the label without accents and punctuation (docs/vendors/rd-station.md#names-of-fields). */
export const slugOf = (label: string): string =>
  `cf_${foldWord(label)
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')}`

const brasilia = 3 * 3600 * 1000

/** RD Station writes times with the offset of Brasília. */
export const toBrasiliaTime = (at: number): string => new Date(at - brasilia).toISOString().replace('Z', '-03:00')
