import {
  crmLead,
  type CrmLead,
  type CrmLeadChange,
  type LeadField,
  leadField,
  leadFields,
  memberOf,
  message,
  type RegisteredLead,
  renderMessage,
} from '@ponte/contracts'
import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { clipText } from '../text/clip-text.ts'
import { crmLeads, registeredLeads, variables, withNotes, withoutRules } from '../testing/lead-arbitraries.ts'
import { toCrmLead } from './rd-lead-to-crm-lead.ts'
import { isEmptyChange, toCrmLeadChange } from './rd-lead-to-crm-lead-change.ts'
import { samePhone } from './same-phone.ts'

const changeOf = (lead: RegisteredLead, existing: Record<string, unknown>) =>
  withNotes(toCrmLeadChange(lead, crmLead.parse({ id: 'lead-1', ...existing }), { ...withoutRules, variables }))

/** The record after the CRM took the change and was read again. */
const applied = (existing: CrmLead, change: CrmLeadChange): CrmLead =>
  crmLead.parse(JSON.parse(JSON.stringify({ ...existing, ...change })))

test('a lead that brings nothing new changes nothing', () => {
  const lead = {
    uuid: 'u-1',
    email: 'ana@x.example',
    name: 'Ana',
    company: 'Acme',
    jobTitle: 'CEO',
    city: 'Cascavel',
    state: 'PR',
    phone: '4133334444',
    mobilePhone: '41999998888',
    website: 'https://x.example',
    facebook: 'https://f.example',
    linkedin: 'https://l.example',
    notes: [],
  }
  const created = toCrmLead(lead, { ...withoutRules, variables, userId: 'user-1' }).lead
  const { change, notes } = changeOf(lead, { ...created })
  expect(change).toEqual({})
  expect(isEmptyChange(change)).toBe(true)
  expect(notes).toEqual([])
})

test('only what differs is in the change', () => {
  const existing = { name: 'Ana', tradingName: 'Acme', jobTitle: 'CEO', website: 'https://x.example' }
  const { change } = changeOf({ name: 'Ana Souza', company: 'Acme', jobTitle: 'CFO' }, existing)
  expect(change).toEqual({ name: 'Ana Souza', jobTitle: 'CFO' })
  expect(isEmptyChange(change)).toBe(false)
})

test('people own situation, origin, type and responsible user', () => {
  const existing = { leadSituationId: 'other', leadOriginId: 'other', type: 'CUSTOMER', userId: 'other' }
  const { change } = changeOf({ name: 'Ana', email: 'ana@x.example' }, existing)
  expect(Object.keys(change).toSorted()).toEqual(['emails', 'name'])
})

test('a name is not replaced by an e-mail or a phone that stands for a name', () => {
  expect(changeOf({ email: 'ana@x.example', phone: '4133334444' }, { name: 'Ana' }).change).not.toHaveProperty('name')
})

test('the name that the CRM has from an e-mail is replaced by the real one', () => {
  expect(changeOf({ name: 'Ana' }, { name: 'ana@x.example' }).change).toEqual({ name: 'Ana' })
})

test('a new e-mail comes first and standard; the others stay with all that the CRM knows of them', () => {
  const old = { id: 'e-1', email: 'old@x.example', emailTypeId: 'email-other', standard: true, verified: true }
  expect(changeOf({ email: 'ana@x.example' }, { emails: [old] }).change.emails).toEqual([
    { email: 'ana@x.example', emailTypeId: 'email-main', standard: true },
    { ...old, standard: false },
  ])
})

test('an e-mail that is there in another case and is not standard becomes standard as it is spelled', () => {
  const emails = [
    { id: 'e-1', email: 'old@x.example', standard: true },
    { id: 'e-2', email: 'Ana@X.example', standard: false },
  ]
  expect(changeOf({ email: 'ana@x.example' }, { emails }).change.emails).toEqual([
    expect.objectContaining({ id: 'e-2', email: 'Ana@X.example', standard: true }),
    expect.objectContaining({ id: 'e-1', email: 'old@x.example', standard: false }),
  ])
})

test.each([
  ['is standard in another case', [{ email: 'Ana@X.example', standard: true }]],
  ['is the only one and has no flag', [{ email: 'ana@x.example' }]],
  ['is standard, wherever the CRM lists it', [{ email: 'b@x.example' }, { email: 'ana@x.example', standard: true }]],
])('an e-mail that %s is no change', (_, emails) => {
  expect(changeOf({ email: 'ana@x.example' }, { emails }).change).toEqual({})
})

