import { filterOf, type TotvsCrmClient } from '@ponte/clients'
import {
  boundText,
  type CrmCatalogEntry,
  type CrmLead,
  type CrmUser,
  type CrmVariables,
  Failure,
  type FailureCode,
  failures,
  isRecord,
  type TenantSettings,
} from '@ponte/contracts'
import type { Facts } from '../findings/text-rows.ts'

/** The variables that name an entry of a list in TOTVS CRM. */
export const catalogVariables = {
  pipeline: 'totvs_crm_pipeline',
  stage: 'totvs_crm_oportunity_stage',
  opportunityType: 'totvs_crm_oportunity_type',
} as const

export type CatalogKind = keyof typeof catalogVariables

/** How people know an entry. */
export const nameOf = ({ description, id }: CrmCatalogEntry): string => description ?? id

/** A list of ids that `totvsCrm.resources` may name (docs/vendors/totvs-crm.md#lists-of-ids). */
export type IdList = 'leadSituation' | 'leadOrigin' | 'emailType' | 'phoneType' | 'addressType'

/** A variable that holds an id which leads have. */
export interface LeadId {
  readonly variable: keyof CrmVariables
  readonly list: IdList
  readonly usedBy: (lead: CrmLead) => readonly unknown[]
}

const phoneTypesOf = ({ phones }: CrmLead) => phones.map(({ phoneTypeId }) => phoneTypeId)

export const leadIds = [
  {
    variable: 'totvs_crm_leadsituationid',
    list: 'leadSituation',
    usedBy: lead => [lead['leadSituationId']],
  },
  { variable: 'totvs_crm_leadoriginid', list: 'leadOrigin', usedBy: lead => [lead.leadOriginId] },
  {
    variable: 'totvs_crm_emailtypeid',
    list: 'emailType',
    usedBy: ({ emails }) => emails.map(({ emailTypeId }) => emailTypeId),
  },
  { variable: 'totvs_crm_phonetypeid_main', list: 'phoneType', usedBy: phoneTypesOf },
  { variable: 'totvs_crm_phonetypeid_mobile', list: 'phoneType', usedBy: phoneTypesOf },
  {
    variable: 'totvs_crm_addresstypeid',
    list: 'addressType',
    usedBy: ({ addresses }) => addresses.map(({ addressType }) => addressType?.id),
  },
] as const satisfies readonly LeadId[]

export const idsUsedBy = ({ usedBy }: LeadId, leads: readonly CrmLead[]): string[] => [
  ...new Set(leads.flatMap(usedBy).flatMap(id => (isId(id) ? [String(id)] : []))),
]

/** UUIDs may be upper or lower case; an id may be a number. */
export const isSameId = (used: unknown, id: string): boolean =>
  isId(used) && String(used).toLowerCase() === id.toLowerCase()

const isId = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number'

/** Whether a user can own leads, and why not: TOTVS CRM refuses leads of other users (docs/vendors/totvs-crm.md#users). */
export type UserState = 'usable' | 'not-found' | 'inactive' | 'without-role'

/** Looks the user up by e-mail, as a worker does. */
export async function judgeCrmUser(email: string, crm: Pick<TotvsCrmClient, 'findUsers'>): Promise<UserState> {
  const wanted = email.trim().toLowerCase()
  const filter = filterOf({ field: 'userEmail.email', op: 'ieq', value: wanted })
  const isWanted = (user: CrmUser): boolean => emailsOf(user).includes(wanted)
  return stateOfUser(email, filter === undefined ? [] : await crm.findUsers(filter, isWanted))
}

/** The same, of users that were read. */
export function stateOfUser(email: string, users: readonly CrmUser[]): UserState {
  const matching = users.filter(user => emailsOf(user).includes(email.trim().toLowerCase()))
  const user = matching.find(isUsable) ?? matching[0]
  if (user === undefined) return 'not-found'
  if (user.active === false) return 'inactive'
  return user.roleId === undefined ? 'without-role' : 'usable'
}

/** The e-mails from which the default user is chosen: the first one of each user who can own leads. */
export const emailsOfUsableUsers = (users: readonly CrmUser[]): string[] => [
  ...new Set(users.filter(isUsable).flatMap(user => emailsOf(user).slice(0, 1))),
]

const emailsOf = ({ userEmail }: CrmUser): string[] => userEmail.map(({ email }) => email.trim().toLowerCase())

const isUsable = (user: CrmUser): boolean => user.active !== false && user.roleId !== undefined

/** Enough to recognise the address of the tenants file. */
export const maskedEmail = (email: string): string => email.trim().replace(/^(.).*@/s, '$1***@')

/** The custom fields of a record in one of the forms that they may have. */
export interface ShownFields {
  readonly form: TenantSettings['totvsCrm']['customFields']
  readonly names: readonly string[]
  readonly hasEmpty: boolean
}

/**
 * The custom fields of a record, read in each of the three possible forms (docs/vendors/totvs-crm.md#custom-fields). As `flat`, the names
 * include those of its other members.
 */
export function customFieldsOf(record: Readonly<Record<string, unknown>>): readonly ShownFields[] {
  const { customFields, ...members } = record
  const flat = shownAs(
    'flat',
    Object.entries(members).map(([name, value]) => [name.replace(/^custom_/i, ''), value]),
  )
  if (Array.isArray(customFields)) return [shownAs('list', customFields.flatMap(fieldsOfItem)), flat]
  if (isRecord(customFields)) return [shownAs('map', Object.entries(customFields)), flat]
  return [flat]
}

type Field = readonly [name: string, value: unknown]

const shownAs = (form: ShownFields['form'], fields: readonly Field[]): ShownFields => ({
  form,
  names: fields.map(([name]) => name),
  hasEmpty: fields.some(([, value]) => value === null || value === ''),
})

const fieldsOfItem = (item: unknown): Field[] =>
  isRecord(item)
    ? ['name', 'field', 'fieldName', 'key'].flatMap(key => {
        const name = item[key]
        return typeof name === 'string' ? [[name, item['value'] ?? null] satisfies Field] : []
      })
    : []

const MAX_NAMES = 10
const MAX_NAME = 60

/** Names in a sentence. TOTVS CRM may have many and long ones. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map(name => boundText(name, MAX_NAME))
  return [...shown, ...(names.length > MAX_NAMES ? [`… (+${names.length - MAX_NAMES})`] : [])].join(', ')
}

/** The values that exist where one is wrong. No fact when there are none. */
export const choicesOf = (names: readonly string[]): Facts =>
  names.length === 0 ? {} : { choices: listed([...new Set(names)]) }

/** Nothing where TOTVS CRM does not answer the question: the answer would only have helped. */
export async function orNothing<Item>(reading: Promise<readonly Item[]>): Promise<readonly Item[]> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Failure) return []
    throw error
  }
}

/**
 * Something answers, but not like TOTVS CRM: probably a wrong path. A refusal of the user, a request to wait and an outage are something
 * else.
 */
export function isWrongAddress(code: FailureCode, status: unknown): boolean {
  const { breakerReason } = failures[code]
  return breakerReason !== 'revoked' && breakerReason !== 'throttled' && Number(status) < 500
}
