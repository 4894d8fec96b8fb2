import { expect, test } from 'vitest'
import { filterOf } from './crm-list.ts'

test('terms stand one after the other', () => {
  expect(
    filterOf(
      { field: 'leadId', op: 'eq', value: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d' },
      { field: 'status', op: 'eq', value: 'PROGRESS' },
    ),
  ).toBe('{leadId->eq->7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d}{status->eq->PROGRESS}')
  expect(filterOf({ field: 'emails.email', op: 'ieq', value: 'ana+x@acme.example' })).toBe(
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
