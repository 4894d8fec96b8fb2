import {
  type LeadField,
  leadField,
  leadFields,
  type LeadTexts,
  memberOf,
  type Message,
  message,
  numberAsTyped,
  type RegisteredLead,
} from '@ponte/contracts'
import type { Decision } from '../decision.ts'
import { clipText, MAX_TEXT_LENGTH } from '../text/clip-text.ts'

/** The values of a lead of RD Station that fit into TOTVS CRM. A missing value is absent, never empty. */
export type CrmLeadValues = Readonly<Partial<Record<LeadField | 'externalId', string>>>

interface Fitting {
  readonly value: string | undefined
  readonly note?: Message
}

/**
 * Makes each value fit: free text is cut; an e-mail, a phone or a link is left out, because a part of it would be wrong
 * (docs/behaviour/leads.md#long-values). Rules and the record in TOTVS CRM are not considered yet.
 */
export function readCrmLeadValues(lead: RegisteredLead): {
  readonly values: CrmLeadValues
  readonly decisions: readonly Decision[]
} {
  const values: Partial<Record<LeadField | 'externalId', string>> = {}
  const decide = (place: LeadField | 'uuid', target: string, { value, note }: Fitting): Decision => {
    const given = lead[place]
    if (value !== undefined) values[place === 'uuid' ? 'externalId' : place] = value
    const written = note === undefined ? 'written' : 'cut'
    return {
      rule: undefined,
      places: [place],
      place: given === undefined ? undefined : place,
      values: given === undefined ? [] : [given],
      target: `lead.${target}`,
      value,
      current: undefined,
      outcome: value !== undefined ? written : note === undefined ? 'no-value' : 'left-out',
      notes: note === undefined ? [] : [note],
    }
  }
  const ofFields = leadField.options.map(field => decide(field, memberOf(field), fit(field, lead[field]?.trim() ?? '')))
  return { values, decisions: [...ofFields, decide('uuid', 'externalId', externalIdOf(lead.uuid?.trim() ?? ''))] }
}

function fit(field: LeadField, given: string): Fitting {
  const { kind } = leadFields[field]
  const value = kind === 'phone' ? numberAsTyped(given) : given
  if (value === undefined) return { value, note: message('field-digits-lost', { field }) }
  const sizes = { field, length: value.length, limit: MAX_TEXT_LENGTH }
  if (kind === 'text') {
    const { text, clipped } = clipText(value)
    return { value: text || undefined, ...(clipped && { note: message('field-cut', sizes) }) }
  }
  if (value.length > MAX_TEXT_LENGTH) return { value: undefined, note: message('field-too-long', sizes) }
  return { value: value || undefined }
}

function externalIdOf(uuid: string): Fitting {
  if (/^[ -~]{1,200}$/.test(uuid)) return { value: `rd:${uuid}` }
  return { value: undefined, ...(uuid !== '' && { note: message('external-id-left-out') }) }
}

/** The values that have a member of their own. */
export function memberTexts(values: CrmLeadValues): LeadTexts {
  const texts: { -readonly [Member in keyof LeadTexts]: LeadTexts[Member] } = {}
  for (const field of leadField.options) {
    const row = leadFields[field]
    const value = values[field]
    if ('member' in row && value !== undefined) texts[row.member] = value
  }
  return texts
}

/** The field that names the lead in TOTVS CRM: its name, else its e-mail, else a phone (docs/behaviour/leads.md#identity). */
export const displayFieldOf = (values: CrmLeadValues): LeadField | undefined =>
  (['name', 'email', 'phone', 'mobilePhone'] as const).find(field => values[field] !== undefined)
