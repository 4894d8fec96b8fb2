import type { RegisteredLead } from '../jobs/job-data.ts'
import type { Condition, LeadRules } from './lead-rules.ts'
import { isIdentityField, isLeadField, type LeadField, leadFields } from '../lead-fields.ts'
import { numberAsTyped } from '../text/number-as-typed.ts'
import { inBrasilia } from '../crm-time.ts'

/** The owner in RD Station. No rule reads this place, but a new lead needs it. */
const OWNER = 'owner'

/**
 * Places that a delivery of API 2.0 may leave out although the contact has a value, and the call that returns them. No call returns the
 * company. Any other place that a delivery lacks is empty, so there is nothing to ask (docs/vendors/rd-station.md#thin-deliveries).
 */
const tellers = {
  state: 'contact',
  tags: 'contact',
  legalBases: 'contact',
  company: 'nobody',
  [OWNER]: 'funnel',
  lifecycleStage: 'funnel',
  'score.fit': 'funnel',
  'score.interest': 'funnel',
} as const satisfies Record<string, Teller>

type Teller = 'contact' | 'funnel' | 'nobody'

/** What a delivery lacks, by the call that returns it. */
export type LackingPlaces = Readonly<Record<Teller, readonly string[]>>

export type OwnerSettings = Pick<LeadRules, 'fields' | 'filters' | 'routes' | 'ownerFromRdStation'>

/**
 * Places that the tenant's rules or the choice of the responsible user need, and of which the delivery says neither a value nor that there
 * is none. A rule under `fields` that has found a value needs no other place.
 */
export function lackingPlaces(input: RuleInput, settings: OwnerSettings): LackingPlaces {
  const { lead } = input
  const places = emptyPlaces(input, settings).filter(place => isUntold(place, input))
  const lacking =
    isOwnerUsed(settings) && lead.lacksFunnel === true && lead.ownerEmail === undefined ? [OWNER, ...places] : places
  const toldBy = (teller: Teller): readonly string[] => lacking.filter(place => tellerOf(place) === teller)
  return { contact: toldBy('contact'), funnel: toldBy('funnel'), nobody: toldBy('nobody') }
}

/** Whether neither the delivery nor RD Station has said what is at a place: no value, and not that there is none. */
export function isUntold(place: string, input: RuleInput): boolean {
  const { lacks = [], lacksFunnel = false } = input.lead
  if (valuesAt(place, input).length > 0) return false
  return tellerOf(place) === 'funnel' ? lacksFunnel : lacks.includes(place)
}

/**
 * Whether the place was never read from the delivery, because the rule that names it is newer than the event. For places that filters under
 * `send` read.
 */
export const isUnread = (place: string, { lead: { values = {} } }: RuleInput): boolean =>
  !isOwnPlace(place) && place !== 'receivedAt' && !Object.hasOwn(values, place)

/** The lead after RD Station was asked for these places. A call that returned one place has returned all that it can. */
export function toldLead(
  { lacks = [], lacksFunnel, ...lead }: RegisteredLead,
  asked: readonly string[],
): RegisteredLead {
  const tellers = new Set(asked.map(tellerOf))
  const untold = lacks.filter(place => !tellers.has(tellerOf(place)))
  return {
    ...lead,
    ...(untold.length > 0 && { lacks: untold }),
    ...(lacksFunnel === true && !tellers.has('funnel') && { lacksFunnel }),
  }
}

const tellerByPlace: ReadonlyMap<string, Teller> = new Map(Object.entries(tellers))
const tellerOf = (place: string): Teller | undefined => tellerByPlace.get(place)

const isOwnerUsed = ({ ownerFromRdStation, routes }: OwnerSettings): boolean =>
  ownerFromRdStation || routes.some(({ then }) => then.ownerFromRdStation === true)

/** The places that rules read and that are empty. */
function emptyPlaces(input: RuleInput, { fields, filters, routes }: OwnerSettings): readonly string[] {
  const isEmpty = (place: string): boolean => valuesAt(place, input).length === 0
  const ofFields = fields.filter(({ from }) => from.every(isEmpty)).flatMap(({ from }) => from)
  const conditions = [...filters.send, ...filters.skip, ...routes].map(({ when }) => when)
  return [...new Set([...ofFields, ...conditions.flatMap(placesOfCondition)])].filter(isEmpty)
}

