import { z } from 'zod'
import type { Texts } from './language.ts'

/** Where TOTVS CRM's lead has the field: in a member of its own, or in a list that other code writes. */
type Target = { readonly member: string } | { readonly list: 'emails' | 'phones' | 'addresses' }

type LeadFieldRow = Texts &
  Target & {
    /**
     * A text that is too long is cut to what TOTVS CRM accepts. A link, an e-mail or a phone is left out, because a part of it would be
     * wrong. E-mails and phones have code of their own that reads them.
     */
    readonly kind: 'text' | 'link' | 'email' | 'phone'
    /** The keys under which RD Station, its forms and its users put it. Order matters; compared by `foldKey`. */
    readonly keys: readonly string[]
  }

/**
 * The fields of a lead that Ponte carries, in the order of pages. Jobs use the same names, and so does the setting `leadFields`, which may
 * extend the keys. See docs/behaviour/leads.md#lead-fields.
 */
export const leadFields = {
  name: { en: 'Name', pt: 'Nome', kind: 'text', member: 'name', keys: ['name', 'nome', 'nome completo'] },
  company: {
    en: 'Company',
    pt: 'Empresa',
    kind: 'text',
    member: 'tradingName',
    keys: ['company', 'empresa', 'company name', 'nome da empresa'],
  },
  jobTitle: { en: 'Job title', pt: 'Cargo', kind: 'text', member: 'jobTitle', keys: ['job_title', 'cargo'] },
  email: { en: 'E-mail', pt: 'E-mail', kind: 'email', list: 'emails', keys: ['email', 'email_lead'] },
  phone: {
    en: 'Phone',
    pt: 'Telefone',
    kind: 'phone',
    list: 'phones',
    keys: ['personal_phone', 'telefone', 'telefone fixo'],
  },
  mobilePhone: {
    en: 'Mobile phone',
    pt: 'Celular',
    kind: 'phone',
    list: 'phones',
    keys: ['mobile_phone', 'celular', 'telefone celular'],
  },
  city: { en: 'City', pt: 'Cidade', kind: 'text', list: 'addresses', keys: ['city', 'cidade'] },
  state: { en: 'State', pt: 'Estado', kind: 'text', list: 'addresses', keys: ['state', 'estado', 'uf'] },
  website: { en: 'Website', pt: 'Site', kind: 'link', member: 'website', keys: ['website', 'site'] },
  facebook: { en: 'Facebook', pt: 'Facebook', kind: 'link', member: 'facebook', keys: ['facebook'] },
  linkedin: { en: 'LinkedIn', pt: 'LinkedIn', kind: 'link', member: 'linkedin', keys: ['linkedin'] },
} as const satisfies Readonly<Record<string, LeadFieldRow>>

export type LeadField = keyof typeof leadFields
type Row = (typeof leadFields)[LeadField]
type FieldOf<Part> = { [Field in LeadField]: (typeof leadFields)[Field] extends Part ? Field : never }[LeadField]
/** A field that says who the person is. */
export type IdentityField = FieldOf<{ readonly kind: 'email' | 'phone' }>
/** A field that is in a list of TOTVS CRM's lead. */
export type ListField = FieldOf<{ readonly list: string }>
/** A member of TOTVS CRM's lead that holds a field. */
export type LeadMember = Extract<Row, { readonly member: string }>['member']

export const isLeadField = (place: string): place is LeadField => Object.hasOwn(leadFields, place)

export const isIdentityField = (field: LeadField): field is IdentityField =>
  leadFields[field].kind === 'email' || leadFields[field].kind === 'phone'

export const leadField = z.enum(Object.keys(leadFields).filter(isLeadField))

const rows: readonly Row[] = Object.values(leadFields)
export const leadMembers: readonly LeadMember[] = rows.flatMap(row => ('member' in row ? row.member : []))
export const leadLists = [...new Set(rows.flatMap(row => ('list' in row ? row.list : [])))]

/** The member of TOTVS CRM's lead, or the list of it, that holds a field. */
export const memberOf = (field: LeadField): string => {
  const row: Row = leadFields[field]
  return 'member' in row ? row.member : row.list
}

/** A value for each field. */
export function mapFields<Value>(valueOf: (field: LeadField) => Value): Readonly<Record<LeadField, Value>> {
  const found: Partial<Record<LeadField, Value>> = Object.fromEntries(
    leadField.options.map(field => [field, valueOf(field)]),
  )
  if (!hasAllFields(found)) throw new Error('a field of a lead is missing')
  return found
}

const hasAllFields = <Value>(found: Partial<Record<LeadField, Value>>): found is Record<LeadField, Value> =>
  leadField.options.every(field => Object.hasOwn(found, field))
