import {
  addressEntries,
  type CrmAddress,
  type CrmEmail,
  type CrmEntry,
  type CrmLead,
  type CrmLeadChange,
  type CrmPhone,
  type CrmVariables,
  type FieldValue,
  emailEntries,
  type RegisteredLead,
  type Message,
  message,
  phoneEntries,
  usablePhoneDigits,
} from '@ponte/contracts'
import { type CrmLeadValues, memberTexts, readCrmLeadValues } from './crm-lead-values.ts'
import { mergeCustomFields } from '../custom-field.ts'
import { isSameValue } from '../rules/same-value.ts'
import { currentValue, reasonToKeep } from '../rules/update-policy.ts'
import { fieldsOf, type FieldUse } from '../rules/write-fields.ts'
import type { LeadWriting } from './rd-lead-to-crm-lead.ts'
import { samePhone } from './same-phone.ts'

/**
 * Only what RD Station knows and the lead in TOTVS CRM lacks or has differently: what RD Station does not know stays,
 * and so do situation, origin, type and responsible user, which people in the CRM own by then. A list is written whole,
 * because an update replaces it; entries that are not RD Station's are written back as they were read, also those that Ponte cannot
 * read (docs/behaviour.md#lead-updates).
 */
export function toCrmLeadChange(
  lead: RegisteredLead,
  existing: CrmLead,
  { variables, fields, codec, updates }: LeadWriting,
): { change: CrmLeadChange; notes: Message[]; uses: readonly FieldUse[] } {
  const { values, notes } = readCrmLeadValues(lead)
  const written = fieldsOf('lead', fields, codec)
  notes.push(...written.notes)
  const foreign = isForeign(existing)
  if (foreign && values.externalId) notes.push(message('external-id-kept'))

  const externalId = foreign ? undefined : values.externalId
  const emails = changedEmails(values, emailEntries(existing), { variables, notes })
  const phones = changedPhones(values, phoneEntries(existing), { variables, notes })
  const addresses = changedAddresses(values, addressEntries(existing), { variables, notes })

  const [changed, kept] = [new Set<string>(), new Set<string>()]
  /** Of what differs, what the tenant's `updates` let through. `path`: where it stands in the lead. */
  const permitted = <Value>(members: Readonly<Record<string, Value>>, path = ''): Record<string, Value> =>
    Object.fromEntries(
      Object.entries(members).filter(([name]) => {
        const reason = reasonToKeep(path + name, { updates, existing, codec })
        if (reason !== undefined) notes.push(reason)
        const paths = reason === undefined ? changed : kept
        paths.add(path + name)
        return reason === undefined
      }),
    )
  const differing = (members: Readonly<Record<string, FieldValue>>, path = ''): Record<string, FieldValue> =>
    Object.fromEntries(
      Object.entries(members).filter(
        ([name, value]) => !isSameValue(value, currentValue(path + name, { existing, codec })),
      ),
    )
  const customFields = permitted(differing(written.customFields, 'customFields.'), 'customFields.')
  const members = permitted({
    // A rule decides about its member alone: otherwise the two would replace each other.
    ...changedTexts(values, existing, written.members),
    ...differing(written.members),
    ...(emails && { emails }),
    ...(phones && { phones }),
    ...(addresses && { addresses }),
  })
  return {
    change: {
      ...members,
      ...(externalId && externalId !== existing.externalId && { externalId }),
      ...mergeCustomFields(codec, existing['customFields'], customFields),
    },
    notes,
    uses: written.uses.flatMap(({ target, ...use }): FieldUse[] => {
      if (use.outcome !== 'written' || changed.has(target)) return [use]
      return kept.has(target) ? [{ ...use, outcome: 'kept' }] : []
    }),
  }
}

/** Whether there is nothing to write. */
export const isEmptyChange = (change: CrmLeadChange): boolean => Object.keys(change).length === 0

function changedTexts(
  values: CrmLeadValues,
  existing: CrmLead,
  ofRules: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const texts = Object.entries<string>(memberTexts(values))
  return Object.fromEntries(
    texts.filter(([member, value]) => {
      const stored = existing[member]
      const isSame = typeof stored === 'string' && stored.trim() === value
      return !isSame && !Object.hasOwn(ofRules, member)
    }),
  )
}

/** Another system has written an `externalId` of its own, in whatever form. */
function isForeign({ externalId, asStored }: CrmLead): boolean {
  if (externalId !== undefined) return !externalId.startsWith('rd:')
  const stored = asStored['externalId']
  return stored !== undefined && stored !== null && typeof stored !== 'string'
}

type ReadPhone = Pick<CrmPhone, 'number' | 'phoneTypeId'>

