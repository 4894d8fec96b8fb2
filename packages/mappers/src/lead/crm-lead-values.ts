import {
  type LeadField,
  leadField,
  leadFields,
  type LeadTexts,
  type RegisteredLead,
  type Message,
  message,
} from '@ponte/contracts'
import { clipText, MAX_TEXT_LENGTH } from '../text/clip-text.ts'

/** What a lead of RD Station holds that fits into TOTVS CRM. What it does not hold is absent, never empty. */
export type CrmLeadValues = Readonly<Partial<Record<LeadField | 'externalId', string>>>

/**
 * Makes each value fit: free text is cut; an e-mail, a phone or a link is left out, because a part of it would be a
 * wrong one (docs/behaviour.md#long-values). The notes say what was cut or left out, without the values.
 */
export function readCrmLeadValues(lead: RegisteredLead): { values: CrmLeadValues; notes: Message[] } {
  const notes: Message[] = []
  const values: Partial<Record<LeadField | 'externalId', string>> = {}
  for (const field of leadField.options) {
    const value = lead[field]?.trim() ?? ''
    const isCut = leadFields[field].kind === 'text'
    const isLong = value.length > MAX_TEXT_LENGTH
    if (isLong) notes.push(message(isCut ? 'field-cut' : 'field-too-long', sizeOf(field, value)))
    const fitting = isCut ? clipText(value).text : value
    if (fitting !== '' && (isCut || !isLong)) values[field] = fitting
  }
  const uuid = lead.uuid?.trim() ?? ''
  if (/^[ -~]{1,200}$/.test(uuid)) values.externalId = `rd:${uuid}`
  else if (uuid !== '') notes.push(message('external-id-left-out'))
  return { values, notes }
}

/** The values that stand in members of their own. */
export function memberTexts(values: CrmLeadValues): LeadTexts {
  const texts: { -readonly [Member in keyof LeadTexts]: LeadTexts[Member] } = {}
  for (const field of leadField.options) {
    const row = leadFields[field]
    const value = values[field]
    if ('member' in row && value !== undefined) texts[row.member] = value
  }
  return texts
}

/** The name of the lead in TOTVS CRM: its own, else its e-mail, else a phone (docs/behaviour.md#identity). */
export const displayNameOf = ({ name, email, phone, mobilePhone }: CrmLeadValues): string | undefined =>
  name ?? email ?? phone ?? mobilePhone

const sizeOf = (field: string, { length }: string) => ({ field, length, limit: MAX_TEXT_LENGTH })
