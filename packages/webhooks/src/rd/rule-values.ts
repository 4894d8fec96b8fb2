import { convertValues, isRecord, type Message, message, type RegisteredLead, valuesAt } from '@ponte/contracts'
import { readText } from '../body/read-text.ts'
import { type LeadPlaces, readFirstAt } from './lead-places.ts'
import { readSource, type SourceInput } from './sources.ts'
import type { WantedPlace } from './wanted-keys.ts'

/** No form has more check boxes, and no salesperson reads more tags. */
const MAX_VALUES = 100

/** In UTF-16 units. TOTVS CRM accepts 255 characters, but a rule may take digits or a list out of a longer text. */
const MAX_VALUE = 4000

/**
 * The values that the tenant's rules read from a delivery, for `RegisteredLead.values`, and messages about what was left out. No values
 * when there are no rules, or no place has any. Never throws.
 */
export function readRuleValues(input: SourceInput): Pick<RegisteredLead, 'values' | 'messages'> {
  const { places } = input
  const notes: Message[] = []
  const found = places.wanted.places.flatMap(wanted => {
    const texts = textsAt(wanted, input)
    if (texts === undefined && !places.wanted.ofSend.has(wanted.place)) return []
    return [[wanted.place, bounded(texts ?? [], wanted.place, notes)] as const]
  })
  // `fromEntries` makes a member of any name, `__proto__` included.
  return {
    ...(found.length > 0 && { values: Object.fromEntries(found) }),
    ...(notes.length > 0 && { messages: notes }),
  }
}

const textsAt = (wanted: WantedPlace, input: SourceInput): readonly string[] | undefined =>
  'key' in wanted ? readFirstAt(input.places, wanted.key, textsOf) : textsOf(readSource(wanted.source, input))

/** Each text of a list, or the name of an object like API 2.0's company. Undefined when there is none. Stops at one more than are kept. */
function textsOf(value: unknown): readonly string[] | undefined {
  const texts: string[] = []
  for (const item of Array.isArray(value) ? value : [value]) {
    const text = Array.isArray(item) ? undefined : readText(isRecord(item) ? item.name : item)
    if (text !== undefined) texts.push(text)
    if (texts.length > MAX_VALUES) break
  }
  return texts.length === 0 ? undefined : texts
}

function bounded(texts: readonly string[], place: string, notes: Message[]): string[] {
  if (texts.length > MAX_VALUES) notes.push(message('rule-values-left-out', { place, count: MAX_VALUES }))
  const kept = texts.slice(0, MAX_VALUES)
  if (kept.some(text => text.length > MAX_VALUE))
    notes.push(message('rule-value-shortened', { place, limit: MAX_VALUE }))
  return kept.map(shorten)
}

/** Never cuts through the middle of a character. */
const shorten = (text: string): string =>
  text.length <= MAX_VALUE
    ? text
    : text
        .slice(0, MAX_VALUE)
        .replace(/[\ud800-\udbff]$/, '')
        .trimEnd()

/** Any instant will do. It stands for the time that the ingress writes into the job. */
const ANY_INSTANT = '2000-01-01T00:00:00.000Z'

/** Why a lead is not accepted: required values that are missing or do not fit. Never contains the values. */
export function lackingValues(places: LeadPlaces, lead: RegisteredLead): Message[] {
  const input = { lead, receivedAt: ANY_INSTANT }
  return places.wanted.required.flatMap(rule => {
    const name = rule.name ?? rule.to
    const values = rule.from.map(place => valuesAt(place, input)).find(({ length }) => length > 0)
    if (values === undefined) return message('rule-missing', { rule: name, places: rule.from })
    const converted = convertValues(values, rule)
    return 'misfit' in converted ? message('rule-misfit', { rule: name, problem: message(converted.misfit) }) : []
  })
}
