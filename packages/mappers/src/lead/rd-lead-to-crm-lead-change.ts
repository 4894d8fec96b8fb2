import {
  addressEntries,
  type CrmAddress,
  type CrmEmail,
  type CrmEntry,
  type CrmLead,
  type CrmLeadChange,
  type CrmPhone,
  type CrmVariables,
  emailEntries,
  isLeadField,
  leadFields,
  type ListField,
  type RegisteredLead,
  type Message,
  message,
  phoneEntries,
  usablePhoneDigits,
} from '@ponte/contracts'
import { type CrmLeadValues, memberTexts, readCrmLeadValues, type LeadWriting } from './rd-lead-to-crm-lead.ts'
import { mergeCustomFields } from '../custom-field.ts'
import { currentText, type Decision, isWritten, overruledBy, pathOf } from '../decision.ts'
import { isSameValue, currentValue, reasonToKeep, type UpdatePolicy } from '../rules/update-policy.ts'
import { fieldsOf } from '../rules/apply-rules.ts'
import { samePhone } from '../text/same-phone.ts'

/**
 * The update of a lead: only what RD Station knows and TOTVS CRM lacks or has differently. Situation, origin, type and responsible user
 * stay, because people in the CRM decide about them. A list is written as a whole, because an update replaces it. Entries that are not RD
 * Station's are written back as they were read, also those that Ponte cannot read (docs/behaviour/leads.md#lead-updates).
 */
export function toCrmLeadChange(
  lead: RegisteredLead,
  existing: CrmLead,
  { variables, fields, codec, updates, fillsOnly = false }: LeadWriting,
): { readonly change: CrmLeadChange; readonly decisions: readonly Decision[] } {
  const { values, decisions: own } = readCrmLeadValues(lead)
  const ruled = fieldsOf('lead', fields, codec)
  const emails = changedEmails(values, emailEntries(existing), variables)
  const phones = changedPhones(values, phoneEntries(existing), variables)
  const addresses = changedAddresses(values, addressEntries(existing), variables)
  const inLists: Readonly<Record<ListField, Comparison>> = { ...emails.fields, ...phones.fields, ...addresses.fields }
  const policy = { updates, fillsOnly, existing, codec }

  const compare = ({ rule, places: [field = ''], value, target }: Decision): Comparison => {
    const stored = currentValue(pathOf({ target }), policy)
    if (rule !== undefined) return value !== undefined && isSameValue(value, stored) ? same : written
    if (isListField(field)) return inLists[field]
    if (target === 'lead.externalId' && isForeign(existing)) return keptWith(message('external-id-kept'))
    return typeof stored === 'string' && stored.trim() === value ? same : written
  }
  const decisions = [...overruledBy(own, ruled.members), ...ruled.decisions].map((decision): Decision => {
    const known = { ...decision, current: currentOf(decision, policy, variables) }
    if (!isWritten(decision)) return known
    const { outcome, notes } = compare(decision)
    const path = pathOf(decision)
    const reason = outcome === 'written' ? reasonToKeep(path, policy) : undefined
    if (reason !== undefined) return { ...known, outcome: 'kept', notes: [...decision.notes, reason] }
    if (outcome === 'written') return known
    const value = outcome === 'left-out' ? undefined : decision.value
    return { ...known, value, outcome, notes: [...decision.notes, ...notes] }
  })

  const changed = new Set(decisions.filter(isWritten).map(pathOf))
  const ofChanged = <Value>(members: Readonly<Record<string, Value>>, path = ''): Record<string, Value> =>
    Object.fromEntries(Object.entries(members).filter(([name]) => changed.has(path + name)))
  const change = {
    // Only the rule decides about its member: otherwise its value and RD Station's would replace each other.
    ...ofChanged({ ...memberTexts(values), ...ruled.members }),
    ...ofChanged({ emails: emails.entries, phones: phones.entries, addresses: addresses.entries }),
    ...ofChanged({ externalId: values.externalId }),
    ...mergeCustomFields(codec, existing['customFields'], ofChanged(ruled.customFields, 'customFields.')),
  }
  return { change, decisions }
}

/** How a value compares with what TOTVS CRM has. */
interface Comparison {
  readonly outcome: 'written' | 'same' | 'kept' | 'left-out'
  readonly notes: readonly Message[]
}
const written: Comparison = { outcome: 'written', notes: [] }
const same: Comparison = { outcome: 'same', notes: [] }
const keptWith = (note: Message): Comparison => ({ outcome: 'kept', notes: [note] })

const isListField = (field: string): field is ListField => isLeadField(field) && 'list' in leadFields[field]

/** What TOTVS CRM has where the decision's value would go. */
function currentOf(decision: Decision, policy: UpdatePolicy, variables: CrmVariables): string | undefined {
  const { existing } = policy
  const {
    rule,
    places: [field],
  } = decision
  if (rule === undefined && (field === 'city' || field === 'state')) {
    const address = existing.addresses.find(each => each.addressType?.id === variables.totvs_crm_addresstypeid)
    return field === 'city' ? address?.cityName : address?.stateName
  }
  const path = pathOf(decision)
  if (path === 'emails') return currentText(existing.emails.map(({ email }) => email))
  if (path === 'phones') return currentText(existing.phones.map(({ number }) => number))
  return currentText(currentValue(path, policy))
}

export const isEmptyChange = (change: CrmLeadChange): boolean => Object.keys(change).length === 0

