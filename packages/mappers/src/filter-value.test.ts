import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFilterSafe } from './filter-value.ts'

test.each(['maria+rd@empresa.example', 'rd:5408c5a3-4711-4f2e-8d0b-13407a3e30f3', '+55 (34) 99000-0000', 'a|b&c-d>e'])(
  '%s can stand in a filter',
  value => {
    expect(isFilterSafe(value)).toBe(true)
  },
)

test.each([
  '',
  'joão@x.example',
  'a}{id->isNnull->',
  'a{',
  'a}',
  'a->b',
  'a||b',
  'a&&b',
  'a\r\nX: y',
  'a\tb',
  'a\u007f',
  'a\n',
])('%j cannot stand in a filter', value => {
  expect(isFilterSafe(value)).toBe(false)
})

test('a safe value makes a header line of one group', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), value => {
      fc.pre(isFilterSafe(value))
      const filter = `{emails.email->ieq->${value}}`
      expect(filter).toMatch(/^[\x20-\x7e]+$/)
      expect(filter.split('->')).toHaveLength(3)
      expect(filter.match(/[{}]/g)).toHaveLength(2)
    }),
  )
})
