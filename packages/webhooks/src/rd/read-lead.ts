import {
  type IdentityField,
  isIdentityField,
  leadField,
  type Message,
  message,
  textOfNumber,
  usablePhoneDigits,
  type RegisteredLead,
  isRecord,
} from '@ponte/contracts'
import { companyName, type LeadPlaces, phonesOfAnyKind, readFirst, valuesOfPhone, findPlaces } from './lead-places.ts'
import { readId, readInstant, readText, readTexts } from '../body/read-text.ts'
import { type JsonRecord, readRecord } from '../body/parse-body.ts'
import { readRuleValues } from './rule-values.ts'
import { openSources } from './sources.ts'
import { wantedKeysOf, type WantingSettings } from './wanted-keys.ts'

/** What the body says about the conversion, apart from the person. */
export interface Conversion {
  readonly identifier: string | undefined
  /** The values that may be its time, the best one first. */
  readonly times: readonly unknown[]
  readonly owner: unknown
}

const MAX_EMAIL_LENGTH = 255

/**
 * Dot-atoms of ASCII at a host name with a dot: the syntax that every mail system accepts. Each character can be matched in only one way,
 * so a text that is no address takes no longer than one that is.
 */
const emailAddress =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:-*[a-z0-9])*\.)+[a-z](?:-*[a-z0-9])+$/

/** Reads the person and the conversion out of a lead of either webhook format (docs/behaviour/leads.md#lead-fields). Never throws. */
export function readLead(places: LeadPlaces, conversion: Conversion): RegisteredLead {
  const lead: RegisteredLead = {}
  const notes: Message[] = []
  const uuid = readId(places.lead.uuid)
  if (uuid !== undefined) lead.uuid = uuid
  else if (readText(places.lead.uuid) !== undefined) notes.push(message('uuid-not-an-id'))

  const { mobilePhone, phone } = readPhones(places)
  const identities: Readonly<Record<IdentityField, string | undefined>> = {
    email: readFirst(places, 'email', value => readEmail(value, notes)),
    mobilePhone: mobilePhone?.text,
    phone: phone?.text,
  }
  for (const field of leadField.options) {
    const text = isIdentityField(field)
      ? identities[field]
      : readFirst(places, field, field === 'company' ? readCompany : readText)
    if (text !== undefined) lead[field] = text
  }

  const owner = readText(conversion.owner)?.toLowerCase()
  if (owner !== undefined) {
    if (isEmailAddress(owner)) lead.ownerEmail = owner
    else notes.push(message('owner-email-invalid'))
  }
  if (conversion.identifier !== undefined) lead.conversionIdentifier = conversion.identifier
  const convertedAt = firstInstant(conversion.times)
  if (convertedAt !== undefined) lead.convertedAt = convertedAt
  const contactCreatedAt = readInstant(places.lead.created_at)
  if (contactCreatedAt !== undefined) lead.contactCreatedAt = contactCreatedAt
  if (notes.length > 0) lead.messages = notes
  return lead
}

/** Whether a text in lower case is an e-mail that TOTVS CRM accepts: at most 255 characters, in a syntax that every mail system accepts. */
export const isEmailAddress = (text: string): boolean => text.length <= MAX_EMAIL_LENGTH && emailAddress.test(text)

const readCompany = (value: unknown): string | undefined => readText(companyName(value))

function readEmail(value: unknown, notes: Message[]): string | undefined {
  // Addresses copied from a page may contain invisible characters.
  const email = readText(value)
    ?.replace(/\p{Cf}+/gu, '')
    .toLowerCase()
  if (!email) return undefined
  if (isEmailAddress(email)) return email
  const note = email.length > MAX_EMAIL_LENGTH ? message('email-too-long') : message('email-invalid')
  if (!notes.some(({ key }) => key === note.key)) notes.push(note)
  return undefined
}

/**
 * RD's newer key `phone` is the mobile phone when there is no `mobile_phone`, else the main one when there is no `personal_phone`
 * (docs/vendors/rd-station.md#phones). A form's phone of unknown kind (`phone_lead`) is used when there is no other.
 */
function readPhones(places: LeadPlaces): Record<'mobilePhone' | 'phone', Phone | undefined> {
  const mobile = valuesOfPhone(places, 'mobilePhone')
  const main = valuesOfPhone(places, 'phone')
  const any = phonesOfAnyKind(places)
  const newer = bestOf(phonesIn(any.top))

  const ownMobile = bestOf(phonesIn(mobile.top))
  const mobilePhone = bestOf([ownMobile, newer, ...phonesIn(mobile.further)])
  const newerIsMobile = newer !== undefined && ownMobile?.isUsable !== true && mobilePhone?.text === newer.text
  const phone = bestOf([...phonesIn(main.top), newerIsMobile ? undefined : newer, ...phonesIn(main.further)])
  const isMissing = mobilePhone === undefined && phone === undefined
  return { mobilePhone: isMissing ? bestOf(phonesIn(any.further)) : mobilePhone, phone }
}

interface Phone {
  readonly text: string
  /** It can be dialled. */
  readonly isUsable: boolean
}

/** A phone that came as a number, not as a text, may have lost its digits. */
const asText = (value: unknown): unknown => (typeof value === 'number' ? textOfNumber(value) : value)

const phonesIn = (values: readonly unknown[]): readonly Phone[] =>
  readTexts(values.map(value => (Array.isArray(value) ? value.map(asText) : asText(value)))).map(text => ({
    text,
    isUsable: usablePhoneDigits(text) !== undefined,
  }))

/** The first phone that can be dialled, else the first of all. */
const bestOf = (phones: readonly (Phone | undefined)[]): Phone | undefined =>
  phones.find(phone => phone?.isUsable) ?? phones.find(phone => phone !== undefined)

function firstInstant(values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const instant = readInstant(value)
    if (instant !== undefined) return instant
  }
  return undefined
}

/**
 * A contact from RD Station's API, with its funnel if that was asked for. It is read like a delivery of API 2.0, so that a place means the
 * same in both. `messages` are about values that rules read. Undefined when it is not an object, or has too many fields. Never throws.
 */
export function readContact(
  { contact = {}, funnel }: { readonly contact?: unknown; readonly funnel?: unknown },
  settings: WantingSettings,
): RegisteredLead | undefined {
  if (!isRecord(contact)) return undefined
  const whole = { ...contact, ...(funnel !== undefined && { funnel }) }
  const places = findPlaces(whole, wantedKeysOf(settings))
  if (places === undefined) return undefined
  const { messages: _ofThePerson, ...lead } = readLead(places, {
    identifier: undefined,
    times: [],
    owner: ownerOf(whole),
  })
  return { ...lead, ...readRuleValues(openSources(places)) }
}

/** The owner of a contact of API 2.0. */
export const ownerOf = (contact: JsonRecord): unknown => readRecord(contact.funnel)?.contact_owner_email

/** The places that rules read and about which a delivery of API 2.0 says nothing: `lacksFunnel` and `lacks` of the lead. */
export function readLacking({ lead: contact, wanted }: LeadPlaces): Pick<RegisteredLead, 'lacks' | 'lacksFunnel'> {
  const lacks = wanted.omissible.filter(([, member]) => !Object.hasOwn(contact, member)).map(([place]) => place)
  return {
    ...(lacks.length > 0 && { lacks }),
    ...(readRecord(contact.funnel) === undefined && { lacksFunnel: true }),
  }
}
