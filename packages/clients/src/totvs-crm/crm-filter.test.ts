import { expect, test } from 'vitest'
import { filterOf, fits } from './crm-filter.ts'

test('terms stand one after the other', () => {
  expect(
    filterOf(
      { field: 'leadId', op: 'eq', value: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d' },
      { field: 'status', op: 'eq', value: 'PROGRESS' },
    )?.header,
  ).toBe('{leadId->eq->7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d}{status->eq->PROGRESS}')
  expect(filterOf({ field: 'emails.email', op: 'ieq', value: 'ana+x@acme.example' })?.header).toBe(
    '{emails.email->ieq->ana+x@acme.example}',
  )
})

test.each([
  '',
  'a}b',
  'a{b',
  'a->b',
  'a||b',
  'a&&b',
  'josé',
  'a\r\nIntegration-Action: delete',
  'a\tb',
  'a\u007fb',
  '🎉',
])('the value %j is in no filter', value => {
  expect(filterOf({ field: 'id', op: 'eq', value })).toBeUndefined()
  expect(filterOf({ field: 'id', op: 'eq', value: 'ok' }, { field: 'x', op: 'eq', value })).toBeUndefined()
})

test('no terms are no filter', () => {
  expect(filterOf()).toBeUndefined()
})

test.each<{ what: string; field: string; value?: string; record: unknown; isFitting: boolean }>([
  { what: 'a text', field: 'id', record: { id: 'x' }, isFitting: true },
  { what: 'another text', field: 'id', record: { id: 'y' }, isFitting: false },
  { what: 'a text in other letters', field: 'id', record: { id: ' X' }, isFitting: true },
  { what: 'a number', field: 'id', value: '7', record: { id: 7 }, isFitting: true },
  { what: 'a text in a list', field: 'emails.email', record: { emails: [null, { email: 'x' }] }, isFitting: true },
  { what: 'another list', field: 'emails.email', record: { emails: [{ email: 'y' }] }, isFitting: false },
  { what: 'a list of lists', field: 'emails.email', record: { emails: [[{ email: 'x' }]] }, isFitting: false },
  { what: 'a missing member', field: 'emails.email', record: { emails: null }, isFitting: false },
  { what: 'no record', field: 'id', record: null, isFitting: false },
])('a filter that a CRM may apply fits $what: $isFitting', ({ field, value = 'x', record, isFitting }) => {
  const filter = filterOf({ field, op: 'ieq', value })
  expect(filter && fits(filter, record)).toBe(isFitting)
  const stricter = filterOf({ field, op: 'ieq', value }, { field: 'status', op: 'eq', value: 'OPEN' })
  expect(stricter && fits(stricter, record)).toBe(false)
})

test('a filter of a time fits every record: nobody knows in which zone a CRM compares', () => {
  const filter = filterOf({ field: 'updatedAt', op: 'ge', value: '2026-05-04T00:00:00.000Z' })
  expect(filter && fits(filter, { updatedAt: '2020-01-01' })).toBe(true)
})
