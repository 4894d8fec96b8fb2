import { expect, test } from 'vitest'
import { isSameValue } from './same-value.ts'

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
