import { foldForeignText } from '../body/folded-text.ts'
import { readRecord } from '../body/parse-foreign-json.ts'
import { MAX_CHOICES, readId, readString, readText, readTexts } from '../body/read-text.ts'
import { isRecord, type RegisteredLead } from '@ponte/contracts'
import { type ConversionPlaces, formsOf, type LeadPlaces, readConversion } from './lead-places.ts'
import { readTraffic, type Traffic } from './traffic.ts'
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
