import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clipText } from './clip-text.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 400 })
const graphemeText = fc
  .array(fc.constantFrom('a', ' ', 'é', 'e\u0301', '👩‍👩‍👧‍👦', '🇧🇷', '🏳️‍🌈', '\r\n', 'क्षि', '😀'), { maxLength: 200 })
  .map(parts => parts.join(''))
const segments = (text: string): string[] => Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)

test.each([
  ['an emoji of a family', '👩‍👩‍👧‍👦'],
  ['a flag', '🇧🇷'],
  ['a letter with a combining accent', 'e\u0301'],
  ['a surrogate pair', '😀'],
])('%s at the limit is left out whole', (_, grapheme) => {
  for (let before = 255 - grapheme.length + 1; before < 255; before++) {
    expect(clipText('x'.repeat(before) + grapheme + 'y'.repeat(9)).text).toBe('x'.repeat(before))
  }
  expect(clipText('x'.repeat(255 - grapheme.length) + grapheme + 'y').text.endsWith(grapheme)).toBe(true)
})

test.each([
  ['a text that fits stays', 'x'.repeat(255), 'x'.repeat(255)],
  ['a longer one is cut to 255 units', 'x'.repeat(256), 'x'.repeat(255)],
  ['a row of flags is not cut inside a flag', '🇧🇷'.repeat(100), '🇧🇷'.repeat(63)],
  ['a character longer than the limit is cut', `e${'\u0301'.repeat(400)}`, `e${'\u0301'.repeat(254)}`],
  ['but between code points', '\u{1D165}'.repeat(400), '\u{1D165}'.repeat(127)],
  ['half of a surrogate pair is replaced', 'a\uD83Db', 'a\uFFFDb'],
  ['the cut leaves no space at the end', `${'x'.repeat(250)}      y`, 'x'.repeat(250)],
])('%s', (_what, text, clipped) => {
  expect(clipText(text)).toEqual({ text: clipped, clipped: text.length > 255 })
})

test('no text comes out longer than the limit, and none with a lone surrogate', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, graphemeText), fc.integer({ min: 0, max: 300 }), (text, max) => {
      const result = clipText(text, max)
      expect(result.text.length).toBeLessThanOrEqual(max)
      expect(result.text.isWellFormed()).toBe(true)
      expect(result.clipped).toBe(text.length > max)
    }),
  )
})

test('what comes out is a beginning of whole graphemes, as long as possible', () => {
  fc.assert(
    fc.property(graphemeText, fc.integer({ min: 20, max: 120 }), (text, max) => {
      let longest = ''
      for (const segment of segments(text)) {
        if (longest.length + segment.length > max) break
        longest += segment
      }
      expect(clipText(text, max).text).toBe(text.length > max ? longest.trimEnd() : text)
    }),
  )
})

test('megabytes are cut without being read', () => {
  const text = 'ação 👩‍👩‍👧‍👦 '.repeat(1_000_000)
  // Measured by this process's CPU time, so that other load of the machine does not matter.
  const start = process.threadCpuUsage()
  for (let round = 0; round < 1000; round++) clipText(text)
  const { user, system } = process.threadCpuUsage(start)
  expect((user + system) / 1000).toBeLessThan(2000)
})
