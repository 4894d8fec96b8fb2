import { crmLead, message } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { reasonToKeep } from './update-policy.ts'

const reason = (target: string, updates: Record<string, 'always' | 'if-empty' | 'on-create'>, existing: object = {}) =>
  reasonToKeep(target, { updates, existing: crmLead.parse({ id: 'lead-1', ...existing }), codec: 'map' })

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

const undated = (target: string, existing: object, updates: Record<string, 'always' | 'if-empty' | 'on-create'> = {}) =>
  reasonToKeep(target, {
    updates,
    fillsOnly: true,
    existing: crmLead.parse({ id: 'lead-1', ...existing }),
    codec: 'map',
  })

test('what only fills is written where nothing is, and nowhere else, whatever the setting', () => {
  const note = message('update-fills-only', { rule: 'lead.jobTitle' })
  expect(undated('jobTitle', {})).toBeUndefined()
  expect(undated('jobTitle', { jobTitle: 'CEO' })).toEqual(note)
  expect(undated('jobTitle', { jobTitle: 'CEO' }, { jobTitle: 'always' })).toEqual(note)
  expect(undated('phones', { phones: [{ number: '(34) 99000-0000' }] })).toMatchObject({ key: 'update-fills-only' })
  expect(undated('jobTitle', {}, { jobTitle: 'on-create' })).toMatchObject({ key: 'update-kept' })
})