/** A lead with what was read of it, and the places that were filled. */
export interface FilledLead {
  readonly lead: RegisteredLead
  readonly places: readonly string[]
}

/**
 * Fills the places that rules read and that the delivery does not have, and the owner. What the delivery has stays. E-mail and phones are
 * never filled, because they say who the person is.
 */
export function fillLead(input: RuleInput, found: RegisteredLead, settings: OwnerSettings): FilledLead {
  const lead = { ...input.lead }
  const values = new Map(Object.entries(lead.values ?? {}))
  const places = emptyPlaces(input, settings).filter(place => {
    const [value, ...others] =
      isLeadField(place) && isIdentityField(place) ? [] : valuesAt(place, { ...input, lead: found })
    if (value === undefined) return false
    if (isLeadField(place)) lead[place] = value
    else values.set(place, [value, ...others])
    return true
  })
  if (values.size > 0) lead.values = Object.fromEntries(values)
  if (lead.ownerEmail !== undefined || found.ownerEmail === undefined) return { lead, places }
  return { lead: { ...lead, ownerEmail: found.ownerEmail }, places: [OWNER, ...places] }
}

/** What a tenant's rules read: the lead, and when its delivery came. */
export interface RuleInput {
  readonly lead: RegisteredLead
  /** ISO 8601. */
  readonly receivedAt: string
}

/** The values at a place that the tenants file names. Empty when neither the delivery nor RD Station has any. */
export function valuesAt(place: string, { lead, receivedAt }: RuleInput): readonly string[] {
  // The day has to be the one of the people who read it. By UTC it would be tomorrow from 21:00 on.
  if (place === 'receivedAt') return [inBrasilia(receivedAt)]
  if (isOwnPlace(place)) {
    const own = place === 'conversion.identifier' ? lead.conversionIdentifier : lead[place]
    const isPhone = isLeadField(place) && leadFields[place].kind === 'phone'
    const value = own !== undefined && isPhone ? numberAsTyped(own) : own
    return value === undefined ? [] : [value]
  }
  // Tenants name the places: one may be called `constructor`.
  return lead.values !== undefined && Object.hasOwn(lead.values, place) ? (lead.values[place] ?? []) : []
}

type OwnPlace = LeadField | 'conversion.identifier'

/**
 * Whether the value of a place is a member of the lead, so that `lead.values` need not hold it. The fields of a lead were looked for under
 * all names that Ponte and the tenant know.
 */
export const isOwnPlace = (place: string): place is OwnPlace => isLeadField(place) || place === 'conversion.identifier'

/** The places that each key of a condition reads. */
const placesOfKeys = {
  identifier: ['conversion.identifier'],
  tag: ['tags'],
  state: ['state'],
  city: ['city'],
  source: ['conversion.source', 'traffic.source'],
} as const satisfies Record<Exclude<keyof Condition, 'field'>, readonly string[]>

const conditionKeys = ['identifier', 'tag', 'state', 'city', 'source'] as const satisfies (keyof typeof placesOfKeys)[]

/** One key of a condition: a value of one of these places has to fit one of these patterns. */
export interface Requirement {
  /** As the tenants file names it: a key such as `tag`, or a place under `field`. */
  readonly key: string
  readonly places: readonly string[]
  readonly patterns: readonly string[]
}

/** What a condition requires, all of it. A condition without keys requires nothing. */
export const requirementsOf = ({ field = {}, ...keys }: Condition): readonly Requirement[] => [
  ...conditionKeys.flatMap(key => {
    const patterns = keys[key]
    return patterns === undefined ? [] : [{ key, places: placesOfKeys[key], patterns }]
  }),
  ...Object.entries(field).map(([place, patterns]) => ({ key: place, places: [place], patterns })),
]

/** Every place that the rules read, as the tenants file names it, once. */
export function placesOfRules({ fields, filters, routes }: PlaceReaders): readonly string[] {
  const conditions = [...filters.send, ...filters.skip, ...routes].map(({ when }) => when)
  return [...new Set([...fields.flatMap(({ from }) => from), ...conditions.flatMap(placesOfCondition)])]
}

export type PlaceReaders = Pick<LeadRules, 'fields' | 'filters' | 'routes'>

export const placesOfCondition = (when: Condition): readonly string[] =>
  requirementsOf(when).flatMap(({ places }) => places)
