import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCustomField, writeCustomFields } from './custom-field.ts'

const read = (record: Record<string, unknown>) => readCustomField(record['customFields'], record, 'statusRD')

test.each([
  ['a map', { customFields: { statusRD: 'OK' } }],
  ['a map of objects', { customFields: { statusRD: { id: '7', value: 'OK' } } }],
  ['a map in another case', { customFields: { statusrd: 'OK' } }],
  ['a list by name', { customFields: [{ name: 'other' }, { name: 'statusRD', value: 'OK' }] }],
  ['a map with another case before it', { customFields: { statusrd: 'x', statusRD: 'OK' } }],
  ['a list by field', { customFields: [{ field: 'statusRD', value: 'OK' }] }],
  ['a list by fieldName', { customFields: [{ fieldName: 'statusRD', value: 'OK' }] }],
  ['a list by key, with a label', { customFields: [{ key: 'statusRD', name: 'Situação', value: 'OK' }] }],
  ['a list of objects', { customFields: [{ name: 'statusRD', value: { value: 'OK' } }] }],
  ['a member of the record', { statusRD: 'OK' }],
  ['a member of the record beside an empty map', { customFields: {}, statusRD: 'OK' }],
  ['a member of the record beside an empty list', { customFields: [], statusRD: 'OK' }],
  ['a member of the record with a prefix', { custom_statusRD: 'OK' }],
])('the field is read from %s', (_, record) => {
  expect(read(record)).toBe('OK')
})

test.each([
  ['null in a map', { customFields: { statusRD: null } }],
  ['an empty text', { customFields: { statusRD: '  ' } }],
  ['null in a list', { customFields: [{ name: 'statusRD', value: null }] }],
  ['no value in a list', { customFields: [{ name: 'statusRD' }] }],
  ['null in the record', { statusRD: null }],
  ['a map of other fields', { customFields: { other: 'x' } }],
  ['a list without the field', { customFields: [null, 'statusRD', 7, [], { name: 'other', value: 'x' }] }],
])('%s is an empty field', (_, record) => {
  expect(read(record)).toBe('')
})

test.each([
  ['no custom fields', {}],
  ['null for all custom fields', { customFields: null }],
  ['a value that is no text', { customFields: { statusRD: { deep: { value: 1 } } } }],
  ['a text for all custom fields', { customFields: 'statusRD' }],
])('%s tells nothing about the field', (_, record) => {
  expect(read(record)).toBeUndefined()
})

test('a name that every object inherits is not read from the prototype', () => {
  expect(readCustomField(undefined, {}, 'constructor')).toBeUndefined()
  expect(readCustomField({}, {}, '__proto__')).toBe('')
})

test('what is written in any representation is read back, and nothing else is set', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('map', 'list', 'flat'),
      fc.constantFrom('statusRD', 'status_rd', '__proto__', 'value'),
      fc.string().map(text => text.trim()),
      (codec, name, value) => {
        const body = writeCustomFields(codec, { [name]: value })
        expect(Object.keys(body)).toEqual([codec === 'flat' ? name : 'customFields'])
        expect(readCustomField(body['customFields'], body, name)).toBe(value)
      },
    ),
  )
})

test('invalid data of any shape causes no error', () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (customFields, record) => {
      expect(['string', 'undefined']).toContain(typeof readCustomField(customFields, record, 'statusRD'))
    }),
  )
})