/** Another system has written an `externalId` of its own, in whatever form. */
function isForeign({ externalId, asStored }: CrmLead): boolean {
  if (externalId !== undefined) return !externalId.startsWith('rd:')
  const stored = asStored['externalId']
  return stored !== undefined && stored !== null && typeof stored !== 'string'
}

type ReadPhone = Pick<CrmPhone, 'number' | 'phoneTypeId'>

/** A list of the lead, and what becomes of each field in it. */
interface ListChange<Field extends ListField> {
  /** The whole list, if it is to be written. */
  readonly entries?: readonly unknown[]
  readonly fields: Readonly<Record<Field, Comparison>>
}

/** The member is not a list, and nobody knows what it means, so it is not written. */
const unreadable = (member: string): Comparison => keptWith(message('list-kept', { member }))

/** Puts RD Station's e-mail first and makes it the standard one, because its marks are sent to that e-mail. */
function changedEmails(
  { email }: CrmLeadValues,
  existing: readonly CrmEntry<CrmEmail>[] | undefined,
  variables: CrmVariables,
): ListChange<'email'> {
  if (existing === undefined) return { fields: { email: unreadable('emails') } }
  if (email === undefined) return { fields: { email: same } }

  const found = existing.find(({ read }) => read !== undefined && sameEmail(read.email, email))
  const others = existing.filter(entry => entry !== found)
  // The CRM may not keep the order of e-mails, nor the flag when there is only one.
  const isStandard = found?.read !== undefined && (found.read.standard ?? found === existing.find(({ read }) => read))
  if (isStandard && !others.some(({ read }) => read?.standard === true)) return { fields: { email: same } }

  const own = found?.read === undefined ? { email, emailTypeId: variables.totvs_crm_emailtypeid } : found.stored
  const entries = [
    { ...own, standard: true },
    ...others.map(entry =>
      entry.read && entry.read.standard === true ? { ...entry.stored, standard: false } : entry.stored,
    ),
  ]
  return { entries, fields: { email: written } }
}

/**
 * Writes each phone once. A phone that is there stays where it is. A new one replaces the old one of its type, or goes to the end. Digits
 * that people type to get past a form, such as (00) 00000-0000, never replace a real phone.
 */
function changedPhones(
  { phone, mobilePhone }: CrmLeadValues,
  existing: readonly CrmEntry<CrmPhone>[] | undefined,
  variables: CrmVariables,
): ListChange<'phone' | 'mobilePhone'> {
  if (existing === undefined) return { fields: { phone: unreadable('phones'), mobilePhone: unreadable('phones') } }
  const incoming = [
    { field: 'phone', number: phone, phoneTypeId: variables.totvs_crm_phonetypeid_main },
    { field: 'mobilePhone', number: mobilePhone, phoneTypeId: variables.totvs_crm_phonetypeid_mobile },
  ] as const
  const isIncoming = (entry: ReadPhone): boolean =>
    incoming.some(({ number }) => number && sameNumber(entry.number, number))

  const phones: CrmEntry<ReadPhone>[] = [...existing]
  const fields = { phone: same, mobilePhone: same }
  for (const { field, number, phoneTypeId } of incoming) {
    if (number === undefined || phones.some(({ read }) => read && sameNumber(read.number, number))) continue
    // An entry that holds the other incoming phone is not an old one, whatever its type.
    const old = phones.findIndex(({ read }) => read?.phoneTypeId === phoneTypeId && !isIncoming(read))
    const replaced = phones[old]
    if (replaced?.read && isUsable(replaced.read.number) && !isUsable(number)) {
      fields[field] = { outcome: 'left-out', notes: [message('field-not-a-phone', { field })] }
      continue
    }
    fields[field] = written
    const read = { number, phoneTypeId }
    if (replaced?.read) phones[old] = { stored: { ...replaced.stored, number }, read }
    else phones.push({ stored: { number, phoneTypeId, standard: phones.length === 0 }, read })
  }
  return { entries: phones.map(({ stored }) => stored), fields }
}

/** City and state go into the address of the configured type; other addresses are not RD Station's. */
function changedAddresses(
  { city, state }: CrmLeadValues,
  existing: readonly CrmEntry<CrmAddress>[] | undefined,
  variables: CrmVariables,
): ListChange<'city' | 'state'> {
  if (existing === undefined) return { fields: { city: unreadable('addresses'), state: unreadable('addresses') } }
  const typeId = variables.totvs_crm_addresstypeid
  const found = existing.find(({ read }) => read?.addressType?.id === typeId)
  const changed = {
    ...(city !== undefined && city !== found?.read?.cityName && { cityName: city }),
    ...(state !== undefined && state !== found?.read?.stateName && { stateName: state }),
  }
  const stored = existing.map(entry => (entry === found && entry.read ? { ...entry.stored, ...changed } : entry.stored))
  return {
    entries: found === undefined ? [...stored, { addressType: { id: typeId }, ...changed }] : stored,
    fields: { city: 'cityName' in changed ? written : same, state: 'stateName' in changed ? written : same },
  }
}

const sameEmail = (one: string, other: string): boolean => one.trim().toLowerCase() === other.trim().toLowerCase()

const isUsable = (phone: string): boolean => usablePhoneDigits(phone) !== undefined

/** A text without digits is no phone, but may be the same text. */
const sameNumber = (one: string, other: string): boolean => one.trim() === other.trim() || samePhone(one, other)
