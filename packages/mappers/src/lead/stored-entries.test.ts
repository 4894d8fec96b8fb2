import { crmLead, message, type RegisteredLead } from '@ponte/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { registeredLeads, variables, withNotes, withoutRules } from '../testing/lead-arbitraries.ts'
import { toCrmLeadChange } from './rd-lead-to-crm-lead-change.ts'

const changeOf = (lead: RegisteredLead, existing: Record<string, unknown>) =>
  withNotes(toCrmLeadChange(lead, crmLead.parse({ id: 'lead-1', ...existing }), { ...withoutRules, variables }))

test('a phone that is stored as a number is read, and stays a number', () => {
  const phones = [{ number: 34990000000, phoneTypeId: 7, standard: 'S' }]
  expect(changeOf({ phone: '(34) 99000-0000' }, { phones }).change).toEqual({})
  expect(changeOf({ mobilePhone: '34991111111' }, { phones }).change.phones).toEqual([
    ...phones,
    { number: '34991111111', phoneTypeId: 'phone-mobile', standard: false },
  ])
})

test('a phone that is stored as a number is replaced by a new one of its type', () => {
  const phones = [{ number: 1133334444, phoneTypeId: 'phone-main', extension: 7 }]
  expect(changeOf({ phone: '34990000000' }, { phones }).change.phones).toEqual([
    { number: '34990000000', phoneTypeId: 'phone-main', extension: 7 },
  ])
})

test('entries of lists that Ponte cannot read are written back as they were read', () => {
  const existing = {
    emails: [null, { email: null, emailTypeId: 'x' }, { email: 'old@x.example', standard: 'true', verified: 0 }],
    phones: [null, { number: null, phoneTypeId: 'phone-main' }, 'ramal 7', { number: { raw: '1' } }],
    addresses: [null, { addressType: { id: 5 }, cityName: null, zip: 85 }, { addressType: 'home' }],
  }
  const { change } = changeOf({ email: 'ana@x.example', phone: '34990000000', city: 'Cascavel' }, existing)
  expect(change).toEqual({
    emails: [
      { email: 'ana@x.example', emailTypeId: 'email-main', standard: true },
      existing.emails[0],
      existing.emails[1],
      { email: 'old@x.example', standard: false, verified: 0 },
    ],
    phones: [...existing.phones, { number: '34990000000', phoneTypeId: 'phone-main', standard: false }],
    addresses: [...existing.addresses, { addressType: { id: 'address-main' }, cityName: 'Cascavel' }],
  })
})

test('an address keeps the city that Ponte cannot read when RD Station knows only the state', () => {
  const addresses = [{ addressType: { id: 'address-main' }, cityName: { id: 4104808 }, stateName: 'SC' }]
  expect(changeOf({ state: 'PR' }, { addresses }).change.addresses).toEqual([{ ...addresses[0], stateName: 'PR' }])
})

test.each([
  ['emails', { main: 'ana@x.example' }],
  ['phones', '34990000000; 34991111111'],
  ['addresses', 85],
])('%s that are no list stay as they are, and a note says so', (member, stored) => {
  const { change, notes } = changeOf(
    { email: 'ana@x.example', phone: '34990000000', city: 'Cascavel' },
    { [member]: stored },
  )
  expect(change).not.toHaveProperty(member)
  expect(notes).toEqual([message('list-kept', { member })])
})

test.each([4711, { id: 'erp-61' }])('an externalId that another system wrote as %j stays', externalId => {
  const { change, notes } = changeOf({ uuid: crypto.randomUUID(), name: 'Ana' }, { name: 'Ana', externalId })
  expect(change).toEqual({})
  expect(notes).toContainEqual(message('external-id-kept'))
})

test('a name that is stored as a number is somebody’s, and stays where only empty values are filled', () => {
  const existing = crmLead.parse({ id: 'lead-1', name: 99 })
  const writing = { ...withoutRules, variables, updates: { 'lead.name': 'if-empty' } } as const
  expect(toCrmLeadChange({ name: 'Ana' }, existing, writing).change).toEqual({})
})

const anything = fc.jsonValue({ maxDepth: 2 })
const maybe = (member: string, values: fc.Arbitrary<unknown>) =>
  fc.record({ [member]: fc.oneof(values, anything), standard: fc.oneof(fc.boolean(), anything), other: anything })
const lists = fc.record({
  emails: fc.array(fc.oneof(maybe('email', fc.constantFrom('ana@x.example', 'bia@x.example')), anything)),
  phones: fc.array(fc.oneof(maybe('number', fc.constantFrom('34990000000', 34990000000, '1', 1)), anything)),
  addresses: fc.array(
    fc.oneof(
      maybe('addressType', fc.constantFrom({ id: 'address-main', name: 'x' }, { id: 'address-other' }, 'x')),
      anything,
    ),
  ),
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
      const { change } = toCrmLeadChange(lead, crmLead.parse({ id: 'lead-1', ...stored }), {
        ...withoutRules,
        variables,
      })
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
