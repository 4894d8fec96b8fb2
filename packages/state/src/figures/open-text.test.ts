import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { otherText, toOpenText } from './count-figures.ts'

test.each([
  ['Google Ads', 'Google Ads'],
  ['  contato \n site ', 'contato site'],
  ['(11) 98888-7777', otherText],
  ['maria@cliente.example', otherText],
  ['?email=maria%40cliente.example', otherText],
  ['ｍａｒｉａ＠cliente.example', otherText],
  ['٩٨٨٨٧٧٧٧', otherText],
  ['lp-2026-03', 'lp-2026-03'],
  [' ', otherText],
])('%j is counted as %j', (text, counted) => {
  expect(toOpenText(text)).toBe(counted)
})

test('megabytes of combining marks are counted without being sorted', () => {
  const start = process.threadCpuUsage()
  expect(toOpenText('x '.repeat(600))).toBe(otherText)
  expect(toOpenText(`a${'\u0301\u0316'.repeat(80_000)}`)).toBe(otherText)
  const { user, system } = process.threadCpuUsage(start)
  expect((user + system) / 1000).toBeLessThan(1000)
})

test('no text holds an e-mail or a phone, is longer than 100 characters or breaks a line, wherever it is cut', () => {
  const person = fc.oneof(
    fc.emailAddress(),
    fc.stringMatching(/^\(?\d{2}\)? ?9?\d{4}[- .]?\d{4}$/),
    fc.string({ unit: 'grapheme' }),
  )
  fc.assert(
    fc.property(fc.string({ maxLength: 120 }), person, fc.string({ maxLength: 120 }), (before, text, after) => {
      const counted = toOpenText(`${before}${text}${after}`)
      expect(Array.from(counted).length).toBeLessThanOrEqual(100)
      expect(counted).not.toMatch(/@|\n/)
      expect((counted.match(/\d/g) ?? []).length).toBeLessThan(8)
      expect(toOpenText(counted)).toBe(counted)
    }),
  )
})
