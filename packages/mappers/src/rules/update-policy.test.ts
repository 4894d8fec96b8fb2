import { crmLead, message } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { isSameValue, reasonToKeep } from './update-policy.ts'

type Updates = Record<string, 'always' | 'if-empty' | 'on-create'>
const reason = (target: string, updates: Updates, existing: object = {}, fillsOnly = false) =>
  reasonToKeep(target, { updates, fillsOnly, existing: crmLead.parse({ id: 'lead-1', ...existing }), codec: 'map' })

test('without a setting, and with "always", a target is written', () => {
  expect(reason('jobTitle', {}, { jobTitle: 'CEO' })).toBeUndefined()
  expect(reason('jobTitle', { jobTitle: 'always' }, { jobTitle: 'CEO' })).toBeUndefined()
  expect(reason('toString', {}, {})).toBeUndefined()
})

test('with "on-create" a target is not written, whatever the lead has; the note says so', () => {
  const note = message('update-kept', { rule: 'lead.jobTitle', mode: 'on-create' })
  expect(reason('jobTitle', { jobTitle: 'on-create' }, { jobTitle: 'CEO' })).toEqual(note)
  expect(reason('jobTitle', { 'lead.jobTitle': 'on-create' })).toEqual(note)
})

const ifEmpty = (target: string, existing: object) => reason(target, { [`lead.${target}`]: 'if-empty' }, existing)

test.each<[string, string, object]>([
  ['a text that is absent', 'jobTitle', {}],
  ['a blank text', 'jobTitle', { jobTitle: '  ' }],
  ['a name that is the e-mail', 'name', { name: 'Ana@x.example', emails: [{ email: 'ana@x.example' }] }],
  ['a name that is the phone', 'name', { name: '(34) 99000-0000', phones: [{ number: '34990000000' }] }],
  ['no e-mail', 'emails', { emails: [] }],
  ['no phone', 'phones', {}],
  ['phones that are none', 'phones', { phones: [{ number: '(00) 00000-0000' }] }],
  ['addresses without city and state', 'addresses', { addresses: [{ addressType: { id: 'a' }, zip: '1' }] }],
  ['a custom field that is absent', 'customFields.cnpj', { customFields: { porte: 'x' } }],
  ['custom fields that are not returned', 'customFields.cnpj', {}],
  ['a custom field that is called like a member', 'customFields.website', { website: 'https://x.example' }],
  ['a custom field of a list that is null', 'customFields.cnpj', { customFields: [{ name: 'cnpj', value: null }] }],
  ['an empty list', 'customFields.tags', { customFields: { tags: [''] } }],
  ['a custom field that every object has', 'customFields.constructor', { customFields: {} }],
])('"if-empty" writes %s', (_what, target, existing) => {
  expect(ifEmpty(target, existing)).toBeUndefined()
})

test.each<[string, string, object]>([
  ['a text', 'jobTitle', { jobTitle: 'CEO' }],
  ['a name', 'name', { name: 'Ana 34990000000', phones: [{ number: '34990000000' }] }],
  ['another e-mail', 'emails', { emails: [{ email: 'ana@x.example' }] }],
  ['another phone', 'phones', { phones: [{ number: '34990000000' }] }],
  ['an e-mail that Ponte cannot read', 'emails', { emails: ['ana@x.example'] }],
  ['a phone that Ponte cannot read', 'phones', { phones: ['34990000000'] }],
  ['a city that Ponte cannot read', 'addresses', { addresses: [{ cityName: { id: 4104808 } }] }],
  ['an address that Ponte cannot read', 'addresses', { addresses: ['Recife'] }],
  ['an address with a city', 'addresses', { addresses: [{ cityName: 'Recife' }] }],
  ['a custom field in a map, in another case', 'customFields.cnpj', { customFields: { CNPJ: '1' } }],
  ['a custom field in a list', 'customFields.cnpj', { customFields: [{ field: 'cnpj', value: 0 }] }],
  ['a custom field with a dot in its name', 'customFields.a.b', { customFields: { 'a.b': ['x'] } }],
])('"if-empty" keeps %s', (_what, target, existing) => {
  expect(ifEmpty(target, existing)).toEqual(message('update-kept', { rule: `lead.${target}`, mode: 'if-empty' }))
})

