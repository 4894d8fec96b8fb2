import { foldKey } from '../body/read-text.ts'
import {
  type FieldRule,
  isOwnPlace,
  isSourceName,
  leadField,
  type LeadField,
  leadFields,
  placesOfCondition,
  placesOfRules,
  type SourceName,
  type TenantSettings,
} from '@ponte/contracts'

/** Keys of phones that may be mobile or not. */
export const anyPhone = ['phone', 'phone_lead'].map(foldKey)

type FoldedNames = ReadonlyMap<LeadField, readonly string[]>
export const ownNames = foldNames(field => leadFields[field].keys)
const ownKeys = [...ownNames.values(), anyPhone].flat()

/** What the parser looks for because of a tenant's settings. */
export interface WantedKeys {
  /** Every key that is looked for, folded. */
  readonly keys: ReadonlySet<string>
  readonly tenantNames: FoldedNames
  /** Places that the rules read and that are not fields of the lead. */
  readonly places: readonly WantedPlace[]
  /** Places for which a job also records that there is no value: a filter newer than the job must not take a missing record for that. */
  readonly ofSend: ReadonlySet<string>
  readonly required: readonly FieldRule[]
  /** Places that rules read and API 2.0 may leave out, with the member of the contact that would hold the value. */
  readonly omissible: readonly (readonly [place: string, member: string])[]
}

/** A place as the rules name it: one of the named sources, or a key. */
export type WantedPlace =
  | { readonly place: string; readonly key: string }
  | { readonly place: string; readonly source: ReadSource }

/** `receivedAt` is in the job, and the identifier is in the lead. */
export type ReadSource = Exclude<SourceName, 'receivedAt' | 'conversion.identifier'>

export type WantingSettings = Pick<TenantSettings, 'leadFields' | 'fields' | 'filters' | 'routes'>

/** docs/vendors/rd-station.md#thin-deliveries */
const omissible = [
  ['state', 'state'],
  ['company', 'company'],
  ['tags', 'tags'],
  ['legalBases', 'legal_bases'],
] as const

/** Kept by settings, which live as long as the process, because each lead is read by them. */
const known = new WeakMap<WantingSettings, WantedKeys>()

export function wantedKeysOf(settings: WantingSettings): WantedKeys {
  const before = known.get(settings)
  if (before !== undefined) return before
  const tenantNames = foldNames(field => settings.leadFields[field])
  const places = placesOfRules(settings).flatMap(wantedPlace)
  const wanted: WantedKeys = {
    keys: new Set([...ownKeys, ...[...tenantNames.values()].flat(), ...places.flatMap(keyOf)]),
    tenantNames,
    places,
    ofSend: new Set(settings.filters.send.flatMap(({ when }) => placesOfCondition(when))),
    required: settings.fields.filter(({ required }) => required),
    omissible: omissible.filter(([place]) => placesOfRules(settings).includes(place)),
  }
  known.set(settings, wanted)
  return wanted
}

function wantedPlace(place: string): WantedPlace | [] {
  if (!isSourceName(place)) return isOwnPlace(place) ? [] : { place, key: foldKey(place) }
  return place === 'receivedAt' || place === 'conversion.identifier' ? [] : { place, source: place }
}

const keyOf = (wanted: WantedPlace): string | [] => ('key' in wanted ? wanted.key : [])

function foldNames(keysOf: (field: LeadField) => readonly string[] | undefined): FoldedNames {
  const found = new Map<LeadField, readonly string[]>()
  for (const field of leadField.options) {
    const keys = keysOf(field)
    if (keys !== undefined) found.set(field, keys.map(foldKey))
  }
  return found
}
