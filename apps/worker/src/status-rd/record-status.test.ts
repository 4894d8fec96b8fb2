import type { StatusField, StatusRecord } from '@ponte/state'
import { expect, test } from 'vitest'
import { withReading } from './record-status.ts'

const field: StatusField = { text: 'ERRO FINAL', state: 'taken', writes: 1 }

test.each<[string, string | undefined, StatusRecord, StatusRecord]>([
  [
    'a text of Ponte that stands in the field was shown',
    'ERRO FINAL',
    { field },
    { field: { ...field, state: 'shown', shown: 'ERRO FINAL' } },
  ],
  ['an older one shows that the field can be read', 'ERRO 1/3', { field }, { field: { ...field, state: 'shown' } }],
  ['a field that the record does not show says nothing', undefined, { field }, { field }],
  ['an empty one says nothing of what was taken', '', { field }, { field }],
  [
    'a request that was followed and still stands there stays followed',
    'REENVIAR',
    { field: { ...field, followed: true } },
    { field: { ...field, followed: true } },
  ],
  ['what a person writes makes room for the next request', 'ligar', { field: { ...field, followed: true } }, { field }],
  ['where Ponte never wrote, nothing is recorded', 'ERRO FINAL', {}, {}],
])('%s', (_guarantee, text, status, expected) => {
  expect(withReading(status, text)).toEqual(expected)
})