test('where custom fields stand among the members, they are looked for there', () => {
  const existing = crmLead.parse({ id: 'lead-1', CNPJ: '1', customFields: { porte: 'x' } })
  const policy = { updates: { 'customFields.cnpj': 'if-empty', 'customFields.porte': 'if-empty' }, existing } as const
  expect(reasonToKeep('customFields.cnpj', { ...policy, codec: 'flat' })).toBeDefined()
  expect(reasonToKeep('customFields.porte', { ...policy, codec: 'flat' })).toBeUndefined()
})

test('custom fields are compared without case, as TOTVS CRM finds them, and members as they are written', () => {
  const note = message('update-kept', { rule: 'lead.customFields.CNPJ', mode: 'on-create' })
  expect(reason('customFields.CNPJ', { 'lead.customFields.cnpj': 'on-create' })).toEqual(note)
  expect(reason('customFields.CNPJ', { 'customFields.Cnpj': 'on-create' })).toEqual(note)
  expect(reason('jobTitle', { 'lead.jobtitle': 'on-create' })).toBeUndefined()
})

test.each<[target: string, existing: object, updates: Updates, key: string | undefined]>([
  ['jobTitle', {}, {}, undefined],
  ['jobTitle', { jobTitle: 'CEO' }, {}, 'update-fills-only'],
  ['jobTitle', { jobTitle: 'CEO' }, { jobTitle: 'always' }, 'update-fills-only'],
  ['phones', { phones: [{ number: '(34) 99000-0000' }] }, {}, 'update-fills-only'],
  ['jobTitle', {}, { jobTitle: 'on-create' }, 'update-kept'],
])('what only fills writes %s into %j with %j unless there is the reason %s', (target, existing, updates, key) => {
  expect(reason(target, updates, existing, true)?.key).toBe(key)
})

test.each([
  ['a text', 'pequeno', 'pequeno'],
  ['a text with spaces around it', 'pequeno', ' pequeno '],
  ['a number as text', 1500.5, '1500.50'],
  ['a number as Brazilians write it', 1500.5, '1.500,50'],
  ['a text of digits as a number', '1500.50', 1500.5],
  ['yes as text', true, 'Sim'],
  ['yes as a number', true, 1],
  ['no as text', false, 'false'],
  ['a text that means yes as a yes', 'sim', true],
  ['a date with a time', '2026-11-26', '2026-11-26T00:00:00.000Z'],
  ['a date as Brazilians write it', '2026-11-26', '26/11/2026'],
  ['a list', ['a', 'b'], ['a', 'b']],
  ['a list in another order', ['a', 'b'], ['b', 'a']],
  ['a list of numbers', ['1', '2'], [1, 2]],
  ['a list of one as that one', ['a'], 'a'],
  ['one text as a list of one', 'a', ['a']],
])('%s is the same value', (_what, wanted, stored) => {
  expect(isSameValue(wanted, stored)).toBe(true)
})

test.each([
  ['another text', 'pequeno', 'medio'],
  ['another case', 'Pequeno', 'pequeno'],
  ['a CPF without its leading zero', '01234567890', '1234567890'],
  ['another number', 1500, '1500.01'],
  ['a text that is no number', 1500, 'caro'],
  ['the other answer', true, 'não'],
  ['no answer', false, ''],
  ['another day', '2026-11-26', '2026-11-27T00:00:00Z'],
  ['nothing', 'a', undefined],
  ['null', 0, null],
  ['an object', 'a', { value: 'a' }],
  ['a longer list', ['a'], ['a', 'b']],
  ['a list in which one is missing', ['a', 'b'], ['a', 'a']],
  ['an empty list', ['a'], []],
  ['a list of objects', ['a'], [{}]],
])('%s is another value', (_what, wanted, stored) => {
  expect(isSameValue(wanted, stored)).toBe(false)
})
