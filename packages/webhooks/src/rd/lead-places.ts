import { foldKey } from '../body/read-text.ts'
import { type JsonRecord, readRecord } from '../body/parse-body.ts'
import { isRecord, type LeadField, leadFields } from '@ponte/contracts'
import { anyPhone, ownNames, type WantedKeys } from './wanted-keys.ts'

/** The most fields of a lead, of its conversion or of a form's answers, because each is folded and compared. Real accounts have fewer. */
export const MAX_FIELDS = 2000

const ORIGINAL_EVENT = '__cdp__original_event'

/** Values by folded key, only for keys that are looked for. Several keys may fold to one: a body can hold `Nome` and `nome`. */
type Index = Map<string, unknown[]>

/** The places of one lead where values are looked for, in this order (docs/behaviour/leads.md#lead-fields). */
export interface LeadPlaces {
  readonly lead: JsonRecord
  readonly lastConversion: ConversionPlaces
  readonly top: Index
  readonly answers: readonly Index[]
  /** The answers, then the custom fields. */
  readonly further: readonly Index[]
  readonly wanted: WantedKeys
}

/** A conversion of API 1.x. A missing part is an empty record. */
export interface ConversionPlaces {
  readonly conversion: JsonRecord
  readonly content: JsonRecord
  readonly originalEvent: JsonRecord
}

export function readConversion(value: unknown): ConversionPlaces {
  const conversion = readRecord(value) ?? {}
  const content = readRecord(conversion.content) ?? {}
  return { conversion, content, originalEvent: readRecord(content[ORIGINAL_EVENT]) ?? {} }
}

/** What a form or an integration sent with a conversion, in the order in which values are looked for. */
export function formsOf({ content, originalEvent }: ConversionPlaces): readonly (JsonRecord | undefined)[] {
  const payload = readRecord(originalEvent.payload) ?? {}
  return [content, readRecord(content.conversion_payload), payload, readRecord(payload.conversion_payload)]
}

/**
 * Finds the places of a lead of API 1.x or a contact of API 2.0. Answers of a form may be in the content itself, in `conversion_payload`
 * (JSON inside a string) or only in the payload of the original event (docs/vendors/rd-station.md#answers-of-forms). Custom fields are in
 * `custom_fields` or in keys that start with `cf_`. Undefined when one of these has more than MAX_FIELDS fields.
 */
export function findPlaces(lead: JsonRecord, wanted: WantedKeys): LeadPlaces | undefined {
  const lastConversion = readConversion(lead.last_conversion)
  const custom = readRecord(lead.custom_fields) ?? {}
  const forms = formsOf(lastConversion)
  if ([lead, lastConversion.conversion, custom, ...forms].some(isWide)) return undefined

  const top: Index = new Map()
  const customIndex: Index = new Map()
  addMembers(custom, wanted.keys, () => customIndex)
  addMembers(lead, wanted.keys, key => (isCustomKey(key) ? customIndex : top))
  const answers = forms.map(form => {
    const index: Index = new Map()
    if (form !== undefined) addMembers(form, wanted.keys, () => index)
    return index
  })
  const further = [...answers, customIndex].filter(({ size }) => size > 0)
  return { lead, lastConversion, top, answers, further, wanted }
}

const isWide = (record: JsonRecord | undefined): boolean =>
  record !== undefined && Object.keys(record).length > MAX_FIELDS

const isCustomKey = (key: string): boolean => /^cf_/i.test(key)

function addMembers(record: JsonRecord, wanted: ReadonlySet<string>, indexOf: (key: string) => Index): void {
  for (const key of Object.keys(record)) {
    const name = foldKey(key)
    if (!wanted.has(name)) continue
    const index = indexOf(key)
    const values = index.get(name)
    if (values) values.push(record[key])
    else index.set(name, [record[key]])
  }
}

/**
 * The first value of a field for which `read` returns a result. The top comes first, then the answers of the last conversion and the custom
 * fields: under Ponte's names, then under the tenant's.
 */
export const readFirst = <Value>(places: LeadPlaces, field: LeadField, read: Read<Value>): Value | undefined =>
  readUnder([places.top], ownNames.get(field), read) ??
  readUnder(places.further, ownNames.get(field), read) ??
  readUnder(places.further, places.wanted.tenantNames.get(field), read)

/** Like `readFirst`, for one folded key. */
export const readFirstAt = <Value>(places: LeadPlaces, key: string, read: Read<Value>): Value | undefined =>
  readUnder([places.top], [key], read) ?? readUnder(places.further, [key], read)

type Read<Value> = (value: unknown) => Value | undefined

function readUnder<Value>(
  indexes: readonly Index[],
  keys: readonly string[] | undefined,
  read: Read<Value>,
): Value | undefined {
  if (keys === undefined) return undefined
  for (const index of indexes) {
    for (const key of keys) {
      const values = index.get(key)
      if (values === undefined) continue
      for (const value of values) {
        const result = read(value)
        if (result !== undefined) return result
      }
    }
  }
  return undefined
}

export interface FieldValues {
  readonly top: readonly unknown[]
  readonly further: readonly unknown[]
}

/** All values of a phone, in the order of `readFirst`. */
export const valuesOfPhone = (places: LeadPlaces, field: 'phone' | 'mobilePhone'): FieldValues => ({
  top: valuesUnder([places.top], ownNames.get(field)),
  further: [
    ...valuesUnder(places.further, ownNames.get(field)),
    ...valuesUnder(places.further, places.wanted.tenantNames.get(field)),
  ],
})

/** Phones that may be mobile or not: those under RD's newer key `phone`, and those of the last conversion. */
export const phonesOfAnyKind = (places: LeadPlaces): FieldValues => ({
  top: valuesUnder([places.top], anyPhone),
  further: valuesUnder(places.answers, anyPhone),
})

function valuesUnder(indexes: readonly Index[], keys: readonly string[] | undefined): readonly unknown[] {
  const found: unknown[] = []
  readUnder(indexes, keys, value => void found.push(value))
  return found
}

/** Whether an object has a key that only a lead has, because bodies without the envelope `leads` exist. */
export const looksLikeLead = (body: JsonRecord): boolean =>
  Object.keys(body)
    .slice(0, MAX_FIELDS)
    .some(key => leadKeys.has(foldKey(key)))

const leadKeys = new Set([
  ...[...leadFields.email.keys, ...leadFields.mobilePhone.keys, ...leadFields.phone.keys].map(foldKey),
  ...anyPhone,
  ...['first_conversion', 'last_conversion', 'number_conversions', 'lead_stage'].map(foldKey),
])

/** API 2.0 has a company as `{name}`, API 1.x as text. */
export const companyName = (value: unknown): unknown => (isRecord(value) ? value.name : value)
