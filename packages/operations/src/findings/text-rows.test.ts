import fc from 'fast-check'
import { expect, expectTypeOf, test } from 'vitest'
import { fillIn, type NeededFacts, textRows } from './text-rows.ts'

const factsIn =
  (facts: Readonly<Record<string, string>>) =>
  (name: string): string | undefined =>
    Object.hasOwn(facts, name) ? facts[name] : undefined

test('what is optional is left out where a fact of it is missing, and what must be there is a question mark', () => {
  const text = 'No {value}.[ There are: {choices}.][ They have "{similar}" in {place}.]'
  expect(fillIn(text, factsIn({ value: 'SQL' }))).toBe('No SQL.')
  expect(fillIn(text, factsIn({ choices: 'A, B', similar: 'x' }))).toBe('No ?. There are: A, B.')
  expect(fillIn(text, factsIn({ value: '', similar: 'x', place: 'y' }))).toBe('No . They have "x" in y.')
})

test('a value is shown as it is, whatever it contains', () => {
  const value = fc.oneof(fc.string(), fc.constantFrom('{other}', '[ {other}]', '$&', '[', '}{'))
  fc.assert(
    fc.property(value, value, (one, other) => {
      expect(fillIn('a {one}[ b {other}] c', factsIn({ one, other }))).toBe(`a ${one} b ${other} c`)
    }),
  )
})

test('the compiler knows which facts a row cannot do without', () => {
  const { ROW } = textRows({
    ROW: {
      en: '{found} of {value}[ or {choices}]',
      pt: '{value}: {found}[ ou {choices}]',
      fix: { en: 'Set {setting}.', pt: 'Defina {setting}.' },
    },
  })
  type Needed = NeededFacts<typeof ROW>
  expectTypeOf<Needed>().toEqualTypeOf<{ readonly [Name in 'found' | 'value' | 'setting']: string | number }>()
})

test('a translation with other placeholders does not compile', () => {
  const same = { ROW: { en: 'of {value}', pt: 'de {value}' } } as const
  const other = { ROW: { en: 'of {value}', pt: 'de {valor}' } } as const
  const less = { ROW: { ...same.ROW, fix: { en: 'Set {value}.', pt: 'Defina.' } } } as const
  expectTypeOf(same).toExtend<Parameters<typeof textRows<typeof same>>[0]>()
  expectTypeOf(other).not.toExtend<Parameters<typeof textRows<typeof other>>[0]>()
  expectTypeOf(less).not.toExtend<Parameters<typeof textRows<typeof less>>[0]>()
})