test('a phone that the lead has in another spelling stays as it is', () => {
  const phones = [{ number: '+55 (34) 99000-0000', phoneTypeId: 'phone-fax' }]
  expect(changeOf({ phone: '34990000000' }, { phones }).change).toEqual({})
})

test('a new phone takes the place of the old one of its type; other entries stay whole', () => {
  const phones = [
    { id: 'p-1', number: '1111-1111', phoneTypeId: 'phone-main', standard: false, extension: '7' },
    { id: 'p-2', number: '2222-2222', phoneTypeId: 'phone-fax', standard: true },
  ]
  expect(changeOf({ phone: '34990000000', mobilePhone: '34991111111' }, { phones }).change.phones).toEqual([
    { ...phones[0], number: '34990000000' },
    phones[1],
    { number: '34991111111', phoneTypeId: 'phone-mobile', standard: false },
  ])
})

test.each(['(00) 00000-0000', 'não tem', '1'])('%j takes the place of no real phone, and a note says so', filler => {
  const phones = [{ number: '34990000000', phoneTypeId: 'phone-mobile' }]
  const { change, notes } = changeOf({ mobilePhone: filler }, { phones })
  expect(change).not.toHaveProperty('phones')
  expect(notes).toContainEqual(message('field-not-a-phone', { field: 'mobilePhone' }))
})

test.each([
  { what: 'has one', phones: [{ number: '+55 (11) 98765-4321', phoneTypeId: 'phone-mobile' }] },
  { what: 'has none', phones: [] },
])('a phone that a spreadsheet rounded is not written where TOTVS CRM $what, and a note says so', ({ phones }) => {
  const { change, notes } = changeOf({ email: 'ana@x.example', mobilePhone: '5,51199E+12' }, { phones })
  expect(change).not.toHaveProperty('phones')
  expect(notes).toEqual([message('field-digits-lost', { field: 'mobilePhone' })])
})

test.each(['5511987654321.0', '="5511987654321"', "'5511987654321"])('%s is written as the phone it is', number => {
  expect(changeOf({ mobilePhone: number }, { phones: [] }).change.phones).toMatchObject([{ number: '5511987654321' }])
  const phones = [{ number: '+55 (11) 98765-4321', phoneTypeId: 'phone-mobile' }]
  expect(changeOf({ mobilePhone: number }, { phones }).change).toEqual({})
})

test('a real phone replaces what was typed to get past a form', () => {
  const phones = [{ number: '(00) 00000-0000', phoneTypeId: 'phone-mobile' }]
  expect(changeOf({ mobilePhone: '34990000000' }, { phones }).change.phones).toMatchObject([{ number: '34990000000' }])
})

test('the first phone of a lead is standard', () => {
  expect(changeOf({ phone: '34990000000', mobilePhone: '34991111111' }, {}).change.phones).toEqual([
    { number: '34990000000', phoneTypeId: 'phone-main', standard: true },
    { number: '34991111111', phoneTypeId: 'phone-mobile', standard: false },
  ])
})

test('phones that changed places lose neither', () => {
  const phones = [{ number: '34990000000', phoneTypeId: 'phone-mobile' }]
  const { change } = changeOf({ phone: '34990000000', mobilePhone: '34991111111' }, { phones })
  expect(change.phones).toMatchObject([{ number: '34990000000' }, { number: '34991111111' }])
})

test('city and state go into the address of the configured type only', () => {
  const addresses = [
    { id: 'a-1', addressType: { id: 'address-other' }, cityName: 'Recife', stateName: 'PE' },
    {
      id: 'a-2',
      addressType: { id: 'address-main', description: 'Principal' },
      cityName: 'Natal',
      stateName: 'RN',
      zip: '1',
    },
  ]
  expect(changeOf({ city: 'Mossoró' }, { addresses }).change.addresses).toEqual([
    addresses[0],
    { ...addresses[1], cityName: 'Mossoró' },
  ])
})

test('a first address is added beside those of other types', () => {
  const addresses = [{ addressType: { id: 'address-other' }, cityName: 'Recife' }]
  expect(changeOf({ state: 'PE' }, { addresses }).change.addresses).toEqual([
    addresses[0],
    { addressType: { id: 'address-main' }, stateName: 'PE' },
  ])
})

test.each([
  ['absent', undefined],
  ['an older one of RD Station', 'rd:u-0'],
])('an externalId that is %s is set', (_, externalId) => {
  expect(changeOf({ uuid: 'u-1' }, { externalId }).change).toEqual({ externalId: 'rd:u-1' })
})

test('an externalId of another system is left alone, and the note says so', () => {
  const { change, notes } = changeOf({ uuid: 'u-1' }, { externalId: 'erp-61' })
  expect(change).toEqual({})
  expect(notes).toEqual([message('external-id-kept')])
})

