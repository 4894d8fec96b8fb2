import { type Message, message, usablePhoneDigits, type RegisteredLead, type TenantSettings } from '@ponte/contracts'
import { companyName, type LeadPlaces, phonesOfAnyKind, valuesOf } from './lead-places.ts'
import { readId, readInstant, readText } from '../body/read-text.ts'

/** What the body says about the conversion, without the person. */
export interface Conversion {
  readonly identifier: string | undefined
  /** The places where its time may be, the best one first. */
  readonly times: readonly unknown[]
  readonly owner: unknown
}

interface Options {
  readonly conversion: Conversion
  readonly leadFields: TenantSettings['leadFields']
}

const MAX_EMAIL_LENGTH = 255

/**
 * Dot-atoms of ASCII at a host name with a dot: the syntax that no mail system refuses. Each character can be matched in one way only,
 * so a text that is no address takes no longer than one that is.
 */
const emailAddress =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:-*[a-z0-9])*\.)+[a-z](?:-*[a-z0-9])+$/

const plainFields = ['name', 'company', 'jobTitle', 'city', 'state', 'website', 'facebook', 'linkedin'] as const

/** Reads the person and the conversion out of a lead of either webhook format (docs/behaviour.md#lead-fields). Never throws. */
export function readLead(places: LeadPlaces, { conversion, leadFields }: Options): RegisteredLead {
  const lead: RegisteredLead = { notes: [] }
  const notes: Message[] = []
  const uuid = readId(places.lead.uuid)
  if (uuid !== undefined) lead.uuid = uuid
  else if (readText(places.lead.uuid) !== undefined) notes.push(message('uuid-not-an-id'))

  const addresses = valuesOf(places, 'email', leadFields)
  const email = readEmail([...addresses.top, ...addresses.further], notes)
  if (email !== undefined) lead.email = email

  for (const field of plainFields) {
    const { top, further } = valuesOf(places, field, leadFields)
    const values = [...top, ...further]
    const text = firstText(field === 'company' ? values.map(companyName) : values)
    if (text !== undefined) lead[field] = text
  }
  Object.assign(lead, readPhones(places, leadFields))

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

/** Whether a text in lower case is an e-mail that TOTVS CRM takes: at most 255 characters, of a syntax that no mail system refuses. */
export const isEmailAddress = (text: string): boolean => text.length <= MAX_EMAIL_LENGTH && emailAddress.test(text)

function readEmail(values: readonly unknown[], notes: Message[]): string | undefined {
  for (const value of values) {
    // Addresses that were copied from a page bring invisible characters along.
    const email = readText(value)
      ?.replace(/\p{Cf}+/gu, '')
      .toLowerCase()
    if (!email) continue
    if (isEmailAddress(email)) return email
    const isLong = email.length > MAX_EMAIL_LENGTH
    const note = isLong ? message('email-too-long') : message('email-invalid')
    if (!notes.some(({ key }) => key === note.key)) notes.push(note)
  }
  return undefined
}

/**
 * RD's newer key `phone` is the mobile phone when there is no `mobile_phone`, else the main one when there is no
 * `personal_phone` (docs/vendors/rd-station.md#phones). A phone of a form that does not say which kind
 * it is (`phone_lead`) serves when there is no other.
 */
function readPhones(
  places: LeadPlaces,
  leadFields: TenantSettings['leadFields'],
): Pick<RegisteredLead, 'phone' | 'mobilePhone'> {
  const mobile = valuesOf(places, 'mobilePhone', leadFields)
  const main = valuesOf(places, 'phone', leadFields)
  const any = phonesOfAnyKind(places)
  const newer = firstPhone(any.top)

  const ownMobile = firstPhone(mobile.top)
  const mobilePhone = firstPhone([ownMobile, newer, ...mobile.further])
  const newerIsMobile = newer !== undefined && !isUsablePhone(ownMobile) && mobilePhone === newer
  const phone = firstPhone([...main.top, newerIsMobile ? undefined : newer, ...main.further])
  const last = mobilePhone === undefined && phone === undefined ? firstPhone(any.further) : mobilePhone
  return { ...(last !== undefined && { mobilePhone: last }), ...(phone !== undefined && { phone }) }
}

/** The first that can be dialled, else the first text. */
function firstPhone(values: readonly unknown[]): string | undefined {
  const texts = values.flatMap(value => readText(value) ?? [])
  return texts.find(isUsablePhone) ?? texts[0]
}

const isUsablePhone = (phone: string | undefined): boolean =>
  phone !== undefined && usablePhoneDigits(phone) !== undefined

function firstText(values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const text = readText(value)
    if (text !== undefined) return text
  }
  return undefined
}

function firstInstant(values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const instant = readInstant(value)
    if (instant !== undefined) return instant
  }
  return undefined
}
