import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Conversion } from './lead-rules.ts'
import { convertValues } from './convert-values.ts'

const convert = (as: Conversion, ...values: string[]) => convertValues(values, { as, join: ', ' })
const map = (otherwise: 'leave-out' | 'keep'): Conversion => ({
  map: { '1-10': 'pequeno', Não: false, '11': 11 },
  otherwise,
})

test.each<[Conversion, string[], unknown]>([
  ['text', ['São Paulo'], 'São Paulo'],
  ['text', ['a', 'b'], 'a, b'],
  ['lower', ['ÁGUA', 'B'], 'água, b'],
  ['upper', ['água'], 'ÁGUA'],
  ['list', ['a'], ['a']],
  ['digits', ['11.222.333/0001-81'], '11222333000181'],
  ['digits', ['x', '(34) 9'], '349'],
  ['digits', ['12345678000195.0'], '12345678000195'],
  ['digits', ['="01310-100"'], '01310100'],
  ['digits', ["'01310100"], '01310100'],
  ['number', ['1.500,50'], 1500.5],
  ['number', ['1500.50'], 1500.5],
  ['number', ['R$ 10', '20'], 10],
  ['number', ['="1.500,50"'], 1500.5],
  ['number', ['5511987654321.0'], 5511987654321],
  ['boolean', ['SIM'], true],
  ['boolean', ['Não '], false],
  ['boolean', ['1'], true],
  ['date', ['2026-11-26'], '2026-11-26'],
  ['date', ['2026-11-26T23:59:59-03:00'], '2026-11-26'],
  ['date', ['6/1/2026'], '2026-01-06'],
  ['date', ['26/11/2026 10:00'], '2026-11-26'],
  [map('leave-out'), ['1-10'], 'pequeno'],
  [map('leave-out'), [' nao'], false],
  [map('leave-out'), ['outro', '11'], 11],
  [map('leave-out'), ['11', '1-10'], '11, pequeno'],
  [map('keep'), ['outro'], 'outro'],
])('as %j of %j is written %j', (as, values, value) => {
  expect(convert(as, ...values)).toEqual({ value })
})

test.each<[Conversion, string, string]>([
  ['digits', 'nenhum', 'value-without-digits'],
  ['number', 'caro', 'value-not-a-number'],
  // Both fifteen and fifteen thousand are written like this.
  ['number', '15.000', 'value-not-a-number'],
  ['number', '1e999', 'value-digits-lost'],
  ['number', '1.23457E+13', 'value-digits-lost'],
  ['number', '="1,23457E+13"', 'value-digits-lost'],
  ['digits', '1.23457E+13', 'value-digits-lost'],
  ['digits', '1,23457E+13', 'value-digits-lost'],
  ['number', '12345678901234567890', 'value-not-a-number'],
  ['boolean', 'talvez', 'value-not-yes-or-no'],
  ['date', '31/02/2026', 'value-not-a-date'],
  ['date', '11/26/2026', 'value-not-a-date'],
  ['date', 'amanhã', 'value-not-a-date'],
  [map('leave-out'), 'outro', 'value-not-in-map'],
  [map('leave-out'), 'constructor', 'value-not-in-map'],
  [map('leave-out'), '__proto__', 'value-not-in-map'],
])('as %j of %j does not fit', (as, value, misfit) => {
  expect(convert(as, value)).toEqual({ misfit })
})

test('no digit of a CNPJ or a postal code is invented: all of them are written, or none', () => {
  const typed = fc.stringMatching(/^[1-9](?:\d{7}|\d{13})$/)
  const save = fc.constantFrom(
    (number: string) => number,
    (number: string) => `${number}.0`,
    (number: string) => `${number},00`,
    (number: string) => `="${number}"`,
    (number: string) => `'${number}`,
  )
  fc.assert(
    fc.property(typed, save, fc.integer({ min: 0, max: 14 }), (number, saveAs, places) => {
      expect(convert('digits', saveAs(number))).toEqual({ value: number })
      expect(convert('number', saveAs(number))).toEqual({ value: Number(number) })
      const rounded = Number(number).toExponential(places).replace('.', ',').toUpperCase()
      for (const as of ['digits', 'number'] as const) {
        expect(convert(as, rounded)).toEqual({ misfit: 'value-digits-lost' })
        expect(convert(as, number, rounded)).toEqual(
          as === 'digits' ? { misfit: 'value-digits-lost' } : { value: Number(number) },
        )
      }
    }),
  )
})

test('whatever a person typed is converted or does not fit, and JSON can carry it', () => {
  const names = ['text', 'digits', 'number', 'boolean', 'date', 'lower', 'upper', 'list'] as const
  fc.assert(
    fc.property(
      fc.oneof(fc.constantFrom(...names), fc.constantFrom(map('keep'), map('leave-out'))),
      fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 5 }),
      (as, values) => {
        const converted = convert(as, ...values)
        if (!('value' in converted)) return
        expect(JSON.parse(JSON.stringify(converted.value))).toEqual(converted.value === 0 ? 0 : converted.value)
        expect(converted.value).not.toBe('')
      },
    ),
    { numRuns: 500 },
  )
})
