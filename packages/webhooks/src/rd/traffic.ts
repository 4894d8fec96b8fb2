import { type JsonRecord, parseForeignJson, readRecord } from '../body/parse-foreign-json.ts'
import { readString, readText } from '../body/read-text.ts'
import { isRecord } from '@ponte/contracts'
import { type ConversionPlaces, formsOf } from './lead-places.ts'

/** The visit that led to a conversion. */
export type Traffic = Readonly<Partial<Record<TrafficMember, string>>>

const members = ['source', 'medium', 'campaign', 'value'] as const
export type TrafficMember = (typeof members)[number]

/** UTM parameters of a visit. `utm_content` has no counterpart in RD Station. */
const parameters = { source: 'utm_source', medium: 'utm_medium', campaign: 'utm_campaign', value: 'utm_term' } as const

/** Members that the API accepts beside `traffic_source` when an integration sends a conversion. */
const siblings = { medium: 'traffic_medium', campaign: 'traffic_campaign', value: 'traffic_value' } as const

/** RD Station's words for "unknown", which a salesperson need not read. `(direct)` is a known source. */
const isUnknown = (text: string): boolean => /^(?:\(not set\)|\(none\)|unknown)$/i.test(text)

/** In UTF-16 units: four times what browsers keep in a cookie. */
const MAX_TRAFFIC_SOURCE = 16 * 1024

/**
 * The visit of a conversion (docs/vendors/rd-station.md#origin-of-a-lead): as RD Station has interpreted it, else as its script noted it in
 * the browser, else from the parameters of the page. The first of these with any value counts as a whole, so that two visits are never
 * mixed. Never throws.
 */
export function readTraffic(places: ConversionPlaces): Traffic {
  const origin = readRecord(places.conversion.conversion_origin)
  const forms = formsOf(places).filter(form => form !== undefined)
  const candidates = [
    () => (origin === undefined ? {} : pick(member => origin[member])),
    ...forms.map(form => () => fromTrafficSource(form)),
    ...forms.map(form => () => fromQueryParameters(readRecord(form.query_params))),
  ]
  for (const read of candidates) {
    const traffic = read()
    if (Object.keys(traffic).length > 0) return traffic
  }
  return {}
}

/** The members that have a value other than "unknown". */
function pick(valueOf: (member: TrafficMember) => unknown): Traffic {
  return Object.fromEntries(
    members.flatMap(member => {
      const text = readText(valueOf(member))
      return text === undefined || isUnknown(text) ? [] : [[member, text] as const]
    }),
  )
}

const fromQueryParameters = (query: JsonRecord | undefined): Traffic =>
  query === undefined ? {} : pick(member => query[parameters[member]])

/**
 * Reads a query or an address, the JSON that RD Station's script keeps in a cookie (perhaps encoded), or the name that an integration sent.
 */
function fromTrafficSource(form: JsonRecord): Traffic {
  const text = readString(form.traffic_source, MAX_TRAFFIC_SOURCE + 1)
  if (text === undefined || text.length > MAX_TRAFFIC_SOURCE) return {}
  const session = sessionIn(text.trim())
  if (session !== undefined) return fromVisit(session)
  if (/[=/?&]|^encoded_|^\s*\{/.test(text)) return fromVisit(text)
  return pick(member => (member === 'source' ? text : form[siblings[member]]))
}

/** The current session of `{"first_session","current_session"}`. The text may be `encoded_` followed by base64, perhaps without padding. */
function sessionIn(text: string): string | undefined {
  const json = text.startsWith(ENCODED) ? Buffer.from(base64Of(text), 'base64').toString('utf8') : text
  if (!json.startsWith('{')) return undefined
  const parsed = parseForeignJson(json, 'traffic_source')
  if (!parsed.ok || !isRecord(parsed.value)) return undefined
  return readText(readRecord(parsed.value.current_session)?.value) ?? ''
}

const ENCODED = 'encoded_'

/** The base64 part. A form turns a plus into a space. What follows the first `=` is padding, which may be written as `%3D`. */
const base64Of = (text: string): string => text.slice(ENCODED.length).replaceAll(' ', '+').split(/[=%]/, 1)[0] ?? ''

/** The UTM parameters of a query or an address. The id of a click (`gclid`) does not name a source. */
function fromVisit(visit: string): Traffic {
  const [query = ''] = (/^[a-z]+:\/\//i.test(visit) ? visit.slice(visit.indexOf('?') + 1) : visit).split('#')
  const found = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(query)) {
    const key = name.toLowerCase()
    if (!found.has(key)) found.set(key, value)
  }
  return pick(member => found.get(parameters[member]))
}
