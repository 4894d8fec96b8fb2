import {
  crmLead,
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
import { samePhone } from '../text/same-phone.ts'

const writing = { ...withoutRules, variables }
const changeOf = (lead: RegisteredLead, existing: object) =>
  withNotes(toCrmLeadChange(lead, crmLead.parse({ id: 'lead-1', ...existing }), writing))

const ofType = (typeId: string, number: unknown, more: object = {}) => ({ number, phoneTypeId: typeId, ...more })
const main = { number: '34990000000', phoneTypeId: 'phone-main' }
const mobile = { number: '34991111111', phoneTypeId: 'phone-mobile' }
const both = { phone: main.number, mobilePhone: mobile.number }
const oldEmail = { id: 'e-1', email: 'old@x.example', emailTypeId: 'email-other', standard: true, verified: true }
const otherAddress = { id: 'a-1', addressType: { id: 'address-other' }, cityName: 'Recife', stateName: 'PE' }
const ownAddress = {
  addressType: { id: 'address-main', description: 'P' },
  cityName: 'Natal',
  stateName: 'RN',
  zip: '1',
}
/** Entries that Ponte cannot read. */
const odd = {
  emails: [null, { email: null, emailTypeId: 'x' }],
  phones: [null, { number: null, phoneTypeId: 'phone-main' }, 'ramal 7', { number: { raw: '1' } }],
  addresses: [null, { addressType: { id: 5 }, cityName: null, zip: 85 }, { addressType: 'home' }],
}

test.each<[what: string, lead: RegisteredLead, existing: object, change: object]>([
  [
    'only what differs is written',
    { name: 'Ana Souza', company: 'Acme', jobTitle: 'CFO' },
    { name: 'Ana', tradingName: 'Acme', jobTitle: ' CEO', website: 'https://x.example' },
    { name: 'Ana Souza', jobTitle: 'CFO' },
  ],
  [
    'people own situation, origin, type and responsible user',
    { name: 'Ana' },
    { leadSituationId: 'other', leadOriginId: 'other', type: 'CUSTOMER', userId: 'other' },
    { name: 'Ana' },
  ],
  [
    'an e-mail that stands for a name replaces none',
    { email: 'a@x.example' },
    { emails: [{ email: 'A@x.example' }] },
    {},
  ],
  ['a real name replaces an e-mail', { name: 'Ana' }, { name: 'ana@x.example' }, { name: 'Ana' }],
  [
    'a new e-mail comes first and standard, the others stay whole',
    { email: 'ana@x.example' },
    { emails: [oldEmail] },
    {
      emails: [
        { email: 'ana@x.example', emailTypeId: 'email-main', standard: true },
        { ...oldEmail, standard: false },
      ],
    },
  ],
  [
    'an e-mail that is there in another case becomes standard as it is spelled',
    { email: 'ana@x.example' },
    { emails: [oldEmail, { id: 'e-2', email: 'Ana@X.example', standard: false }] },
    {
      emails: [
        { id: 'e-2', email: 'Ana@X.example', standard: true },
        { ...oldEmail, standard: false },
      ],
    },
  ],
  [
    'an e-mail without a flag becomes standard where it is not the first',
    { email: 'ana@x.example' },
    { emails: [{ email: 'b@x.example' }, { email: 'ana@x.example' }] },
    { emails: [{ email: 'ana@x.example', standard: true }, { email: 'b@x.example' }] },
  ],
  ['the only e-mail needs no flag', { email: 'ana@x.example' }, { emails: [{ email: 'ana@x.example' }] }, {}],
  [
    'the standard e-mail stays where the CRM lists it',
    { email: 'ana@x.example' },
    { emails: [{ email: 'b@x.example' }, { email: 'ana@x.example', standard: true }] },
    {},
  ],
  [
    'a phone in another spelling stays',
    { phone: main.number },
    { phones: [ofType('phone-fax', '+55 (34) 99000-0000')] },
    {},
  ],
  [
    'a phone that is stored as a number stays a number',
    { phone: '(34) 99000-0000', mobilePhone: mobile.number },
    { phones: [{ number: 34990000000, phoneTypeId: 7, standard: 'S' }] },
    {
      phones: [
        { number: 34990000000, phoneTypeId: 7, standard: 'S' },
        { ...mobile, standard: false },
      ],
    },
  ],
  [
    'a new phone takes the place of the old one of its type, and other entries stay whole',
    both,
    { phones: [ofType('phone-main', 1133334444, { id: 'p-1', extension: '7' }), ofType('phone-fax', '2222-2222')] },
    {
      phones: [
        { ...main, id: 'p-1', extension: '7' },
        ofType('phone-fax', '2222-2222'),
        { ...mobile, standard: false },
      ],
    },
  ],
  [
    'a real phone replaces what was typed to get past a form',
    { mobilePhone: mobile.number },
    { phones: [ofType('phone-mobile', '(00) 00000-0000')] },
    { phones: [mobile] },
  ],
  [
    'the first phone of a lead is standard',
    both,
    {},
    {
      phones: [
        { ...main, standard: true },
        { ...mobile, standard: false },
      ],
    },
  ],
  [
    'phones that changed places lose neither',
    both,
    { phones: [ofType('phone-mobile', main.number)] },
    { phones: [ofType('phone-mobile', main.number), { ...mobile, standard: false }] },
  ],
  [
    'city and state go into the address of the configured type only',
    { city: 'Mossoró' },
    { addresses: [otherAddress, ownAddress] },
    { addresses: [otherAddress, { ...ownAddress, cityName: 'Mossoró' }] },
  ],
  [
    'a first address is added beside those of other types',
    { state: 'PE' },
    { addresses: [otherAddress] },
    { addresses: [otherAddress, { addressType: { id: 'address-main' }, stateName: 'PE' }] },
  ],
  [
    'an address keeps the city that Ponte cannot read',
    { state: 'PR' },
    { addresses: [{ addressType: { id: 'address-main' }, cityName: { id: 4104808 }, stateName: 'SC' }] },
    { addresses: [{ addressType: { id: 'address-main' }, cityName: { id: 4104808 }, stateName: 'PR' }] },
  ],
  [
    'entries that Ponte cannot read are written back as they were read',
    { email: 'ana@x.example', phone: main.number, city: 'Cascavel' },
    odd,
    {
      emails: [{ email: 'ana@x.example', emailTypeId: 'email-main', standard: true }, ...odd.emails],
      phones: [...odd.phones, { ...main, standard: false }],
      addresses: [...odd.addresses, { addressType: { id: 'address-main' }, cityName: 'Cascavel' }],
    },
  ],
  ['an externalId is set', { uuid: 'u-1' }, {}, { externalId: 'rd:u-1' }],
  ['an externalId is set where there is null', { uuid: 'u-1' }, { externalId: null }, { externalId: 'rd:u-1' }],
  ['an externalId is set where there is a blank', { uuid: 'u-1' }, { externalId: ' ' }, { externalId: 'rd:u-1' }],
  [
    'an older externalId of RD Station is replaced',
    { uuid: 'u-1' },
    { externalId: 'rd:u-0' },
    { externalId: 'rd:u-1' },
  ],
])('%s', (_what, lead, existing, expected) => {
  // What stands for a name goes into none that is there.
  const { change, notes } = changeOf(lead, { ...(lead.name === undefined && { name: 'Ana' }), ...existing })
  expect({ change, notes }).toEqual({ change: expected, notes: [] })
  expect(isEmptyChange(change)).toBe(Object.keys(expected).length === 0)
})

const phoneNote = (key: 'field-not-a-phone' | 'field-digits-lost') => message(key, { field: 'mobilePhone' })
test.each<[what: string, lead: RegisteredLead, existing: object, note: object]>([
  ...['(00) 00000-0000', 'não tem', '1'].map((filler): [string, RegisteredLead, object, object] => [
    'a phone by what gets past a form',
    { mobilePhone: filler },
    { phones: [mobile] },
    phoneNote('field-not-a-phone'),
  ]),
  [
    'a phone by one that a spreadsheet rounded',
    { mobilePhone: '5,51199E+12' },
    { phones: [mobile] },
    phoneNote('field-digits-lost'),
  ],
  ['no phone by one that a spreadsheet rounded', { mobilePhone: '5,51199E+12' }, {}, phoneNote('field-digits-lost')],
  ...['erp-61', 4711, { id: 'erp-61' }].map((externalId): [string, RegisteredLead, object, object] => [
    'an externalId of another system',
    { uuid: 'u-1' },
    { externalId },
    message('external-id-kept'),
  ]),
  [
    'e-mails that are no list',
    { email: 'a@x.example' },
    { emails: { main: 'a@x.example' } },
    message('list-kept', { member: 'emails' }),
  ],
  [
    'phones that are no list',
    { phone: '34990000000' },
    { phones: '34990000000' },
    message('list-kept', { member: 'phones' }),
  ],
  ['addresses that are no list', { city: 'Natal' }, { addresses: 85 }, message('list-kept', { member: 'addresses' })],
])('nothing replaces %s, and a note says so', (_what, lead, existing, note) => {
  const { change, notes, decisions } = changeOf(lead, { name: 'Ana', ...existing })
  expect({ change, notes }).toEqual({ change: {}, notes: [note] })
  const shown = decisions.filter(each => each.notes.length > 0 && each.outcome === 'left-out')
  expect(shown.filter(({ value }) => value !== undefined)).toEqual([])
})

test.each(['5511987654321.0', '="5511987654321"', "'5511987654321"])('%s is written as the phone it is', number => {
  expect(changeOf({ mobilePhone: number }, { phones: [] }).change.phones).toMatchObject([{ number: '5511987654321' }])
  const phones = [ofType('phone-mobile', '+55 (11) 98765-4321')]
  expect(changeOf({ name: 'Ana', mobilePhone: number }, { name: 'Ana', phones }).change).toEqual({})
})

test('what the lead has is shown beside each decision, city and state from the address of the configured type', () => {
  const lead = { city: 'Olinda', state: 'CE', email: 'ana@x.example', phone: main.number, jobTitle: 'CEO' }
  const existing = { addresses: [otherAddress, ownAddress], emails: [oldEmail], phones: [mobile], jobTitle: 'CFO' }
  const current = new Map(changeOf(lead, existing).decisions.map(each => [each.places[0], each.current]))
  const shown = ['city', 'state', 'email', 'phone', 'jobTitle', 'website'].map(place => current.get(place))
  expect(shown).toEqual(['Natal', 'RN', 'old@x.example', '34991111111', 'CFO', undefined])
  const blank = changeOf({ ...lead, website: 'https://x.example' }, { jobTitle: '', emails: [], website: null })
  expect(blank.decisions.filter(each => each.current !== undefined)).toEqual([])
})

test('a lead that Ponte just created needs no change, and no note', () => {
  fc.assert(
    fc.property(registeredLeads, registered => {
      const lead = { ...registered, email: 'ana@x.example' }
      const created = withNotes(toCrmLead(lead, { ...writing, userId: 'user-1' }))
      const { change, notes } = changeOf(lead, created.lead)
      expect({ change, notes }).toEqual({ change: {}, notes: created.notes })
    }),
  )
})

test('no value of RD Station is lost without a note', () => {
  fc.assert(
    fc.property(registeredLeads, crmLeads, (lead, existing) => {
      const { change, notes } = withNotes(toCrmLeadChange(lead, existing, writing))
      const after = crmLead.parse(JSON.parse(JSON.stringify({ ...existing, ...change })))
      const noted = (field: string): boolean => notes.some(note => renderMessage(note, 'en').startsWith(`${field} `))
      const address = after.addresses.find(({ addressType }) => addressType?.id === 'address-main')
      const stored = (field: LeadField): unknown =>
        field === 'city' ? address?.cityName : field === 'state' ? address?.stateName : after[memberOf(field)]
      for (const field of leadField.options) {
        const { kind } = leadFields[field]
        const given = lead[field]?.trim() ?? ''
        if (kind === 'text' && clipText(given).text) expect(stored(field)).toBe(clipText(given).text)
        if (kind === 'text') expect(noted(field)).toBe(given.length > 255)
        if (kind === 'link' && given) expect(noted(field) || stored(field) === given).toBe(true)
        const isThere = after.phones.some(({ number }) => number === given || samePhone(number, given))
        if (kind === 'phone' && given) expect(noted(field) || isThere).toBe(true)
      }
      if (lead.email) {
        const standard = after.emails.filter(entry => entry.standard === true)
        expect((standard[0] ?? after.emails[0])?.email.toLowerCase()).toBe(lead.email)
        expect(standard.length).toBeLessThanOrEqual(1)
      }
      if (lead.uuid) expect(noted('externalId') || after.externalId === `rd:${lead.uuid}`).toBe(true)
    }),
    { numRuns: inject('isLongRun') ? 500 : 100 },
  )
})

const anything = fc.jsonValue({ maxDepth: 2 })
const maybe = (member: string, values: fc.Arbitrary<unknown>) =>
  fc.record({ [member]: fc.oneof(values, anything), standard: fc.oneof(fc.boolean(), anything), other: anything })
const addressTypes = fc.constantFrom({ id: 'address-main', name: 'x' }, { id: 'address-other' }, 'x')
const lists = fc.record({
  emails: fc.array(fc.oneof(maybe('email', fc.constantFrom('ana@x.example', 'bia@x.example')), anything)),
  phones: fc.array(fc.oneof(maybe('number', fc.constantFrom('34990000000', 34990000000, '1', 1)), anything)),
  addresses: fc.array(fc.oneof(maybe('addressType', addressTypes), anything)),
})

/** The members in which two entries may differ, and no other. */
const differOnlyIn = (one: unknown, other: unknown, members: readonly string[]): boolean => {
  const without = (entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).filter(([name]) => !members.includes(name)))
      : entry
  return JSON.stringify(without(one)) === JSON.stringify(without(other))
}

test('whatever a CRM holds in its lists, an update writes all of it back, but for what RD Station knows', () => {
  fc.assert(
    fc.property(registeredLeads, lists, (lead, stored) => {
      const { change } = changeOf(lead, stored)
      for (const [index, phone] of stored.phones.entries())
        expect(differOnlyIn(phone, (change.phones ?? stored.phones)[index], ['number'])).toBe(true)
      for (const [index, address] of stored.addresses.entries()) {
        const written = (change.addresses ?? stored.addresses)[index]
        expect(differOnlyIn(address, written, ['cityName', 'stateName'])).toBe(true)
      }
      const emails = [...(change.emails ?? stored.emails)]
      for (const email of stored.emails) {
        const index = emails.findIndex(each => differOnlyIn(email, each, ['standard']))
        expect(index).toBeGreaterThanOrEqual(0)
        emails.splice(index, 1)
      }
      expect(emails.length).toBeLessThanOrEqual(1)
    }),
  )
})
