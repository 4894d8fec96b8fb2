import { hash } from 'node:crypto'
import { isRecord } from './json.ts'
import { MAX_WORD } from './text/bounded-text.ts'
import { leadFields, leadMembers } from './lead-fields.ts'
import type { System } from './system.ts'
import type { Texts } from './language.ts'

/**
 * What a member must be, as far as Ponte relies on it. `reference`: a record or its description. `null` is always right: it is how both
 * systems write an empty value.
 */
type MemberType = 'any' | 'text' | 'list' | 'record' | 'reference'

interface WatchedKind extends Texts {
  readonly system: System
  /** Paths of members. Only names that Ponte itself knows: those of custom fields may name a person. */
  readonly members: Readonly<Record<string, MemberType>>
  /** Members on whose value Ponte decides: the values that it knows. (Those of a status are the tenant's `statusMap`.) */
  readonly values?: Readonly<Record<string, RegExp>>
}

/** RD Station's own names of the fields of a lead. */
const fieldsUnder = (path: string): Record<string, MemberType> =>
  Object.fromEntries(Object.values(leadFields).map(({ keys }) => [path + keys[0], 'any']))

const membersOfLead: Record<string, MemberType> = Object.fromEntries(leadMembers.map(member => [member, 'text']))

/**
 * The answers and webhooks of both systems whose members Ponte watches, at most 8, with at most 30 members each
 * (docs/behaviour/operators.md#drift). A change of the members of a kind, or of their order, begins its history anew.
 */
const table = {
  'crm.lead': {
    system: 'totvs-crm',
    en: 'lead',
    pt: 'lead',
    members: {
      id: 'text',
      externalId: 'text',
      ...membersOfLead,
      leadOriginId: 'text',
      userId: 'text',
      emails: 'list',
      'emails.email': 'text',
      phones: 'list',
      'phones.number': 'text',
      addresses: 'list',
    },
  },
  'crm.opportunity': {
    system: 'totvs-crm',
    en: 'opportunity',
    pt: 'oportunidade',
    members: {
      id: 'text',
      status: 'text',
      leadId: 'text',
      userId: 'text',
      description: 'text',
      opportunityType: 'reference',
      pipeline: 'reference',
      stage: 'reference',
      lossReason: 'reference',
      createdAt: 'text',
      updatedAt: 'text',
      customFields: 'any',
    },
  },
  'crm.opportunity.won': {
    system: 'totvs-crm',
    en: 'won opportunity',
    pt: 'oportunidade ganha',
    members: { totalValue: 'any' },
  },
  'crm.user': {
    system: 'totvs-crm',
    en: 'user',
    pt: 'usuário',
    members: { id: 'text', name: 'text', roleId: 'text', active: 'any', userEmail: 'list', 'userEmail.email': 'text' },
  },
  'rd.contact': {
    system: 'rd-station',
    en: 'contact',
    pt: 'contato',
    members: { uuid: 'text', ...fieldsUnder('') },
  },
  'rd.funnel': {
    system: 'rd-station',
    en: "contact's funnel",
    pt: 'funil do contato',
    members: { lifecycle_stage: 'text', opportunity: 'any', contact_owner_email: 'text' },
    // docs/vendors/rd-station.md#funnel-of-a-contact
    values: { lifecycle_stage: /^(?:lead|qualified lead|lead qualificado|cliente?)$/i },
  },
  'rd.webhook-1': {
    system: 'rd-station',
    en: 'webhook (API 1.x)',
    pt: 'webhook (API 1.x)',
    members: {
      uuid: 'text',
      ...fieldsUnder(''),
      user: 'text',
      created_at: 'text',
      number_conversions: 'text',
      last_conversion: 'any',
      'last_conversion.content': 'any',
      'last_conversion.created_at': 'text',
      custom_fields: 'any',
      opportunity: 'any',
    },
  },
  'rd.webhook-2': {
    system: 'rd-station',
    en: 'webhook (API 2.0)',
    pt: 'webhook (API 2.0)',
    members: {
      event_type: 'text',
      event_identifier: 'text',
      event_timestamp: 'text',
      'contact.uuid': 'text',
      ...fieldsUnder('contact.'),
      'contact.funnel': 'record',
      'contact.funnel.contact_owner_email': 'text',
    },
  },
} as const satisfies Readonly<Record<string, WatchedKind>>

