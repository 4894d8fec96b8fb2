import { type CrmLead, type LeadField, type Message, type RegisteredLead } from '@ponte/contracts'
import { displayNameOf, readCrmLeadValues, samePhone } from '@ponte/mappers'
import type { PreviewRow, RowOutcome } from './lead-preview.ts'
import { asText, type RowContext } from './row-context.ts'

/** A value that Ponte itself carries: where it comes from, where it goes, and where a lead of TOTVS CRM has it. */
interface StandardValue {
  readonly place: LeadField | 'uuid'
  readonly member: string
  readonly current: (existing: CrmLead, context: RowContext) => readonly unknown[]
}

const own = (member: string) => (existing: CrmLead) => [existing[member]]
const phonesOf = ({ phones }: CrmLead) => phones.map(({ number }) => number)
/** The first address of the type is RD Station's. */
const addressOf =
  (member: 'cityName' | 'stateName') =>
  ({ addresses }: CrmLead, { settings }: RowContext) => [
    addresses.find(each => each.addressType?.id === settings.variables.totvs_crm_addresstypeid)?.[member],
  ]

const standardValues: readonly StandardValue[] = [
  { place: 'name', member: 'name', current: own('name') },
  { place: 'company', member: 'tradingName', current: own('tradingName') },
  { place: 'jobTitle', member: 'jobTitle', current: own('jobTitle') },
  { place: 'email', member: 'emails', current: ({ emails }) => emails.map(({ email }) => email) },
  { place: 'phone', member: 'phones', current: phonesOf },
  { place: 'mobilePhone', member: 'phones', current: phonesOf },
  { place: 'city', member: 'addresses', current: addressOf('cityName') },
  { place: 'state', member: 'addresses', current: addressOf('stateName') },
  { place: 'website', member: 'website', current: own('website') },
  { place: 'facebook', member: 'facebook', current: own('facebook') },
  { place: 'linkedin', member: 'linkedin', current: own('linkedin') },
  { place: 'uuid', member: 'externalId', current: own('externalId') },
]

/** What becomes of the eleven fields and of the contact's uuid. */
export function standardRows(context: RowContext): readonly PreviewRow[] {
  const { lead } = context.input
  const { values, notes } = readCrmLeadValues(lead)
  return standardValues.map(standard => {
    const isName = standard.place === 'name'
    // A new lead without a name takes its e-mail or phone.
    const value =
      isName && context.found === 'new'
        ? displayNameOf(values)
        : values[standard.place === 'uuid' ? 'externalId' : standard.place]
    const place = isName && value !== undefined && lead.name === undefined ? placeOfName(lead) : standard.place
    const given = lead[place]
    const existing = typeof context.found === 'object' ? context.found : undefined
    const currents = existing === undefined ? [] : standard.current(existing, context)
    const note = noteOn(standard, [...notes, ...context.changeNotes])
    const kept = context.keptNote(standard.member)
    const outcome = outcomeOf(standard, { value, note, isKept: kept !== undefined, currents }, context)
    return {
      places: [standard.place],
      place: given === undefined ? undefined : place,
      values: given === undefined ? [] : [given],
      rule: undefined,
      target: `lead.${standard.member}`,
      value: outcome === 'left-out' ? undefined : value,
      current: asText(currents.filter(each => each !== undefined && each !== null)),
      outcome,
      note: outcome === 'kept' ? (kept ?? note) : note,
    }
  })
}

const placeOfName = ({ email, phone }: RegisteredLead): 'email' | 'phone' | 'mobilePhone' =>
  email !== undefined ? 'email' : phone !== undefined ? 'phone' : 'mobilePhone'

interface Observed {
  readonly value: string | undefined
  readonly note: Message | undefined
  readonly isKept: boolean
  readonly currents: readonly unknown[]
}

function outcomeOf(
  standard: StandardValue,
  { value, note, isKept, currents }: Observed,
  context: RowContext,
): RowOutcome {
  if (note !== undefined && leavesOut.has(note.key)) return 'left-out'
  if (value === undefined) return 'no-value'
  if (Object.hasOwn(context.byRule.lead.members, standard.member)) return 'overruled'
  const written: RowOutcome = note?.key === 'field-cut' ? 'cut' : 'written'
  if (context.found === 'new') return written
  if (context.found === 'unknown') return 'unknown'
  if (note?.key === 'external-id-kept' || note?.key === 'list-kept') return 'kept'
  const isThere = currents.some(current => typeof current === 'string' && isThereAs(standard.place, current, value))
  // An e-mail that is there may have to become the standard one.
  const differs = standard.member === 'emails' ? context.changes.has('emails') || isKept : !isThere
  if (!differs) return 'same'
  if (isKept) return isThere ? 'same' : 'kept'
  return context.changes.has(standard.member) ? written : 'same'
}

const leavesOut: ReadonlySet<string> = new Set(['field-too-long', 'field-not-a-phone', 'external-id-left-out'])

function isThereAs(place: StandardValue['place'], current: string, value: string): boolean {
  if (place === 'city' || place === 'state') return current === value
  if (place === 'email') return current.trim().toLowerCase() === value.toLowerCase()
  const isPhone = place === 'phone' || place === 'mobilePhone'
  return current.trim() === value.trim() || (isPhone && samePhone(current, value))
}

/** The mapper's note on a field. */
function noteOn({ place, member }: StandardValue, notes: readonly Message[]): Message | undefined {
  if (place === 'uuid') return notes.find(({ key }) => key.startsWith('external-id-'))
  return notes.find(({ values }) => values?.['field'] === place || values?.['member'] === member)
}

/** What a new lead gets of the tenant's variables. */
export function variableRows({ found, settings: { variables }, byRule }: RowContext): readonly PreviewRow[] {
  if (found !== 'new') return []
  return (
    [
      ['leadSituationId', 'totvs_crm_leadsituationid'],
      ['leadOriginId', 'totvs_crm_leadoriginid'],
    ] as const
  ).map(([member, variable]) => ({
    places: [variable],
    place: variable,
    values: [],
    rule: undefined,
    target: `lead.${member}`,
    value: variables[variable],
    current: undefined,
    outcome: Object.hasOwn(byRule.lead.members, member) ? 'overruled' : 'written',
    note: undefined,
  }))
}
