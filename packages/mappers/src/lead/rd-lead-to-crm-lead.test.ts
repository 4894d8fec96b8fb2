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
import { usesOf } from '../rules/apply-rules.ts'
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

test.each([
  [{ email: 'maria@example.com', phone: '1', mobilePhone: '2' }, 'maria@example.com'],
  [{ phone: '1', mobilePhone: '2' }, '1'],
  [{ mobilePhone: '41999998888' }, '41999998888'],
  [{ email: `${'a'.repeat(256)}@x.example`, phone: '4133334444' }, '4133334444'],
])('a lead without a name, %j, is called %s', (lead, name) => {
  expect(map(lead).lead.name).toBe(name)
})

test('a lead with a mobile phone only has it as its standard one', () => {
  const { lead } = map({ mobilePhone: '41999998888' })
  expect(lead.phones).toEqual([{ number: '41999998888', phoneTypeId: 'phone-mobile', standard: true }])
})

test.each([{}, { name: 'Maria' }, { name: 'Maria', phone: '9'.repeat(256) }])(
  'a lead without usable e-mail and phone, %j, is refused by name',
  lead => {
    const refusal = { code: 'LEAD_WITHOUT_IDENTITY', constructor: PermanentFailure }
    expect(() => map(lead)).toThrow(expect.objectContaining(refusal))
  },
)

const isText = (field: LeadField): boolean => leadFields[field].kind === 'text'

test.each(leadField.options)(
  'a %s that is too long is cut as a text and else left out, and the note says so',
  field => {
    const { lead, decisions, notes } = map({ ...full, [field]: '9'.repeat(300) })
    expect(JSON.stringify(lead).includes(`"${'9'.repeat(255)}"`)).toBe(isText(field))
    expect(JSON.stringify(lead).includes('9'.repeat(12))).toBe(isText(field))
    const key = isText(field) ? 'field-cut' : 'field-too-long'
    expect(notes).toEqual([message(key, { field, length: 300, limit: 255 })])
    const outcome = isText(field) ? 'cut' : 'left-out'
    expect(decisions.filter(each => each.outcome !== 'written')).toMatchObject([{ places: [field], outcome }])
  },
)

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
      const { phones } = crmLead.parse({ id: 'lead-1', ...lead })
      expect(phones.filter(phone => phone.standard)).toHaveLength(Math.min(1, phones.length))
      const sent = texts(lead)
      expect(sent.filter(value => value === '' || value.length > 255)).toEqual([])
      for (const field of leadField.options) {
        const value = registered[field]?.trim()
        if (!value) continue
        const noted = notes.some(note => renderMessage(note, 'en').startsWith(`${field} `))
        expect(noted).toBe(value.length > 255)
        if (!noted || isText(field)) expect(sent).toContain(clipText(value).text)
      }
    }),
  )
})

/** Every text in a value, however deep. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : []
}
