import {
  crmLead,
  type LeadField,
  leadField,
  leadFields,
  message,
  PermanentFailure,
  type RegisteredLead,
  renderMessage,
} from '@ponte/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { usesOf } from '../decision.ts'
import { clipText } from '../text/clip-text.ts'
import { registeredLeads, variables, withNotes, withoutRules } from '../testing/lead-arbitraries.ts'
import { toCrmLead } from './rd-lead-to-crm-lead.ts'

const full: RegisteredLead = {
  uuid: '5408c5a3-4711-4f2e-8d0b-13407a3e30f3',
  email: 'maria@example.com',
  name: 'Maria Silva',
  company: 'Empresa Exemplo Ltda',
  jobTitle: 'Diretora',
  city: 'Cascavel',
  state: 'PR',
  phone: '4133334444',
  mobilePhone: '41999998888',
  website: 'https://empresa.example',
  facebook: 'https://facebook.com/empresa',
  linkedin: 'https://linkedin.com/in/maria',
}
const map = (lead: RegisteredLead) => withNotes(toCrmLead(lead, { ...withoutRules, variables, userId: 'user-1' }))

test('all fields and all automatic values arrive', () => {
  const { lead, notes, decisions } = map(full)
  expect({ lead, notes, uses: usesOf(decisions) }).toEqual({
    lead: {
      name: 'Maria Silva',
      tradingName: 'Empresa Exemplo Ltda',
      jobTitle: 'Diretora',
      externalId: 'rd:5408c5a3-4711-4f2e-8d0b-13407a3e30f3',
      leadSituationId: 'situation-active',
      leadOriginId: 'origin-rd',
      type: 'LEAD',
      userId: 'user-1',
      emails: [{ email: 'maria@example.com', emailTypeId: 'email-main', standard: true }],
      phones: [
        { number: '4133334444', phoneTypeId: 'phone-main', standard: true },
        { number: '41999998888', phoneTypeId: 'phone-mobile', standard: false },
      ],
      addresses: [{ addressType: { id: 'address-main' }, cityName: 'Cascavel', stateName: 'PR' }],
      website: 'https://empresa.example',
      facebook: 'https://facebook.com/empresa',
      linkedin: 'https://linkedin.com/in/maria',
    },
    notes: [],
    uses: [],
  })
})

test('what RD Station does not know is absent, not empty', () => {
  expect(map({ email: 'maria@example.com' }).lead).toStrictEqual({
    name: 'maria@example.com',
    leadSituationId: 'situation-active',
    leadOriginId: 'origin-rd',
    type: 'LEAD',
    userId: 'user-1',
    emails: [{ email: 'maria@example.com', emailTypeId: 'email-main', standard: true }],
    phones: [],
    addresses: [],
  })
})

test('a lead without a name is called by its e-mail, else by its main phone', () => {
  const nameOf = (lead: RegisteredLead) => map(lead).lead.name
  expect(nameOf({ email: 'maria@example.com', phone: '1', mobilePhone: '2' })).toBe('maria@example.com')
  expect(nameOf({ phone: '1', mobilePhone: '2' })).toBe('1')
})

test('a lead with a mobile phone only is called by it', () => {
  const { lead, notes } = map({ mobilePhone: '41999998888' })
  expect(lead.name).toBe('41999998888')
  expect(lead.emails).toEqual([])
  expect(lead.phones).toEqual([{ number: '41999998888', phoneTypeId: 'phone-mobile', standard: true }])
  expect(notes).toEqual([])
})

test('a lead without usable e-mail and phone is refused by name', () => {
  for (const lead of [{}, { name: 'Maria' }, { name: 'Maria', phone: '9'.repeat(256) }]) {
    expect(() => map(lead)).toThrow(
      expect.objectContaining({ code: 'LEAD_WITHOUT_IDENTITY', constructor: PermanentFailure }),
    )
  }
})

const isText = (field: LeadField): boolean => leadFields[field].kind === 'text'

test.each(leadField.options.filter(isText))(
  'a %s that is too long is cut, and the note says so without the text',
  field => {
    const { lead, notes } = map({ ...full, [field]: 'ã'.repeat(300) })
    expect(JSON.stringify(lead)).toContain(`"${'ã'.repeat(255)}"`)
    expect(notes).toEqual([message('field-cut', { field, length: 300, limit: 255 })])
  },
)

test.each(leadField.options.filter(field => !isText(field)))(
  'a %s that is too long is left out and never cut, and the note says so',
  field => {
    const { lead, notes } = map({ ...full, [field]: '9'.repeat(256) })
    expect(JSON.stringify(lead)).not.toContain('999999999999')
    expect(notes).toEqual([message('field-too-long', { field, length: 256, limit: 255 })])
  },
)

test('an e-mail that is too long is left out, and the lead is called by its phone', () => {
  const { lead, notes } = map({ email: `${'a'.repeat(256)}@x.example`, phone: '4133334444' })
  expect(lead).toMatchObject({ name: '4133334444', emails: [] })
  expect(notes[0]).toEqual(message('field-too-long', { field: 'email', length: 266, limit: 255 }))
})

test.each(['é', 'u'.repeat(201), 'a\nb'])('a uuid that no filter could carry is left out with a note', uuid => {
  const { lead, notes } = map({ ...full, uuid })
  expect(lead).not.toHaveProperty('externalId')
  expect(notes).toEqual([message('external-id-left-out')])
})

test('every text that a mapper makes fits into TOTVS CRM, and nothing is lost without a note', () => {
  fc.assert(
    fc.property(registeredLeads, registered => {
      fc.pre([registered.email, registered.phone, registered.mobilePhone].some(value => value && value.length < 256))
      const { lead, notes } = map(registered)
      const stored = crmLead.parse({ id: 'lead-1', ...lead })

      expect(stored.emails).toHaveLength(lead.emails.length)
      expect(stored.phones).toHaveLength(lead.phones.length)
      expect(stored.addresses).toHaveLength(lead.addresses.length)
      expect(stored.phones.filter(phone => phone.standard)).toHaveLength(Math.min(1, lead.phones.length))

      const sent = texts(lead)
      for (const value of sent) expect(value.length).toBeLessThanOrEqual(255)
      for (const value of sent) expect(value).not.toBe('')
      for (const field of leadField.options) {
        const value = registered[field]?.trim()
        if (!value) continue
        const noted = notes.some(note => renderMessage(note, 'en').startsWith(`${field} `))
        if (noted) expect(value.length).toBeGreaterThan(255)
        if (!noted) expect(sent).toContain(value.toWellFormed())
        if (noted && isText(field)) {
          expect(sent).toContain(clipText(value).text)
        }
      }
    }),
  )
})

/** Every text in a value, however deep. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : []
}
