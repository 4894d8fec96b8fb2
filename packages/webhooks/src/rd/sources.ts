import { foldForeignText, MAX_CHOICES, readId, readString, readText, readTexts } from '../body/read-text.ts'
import { readRecord, type JsonRecord, parseForeignJson } from '../body/parse-body.ts'
import { isRecord, type RegisteredLead } from '@ponte/contracts'
import { type ConversionPlaces, formsOf, type LeadPlaces, readConversion } from './lead-places.ts'
import type { ReadSource } from './wanted-keys.ts'

/** What the sources of a lead are read from. */
export interface SourceInput {
  readonly places: LeadPlaces
  /** The visit. It is read only once, because several sources use it and decoding it takes long. */
  readonly traffic: () => Traffic
}

/** The sources of one lead. Its visit is read only on demand. */
export function openSources(places: LeadPlaces): SourceInput {
  let traffic: Traffic | undefined
  return { places, traffic: () => (traffic ??= readTraffic(places.lastConversion)) }
}

/** A longer text is not the name of a source. */
const MAX_SOURCE = 100

/** Where the visit came from, for the figures. */
export function readTrafficSource({ traffic }: SourceInput): Pick<RegisteredLead, 'trafficSource'> {
  const { source } = traffic()
  return source === undefined || source.length > MAX_SOURCE ? {} : { trafficSource: source }
}

/** The names of a conversion, the best one first. */
export const identifiersOf = ({ conversion, content, originalEvent }: ConversionPlaces): string[] =>
  readTexts([
    content.identificador,
    content.conversion_identifier,
    content.event_identifier,
    originalEvent.event_identifier,
    conversion.source,
  ])

/**
 * The value that rules read under a source's name, for either webhook format: one value, a list, or undefined
 * (docs/vendors/rd-station.md#origin-of-a-lead).
 */
export const readSource = (name: ReadSource, input: SourceInput): unknown => readers[name](input)

const readers: Readonly<Record<ReadSource, (input: SourceInput) => unknown>> = {
  'conversion.source': ({ places }) => places.lastConversion.conversion.source,
  'firstConversion.identifier': ({ places }) => identifiersOf(readConversion(places.lead.first_conversion))[0],
  'firstConversion.source': ({ places }) => readConversion(places.lead.first_conversion).conversion.source,
  'traffic.source': ({ traffic }) => traffic().source,
  'traffic.medium': ({ traffic }) => traffic().medium,
  'traffic.campaign': ({ traffic }) => traffic().campaign,
  'traffic.value': ({ traffic }) => traffic().value,
  tags: ({ places }) => readTags(places),
  lifecycleStage: ({ places: { lead } }) => readStage([readRecord(lead.funnel)?.lifecycle_stage, lead.lead_stage]),
  'score.fit': ({ places: { lead } }) => firstText([readRecord(lead.funnel)?.fit, lead.fit_score]),
  'score.interest': ({ places: { lead } }) => firstText([readRecord(lead.funnel)?.interest, lead.interest]),
  legalBases: ({ places }) => readLegalBases(places),
  'contact.url': ({ places: { lead } }) => readContactUrl(lead.public_url, lead.uuid),
}

const firstText = (values: readonly unknown[]): string | undefined => readTexts(values)[0]

/** The tags of the contact. If it has none, those that came with the conversion. A text holds several, separated by commas. */
const readTags = (places: LeadPlaces): unknown =>
  [places.lead, ...formsOf(places.lastConversion)]
    .map(record => listOfTags(record?.tags))
    .find(tags => tags.some(tag => readText(tag) !== undefined))

function listOfTags(tags: unknown): readonly unknown[] {
  const list: readonly unknown[] = readString(tags)?.split(',') ?? (Array.isArray(tags) ? tags : [])
  return list.slice(0, MAX_CHOICES)
}

/** The stages as API 2.0 writes them. API 1.x writes the words of the account's screens. */
const stages: ReadonlyMap<string, string> = new Map([
  ['lead', 'Lead'],
  ['qualified lead', 'Qualified Lead'],
  ['lead qualificado', 'Qualified Lead'],
  ['client', 'Client'],
  ['cliente', 'Client'],
])

function readStage(values: readonly unknown[]): string | undefined {
  const stage = firstText(values)
  return stage === undefined ? undefined : (stages.get(foldForeignText(stage).replaceAll('_', ' ')) ?? stage)
}

/** Each one as `consent: granted`. */
export function readLegalBases({ lead, lastConversion }: LeadPlaces): readonly string[] {
  const lists = [lead, ...formsOf(lastConversion)].map(record => record?.legal_bases).filter(Array.isArray)
  return lists.map(list => list.slice(0, MAX_CHOICES).flatMap(readLegalBase)).find(texts => texts.length > 0) ?? []
}

function readLegalBase(value: unknown): string | [] {
  if (!isRecord(value)) return []
  const [type, status] = [readText(value.type), readText(value.status)]
  if (type === undefined) return []
  return status === undefined ? type : `${type}: ${status}`
}

function readContactUrl(publicUrl: unknown, uuid: unknown): string | undefined {
  const text = readText(publicUrl)
  if (text !== undefined && /^https?:\/\//i.test(text) && URL.canParse(text)) return text
  const id = readId(uuid)
  return id === undefined ? undefined : `https://app.rdstation.com.br/leads/public/${id}`
}

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