test('applying a change twice is the same as applying it once', () => {
  fc.assert(
    fc.property(registeredLeads, crmLeads, (lead, existing) => {
      const { change } = toCrmLeadChange(lead, existing, { ...withoutRules, variables })
      expect(toCrmLeadChange(lead, applied(existing, change), { ...withoutRules, variables }).change).toEqual({})
    }),
    { numRuns: inject('isLongRun') ? 500 : 100 },
  )
})

test('a lead that Ponte just created needs no change', () => {
  fc.assert(
    fc.property(registeredLeads, registered => {
      const lead = { ...registered, email: 'ana@x.example' }
      const created = toCrmLead(lead, { ...withoutRules, variables, userId: 'user-1' }).lead
      const stored = crmLead.parse({ id: 'lead-1', ...created })
      expect(toCrmLeadChange(lead, stored, { ...withoutRules, variables }).change).toEqual({})
    }),
  )
})

test('nothing that the CRM knows is blanked, and entries that are not RD Station’s stay whole', () => {
  fc.assert(
    fc.property(registeredLeads, crmLeads, (lead, existing) => {
      const { change } = toCrmLeadChange(lead, existing, { ...withoutRules, variables })
      const after = applied(existing, change)

      for (const [key, value] of Object.entries(existing)) if (value) expect(after[key], key).toBeTruthy()
      for (const value of Object.values(change)) expect(value).not.toBeUndefined()
      for (const { standard: _, ...email } of existing.emails) {
        expect(after.emails).toContainEqual(expect.objectContaining(known(email)))
      }
      for (const phone of existing.phones) {
        const kept = after.phones.find(({ id }) => id === phone['id'])
        expect(kept).toEqual(phone.number === kept?.number ? phone : { ...phone, number: kept?.number })
        if (kept?.number !== phone.number) expect([lead.phone, lead.mobilePhone]).toContain(kept?.number)
        if (kept?.number !== phone.number) expect(phone.phoneTypeId).toMatch(/^phone-(main|mobile)$/)
      }
      for (const address of existing.addresses) {
        const kept = after.addresses.find(({ id }) => id === address['id'])
        if (address.addressType?.id !== 'address-main') expect(kept).toEqual(address)
        expect(kept).toMatchObject(known({ addressType: address.addressType, remark: address['remark'] }))
        if (address.cityName) expect(kept?.cityName).toBeTruthy()
        if (address.stateName) expect(kept?.stateName).toBeTruthy()
      }
    }),
    { numRuns: inject('isLongRun') ? 500 : 100 },
  )
})

test('no value of RD Station is lost without a note', () => {
  fc.assert(
    fc.property(registeredLeads, crmLeads, (lead, existing) => {
      const { change, notes } = withNotes(toCrmLeadChange(lead, existing, { ...withoutRules, variables }))
      const after = applied(existing, change)
      const noted = (field: string): boolean => notes.some(note => renderMessage(note, 'en').startsWith(`${field} `))
      const address = after.addresses.find(({ addressType }) => addressType?.id === 'address-main')
      const cut = (value: string | undefined): string | undefined => clipText(value?.trim() ?? '').text || undefined

      const stored = (field: LeadField): unknown =>
        field === 'city' ? address?.cityName : field === 'state' ? address?.stateName : after[memberOf(field)]
      for (const field of leadField.options.filter(each => leadFields[each].kind === 'text')) {
        const value = cut(lead[field])
        if (value) expect(stored(field)).toBe(value)
        if ((lead[field]?.trim().length ?? 0) > 255) expect(noted(field)).toBe(true)
      }
      for (const field of leadField.options.filter(each => leadFields[each].kind === 'link')) {
        if (lead[field]) expect(noted(field) || stored(field) === lead[field]).toBe(true)
      }
      for (const field of ['phone', 'mobilePhone'] as const) {
        const number = lead[field]
        const stored = after.phones.some(entry => entry.number === number || samePhone(entry.number, number ?? ''))
        if (number) expect(noted(field) || stored).toBe(true)
      }
      if (lead.email) {
        const standard = after.emails.filter(entry => entry.standard === true)
        const [first] = standard.length > 0 ? standard : after.emails
        expect(first?.email.toLowerCase()).toBe(lead.email)
        expect(standard.length).toBeLessThanOrEqual(1)
      }
      if (lead.uuid) expect(noted('externalId') || after.externalId === `rd:${lead.uuid}`).toBe(true)
    }),
    { numRuns: inject('isLongRun') ? 500 : 100 },
  )
})

const known = (members: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