interface Deps {
  readonly variables: CrmVariables
  readonly notes: Message[]
}

/** Nobody knows what stands there, so it is not written. */
function keepList(member: string, notes: Message[]): undefined {
  notes.push(message('list-kept', { member }))
}

/** RD Station's e-mail first and standard, because its marks go by it. Undefined when it is so already. */
function changedEmails(
  { email }: CrmLeadValues,
  existing: readonly CrmEntry<CrmEmail>[] | undefined,
  { variables, notes }: Deps,
): unknown[] | undefined {
  if (email === undefined) return undefined
  if (existing === undefined) return keepList('emails', notes)

  const found = existing.find(({ read }) => read !== undefined && sameEmail(read.email, email))
  const others = existing.filter(entry => entry !== found)
  // The CRM need not keep the order, nor the flag of an only e-mail.
  const isStandard = found?.read !== undefined && (found.read.standard ?? found === existing.find(({ read }) => read))
  if (isStandard && !others.some(({ read }) => read?.standard === true)) return undefined

  const own = found?.read === undefined ? { email, emailTypeId: variables.totvs_crm_emailtypeid } : found.stored
  return [
    { ...own, standard: true },
    ...others.map(entry =>
      entry.read && entry.read.standard === true ? { ...entry.stored, standard: false } : entry.stored,
    ),
  ]
}

/**
 * Each phone once: where it is already it stays, else it takes the place of the old one of its type, else the end. What people type
 * to get past a form, such as (00) 00000-0000, takes no real phone's place.
 */
function changedPhones(
  { phone, mobilePhone }: CrmLeadValues,
  existing: readonly CrmEntry<CrmPhone>[] | undefined,
  { variables, notes }: Deps,
): unknown[] | undefined {
  if ((phone ?? mobilePhone) === undefined) return undefined
  if (existing === undefined) return keepList('phones', notes)
  const incoming = [
    { field: 'phone', number: phone, phoneTypeId: variables.totvs_crm_phonetypeid_main },
    { field: 'mobilePhone', number: mobilePhone, phoneTypeId: variables.totvs_crm_phonetypeid_mobile },
  ]
  const isIncoming = (entry: ReadPhone): boolean =>
    incoming.some(({ number }) => number && sameNumber(entry.number, number))

  const phones: CrmEntry<ReadPhone>[] = [...existing]
  let changed = false
  for (const { field, number, phoneTypeId } of incoming) {
    if (number === undefined || phones.some(({ read }) => read && sameNumber(read.number, number))) continue
    // An entry that holds the other incoming phone is not an old one, whatever its type.
    const old = phones.findIndex(({ read }) => read?.phoneTypeId === phoneTypeId && !isIncoming(read))
    const replaced = phones[old]
    if (replaced?.read && isUsable(replaced.read.number) && !isUsable(number)) {
      notes.push(message('field-not-a-phone', { field }))
      continue
    }
    changed = true
    const read = { number, phoneTypeId }
    if (replaced?.read) phones[old] = { stored: { ...replaced.stored, number }, read }
    else phones.push({ stored: { number, phoneTypeId, standard: phones.length === 0 }, read })
  }
  return changed ? phones.map(({ stored }) => stored) : undefined
}

/** City and state go into the address of the configured type; other addresses are not RD Station's. */
function changedAddresses(
  { city: cityName, state: stateName }: CrmLeadValues,
  existing: readonly CrmEntry<CrmAddress>[] | undefined,
  { variables, notes }: Deps,
): unknown[] | undefined {
  if ((cityName ?? stateName) === undefined) return undefined
  if (existing === undefined) return keepList('addresses', notes)
  const typeId = variables.totvs_crm_addresstypeid
  const found = existing.find(({ read }) => read?.addressType?.id === typeId)
  const changed = {
    ...(cityName !== undefined && cityName !== found?.read?.cityName && { cityName }),
    ...(stateName !== undefined && stateName !== found?.read?.stateName && { stateName }),
  }
  if (Object.keys(changed).length === 0) return undefined
  const stored = existing.map(entry => (entry === found && entry.read ? { ...entry.stored, ...changed } : entry.stored))
  return found === undefined ? [...stored, { addressType: { id: typeId }, ...changed }] : stored
}

const sameEmail = (one: string, other: string): boolean => one.trim().toLowerCase() === other.trim().toLowerCase()

const isUsable = (phone: string): boolean => usablePhoneDigits(phone) !== undefined

/** A text without digits is no phone and yet the same text. */
const sameNumber = (one: string, other: string): boolean => one.trim() === other.trim() || samePhone(one, other)
