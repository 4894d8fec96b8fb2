import { isRecord, type RegisteredLead } from '@ponte/contracts'
import { type JsonRecord, readRecord } from '../body/parse-foreign-json.ts'
import { findPlaces, type LeadPlaces } from './lead-places.ts'
import { readLead } from './read-lead.ts'
import { readRuleValues } from './rule-values.ts'
import { openSources } from './sources.ts'
import { wantedKeysOf, type WantingSettings } from './wanted-keys.ts'

/**
 * A contact from RD Station's API, with its funnel if that was asked for. It is read like a delivery of API 2.0, so that a place means the
 * same in both. `messages` are about values that rules read. Undefined when it is not an object, or has too many fields. Never throws.
 */
export function readContact(
  { contact = {}, funnel }: { readonly contact?: unknown; readonly funnel?: unknown },
  settings: WantingSettings,
): RegisteredLead | undefined {
  if (!isRecord(contact)) return undefined
  const whole = { ...contact, ...(funnel !== undefined && { funnel }) }
  const places = findPlaces(whole, wantedKeysOf(settings))
  if (places === undefined) return undefined
  const { messages: _ofThePerson, ...lead } = readLead(places, {
    identifier: undefined,
    times: [],
    owner: ownerOf(whole),
  })
  return { ...lead, ...readRuleValues(openSources(places)) }
}

/** The owner of a contact of API 2.0. */
export const ownerOf = (contact: JsonRecord): unknown => readRecord(contact.funnel)?.contact_owner_email

/** The places that rules read and about which a delivery of API 2.0 says nothing: `lacksFunnel` and `lacks` of the lead. */
export function readLacking({ lead: contact, wanted }: LeadPlaces): Pick<RegisteredLead, 'lacks' | 'lacksFunnel'> {
  const lacks = wanted.omissible.filter(([, member]) => !Object.hasOwn(contact, member)).map(([place]) => place)
  return {
    ...(lacks.length > 0 && { lacks }),
    ...(readRecord(contact.funnel) === undefined && { lacksFunnel: true }),
  }
}
