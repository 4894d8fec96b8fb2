import { foldKey } from '../body/folded-text.ts'
import { type JsonRecord, readRecord } from '../body/parse-foreign-json.ts'
import { type LeadField, type TenantSettings, isRecord } from '@ponte/contracts'

/** The keys under which RD Station, its forms and its users put a field. Order matters; compared by `foldKey`. */
const names: Readonly<Record<LeadField, readonly string[]>> = {
  city: ['city', 'cidade'],
  company: ['company', 'empresa', 'company name', 'nome da empresa'],
  email: ['email', 'email_lead'],
  facebook: ['facebook'],
  jobTitle: ['job_title', 'cargo'],
  linkedin: ['linkedin'],
  mobilePhone: ['mobile_phone', 'celular', 'telefone celular'],
  name: ['name', 'nome', 'nome completo'],
  phone: ['personal_phone', 'telefone', 'telefone fixo'],
  state: ['state', 'estado', 'uf'],
  website: ['website', 'site'],
}

/** The most fields of a lead, of its conversion or of a form's answers: each is folded and compared. No account has as many. */
export const MOST_FIELDS = 2000

const ORIGINAL_EVENT = '__cdp__original_event'

/** Keys of a phone that may be a mobile one or not. */
const anyPhone = ['phone', 'phone_lead']

/** Values by folded key. Several keys may fold to one: a body can hold `Nome` and `nome`. */
type Index = ReadonlyMap<string, readonly unknown[]>

/** The places of one lead where values are looked for, in this order (docs/behaviour.md#lead-fields). */
export interface LeadPlaces {
  readonly lead: JsonRecord
  readonly lastConversion: JsonRecord
  readonly content: JsonRecord
  readonly originalEvent: JsonRecord
  readonly top: Index
  readonly answers: readonly Index[]
  readonly custom: Index
}

/**
 * Finds the places of a lead of API 1.x or a contact of API 2.0. Answers of a form may stand in the content itself,
 * in `conversion_payload` (JSON inside a string) or only in the payload of the original event
 * (docs/vendors/rd-station.md#answers-of-forms); custom fields in `custom_fields` or in keys that start with `cf_`.
 * Undefined when one of these has more than MOST_FIELDS fields.
 */
export function findPlaces(lead: JsonRecord): LeadPlaces | undefined {
  const lastConversion = readRecord(lead.last_conversion) ?? {}
  const content = readRecord(lastConversion.content) ?? {}
  const originalEvent = readRecord(content[ORIGINAL_EVENT]) ?? {}
  const payload = readRecord(originalEvent.payload) ?? {}
  const answers = [content, readRecord(content.conversion_payload), payload, readRecord(payload.conversion_payload)]
  const custom = readRecord(lead.custom_fields)
  const records = [lead, lastConversion, ...answers, custom]
  const isWide = records.some(record => record !== undefined && Object.keys(record).length > MOST_FIELDS)
  if (isWide) return undefined
  const entries = Object.entries(lead)
  const isCustom = (key: string): boolean => /^cf_/i.test(key)
  return {
    lead,
    lastConversion,
    content,
    originalEvent,
    top: indexOf(entries.filter(([key]) => !isCustom(key))),
    answers: answers.flatMap(record => (record ? indexOf(Object.entries(record)) : [])),
    custom: indexOf([...Object.entries(custom ?? {}), ...entries.filter(([key]) => isCustom(key))]),
  }
}

export interface FieldPlaces {
  readonly top: readonly unknown[]
  /** The answers of the last conversion, then the custom fields, under Ponte's names; then both again under the tenant's. */
  readonly further: readonly unknown[]
}

/** The values of a field in all its places, the one that counts first; absent values included. */
export function valuesOf(places: LeadPlaces, field: LeadField, leadFields: TenantSettings['leadFields']): FieldPlaces {
  const below = [...places.answers, places.custom]
  const extra = leadFields[field] ?? []
  return {
    top: valuesUnder([places.top], names[field]),
    further: [...valuesUnder(below, names[field]), ...valuesUnder(below, extra)],
  }
}

/** Phones that may be of either kind: RD's newer key `phone`, and those of the last conversion. */
export const phonesOfAnyKind = (places: LeadPlaces): FieldPlaces => ({
  top: valuesUnder([places.top], anyPhone),
  further: valuesUnder(places.answers, anyPhone),
})

/** Whether an object has anything that only a lead has: bodies without the envelope `leads` exist. */
export function looksLikeLead(body: JsonRecord): boolean {
  const keys = new Set(Object.keys(body).slice(0, MOST_FIELDS).map(foldKey))
  return leadKeys.some(key => keys.has(key))
}

const leadKeys = [
  ...names.email,
  ...names.mobilePhone,
  ...names.phone,
  ...anyPhone,
  'first_conversion',
  'last_conversion',
  'number_conversions',
  'lead_stage',
].map(foldKey)

function valuesUnder(indexes: readonly Index[], keys: readonly string[]): unknown[] {
  return indexes.flatMap(index => keys.flatMap(key => index.get(foldKey(key)) ?? []))
}

function indexOf(entries: readonly (readonly [string, unknown])[]): Index {
  const index = new Map<string, unknown[]>()
  for (const [key, value] of entries) {
    const folded = foldKey(key)
    const values = index.get(folded)
    if (values) values.push(value)
    else index.set(folded, [value])
  }
  return index
}

/** API 2.0 has a company as `{name}`, API 1.x as text. */
export const companyName = (value: unknown): unknown => (isRecord(value) ? value.name : value)