export type DriftKind = keyof typeof table

export const watchedKinds: Readonly<Record<DriftKind, WatchedKind>> = table
export const isDriftKind = (text: string): text is DriftKind => Object.hasOwn(table, text)
export const driftKinds: readonly DriftKind[] = Object.keys(table).filter(isDriftKind)

/** Tells a kind, and what is watched of it, from all others. */
const DIGEST_CHARACTERS = 6

const watched = new Map(
  driftKinds.map(kind => {
    const members = Object.entries(watchedKinds[kind].members)
    const digest = hash('sha256', [kind, ...members.flat()].join(' ')).slice(0, DIGEST_CHARACTERS)
    return [
      kind,
      {
        names: members.map(([name]) => name),
        places: members.map(([name, type], bit) => ({ path: name.split('.'), type, worth: 2 ** bit })),
        digest,
        version: `${kind}-${digest}`,
      },
    ]
  }),
)
const watchedOf = (kind: DriftKind) => watched.get(kind) ?? { names: [], places: [], digest: '', version: kind }
const kindsByDigest = new Map(driftKinds.map(kind => [watchedOf(kind).digest, kind]))

/** The names of a kind's members, in the order of their bits. */
export const membersOf = (kind: DriftKind): readonly string[] => watchedOf(kind).names
/** The name of a kind with its hash: a version of Ponte that watches others has another name for it. */
export const versionOf = (kind: DriftKind): string => watchedOf(kind).version
export const kindOfVersion = (version: string): DriftKind | undefined => {
  const kind = kindsByDigest.get(version.slice(-DIGEST_CHARACTERS))
  return kind !== undefined && versionOf(kind) === version ? kind : undefined
}

/** What one answer or webhook showed of the members of its kind. `members`: the sum of the bits of those that were there. */
export interface SeenMembers {
  readonly kind: DriftKind
  readonly members: number
}

/** Looks for the watched members in a body. Undefined when it is no object, because then nothing is known of its members. */
export function seeMembers(kind: DriftKind, body: unknown): SeenMembers | undefined {
  if (!isRecord(body)) return undefined
  const { places } = watchedOf(kind)
  return { kind, members: places.reduce((sum, { path, type, worth }) => sum + (has(body, path, type) ? worth : 0), 0) }
}

/** As short as a job can hold it: `3f9a1c 9k3`, the hash of the kind, and which of its members were there. */
export const toSeenText = ({ kind, members }: SeenMembers): string =>
  `${watchedOf(kind).digest} ${members.toString(36)}`

/** Undefined for what another version of Ponte wrote, and for anything else. */
export function readSeenText(text: unknown): SeenMembers | undefined {
  const { digest = '', bits = '' } = /^(?<digest>[\da-f]{6}) (?<bits>[\da-z]{1,6})$/.exec(String(text))?.groups ?? {}
  const kind = kindsByDigest.get(digest)
  const members = Number.parseInt(bits, 36)
  return kind === undefined || members >= 2 ** membersOf(kind).length ? undefined : { kind, members }
}

/** The members whose value is a text that Ponte does not know. */
export function unknownValues(kind: DriftKind, body: unknown): readonly { member: string; value: string }[] {
  if (!isRecord(body)) return []
  return Object.entries(watchedKinds[kind].values ?? {}).flatMap(([member, known]) => {
    const value = body[member]
    return typeof value === 'string' && !known.test(value.slice(0, MAX_WORD)) ? [{ member, value }] : []
  })
}

/** A path into a list leads to all its entries: one of them is enough. */
function has(value: unknown, [name, ...rest]: readonly string[], type: MemberType): boolean {
  if (Array.isArray(value)) return value.some(entry => has(entry, [name ?? '', ...rest], type))
  if (name === undefined || !isRecord(value) || !Object.hasOwn(value, name)) return false
  return rest.length === 0 ? isOfType(value[name], type) : has(value[name], rest, type)
}

function isOfType(value: unknown, type: MemberType): boolean {
  if (value === null || type === 'any') return true
  const isText = typeof value === 'string' || typeof value === 'number'
  switch (type) {
    case 'text':
      return isText
    case 'list':
      return Array.isArray(value)
    case 'record':
      return isRecord(value)
    case 'reference':
      return isText || isRecord(value)
  }
}
