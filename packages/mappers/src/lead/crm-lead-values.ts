import { type RegisteredLead, type Message, message } from '@ponte/contracts'
import { clipText, MAX_TEXT_LENGTH } from '../text/clip-text.ts'

/** What a lead of RD Station holds that fits into TOTVS CRM, under the CRM's names. Absent is undefined, never empty. */
export interface CrmLeadValues {
  readonly name: string | undefined
  readonly tradingName: string | undefined
  readonly jobTitle: string | undefined
  readonly cityName: string | undefined
  readonly stateName: string | undefined
  readonly email: string | undefined
  readonly phone: string | undefined
  readonly mobilePhone: string | undefined
  readonly website: string | undefined
  readonly facebook: string | undefined
  readonly linkedin: string | undefined
  readonly externalId: string | undefined
}

/**
 * Makes each value fit: free text is cut; an e-mail, a phone or an address is left out, because a part of it would be a
 * wrong one (docs/behaviour.md#long-values). The notes say what was cut or left out, without the values.
 */
export function readCrmLeadValues(lead: RegisteredLead): { values: CrmLeadValues; notes: Message[] } {
  const notes: Message[] = []

  const cut = (field: 'name' | 'company' | 'jobTitle' | 'city' | 'state'): string | undefined => {
    const value = lead[field]?.trim() ?? ''
    const { text, clipped } = clipText(value)
    if (clipped) notes.push(message('field-cut', sizeOf(field, value)))
    return text || undefined
  }

  const whole = (
    field: 'email' | 'phone' | 'mobilePhone' | 'website' | 'facebook' | 'linkedin',
  ): string | undefined => {
    const value = lead[field]?.trim() ?? ''
    if (value.length <= MAX_TEXT_LENGTH) return value || undefined
    notes.push(message('field-too-long', sizeOf(field, value)))
    return undefined
  }

  const externalId = (): string | undefined => {
    const uuid = lead.uuid?.trim() ?? ''
    if (/^[ -~]{1,200}$/.test(uuid)) return `rd:${uuid}`
    if (uuid !== '') notes.push(message('external-id-left-out'))
    return undefined
  }

  const values = {
    name: cut('name'),
    tradingName: cut('company'),
    jobTitle: cut('jobTitle'),
    cityName: cut('city'),
    stateName: cut('state'),
    email: whole('email'),
    phone: whole('phone'),
    mobilePhone: whole('mobilePhone'),
    website: whole('website'),
    facebook: whole('facebook'),
    linkedin: whole('linkedin'),
    externalId: externalId(),
  }
  return { values, notes }
}

/** The name of the lead in TOTVS CRM: its own, else its e-mail, else a phone (docs/behaviour.md#identity). */
export const displayNameOf = ({ name, email, phone, mobilePhone }: CrmLeadValues): string | undefined =>
  name ?? email ?? phone ?? mobilePhone

const sizeOf = (field: string, { length }: string) => ({ field, length, limit: MAX_TEXT_LENGTH })
