import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clipText } from './clip-text.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 400 })
const graphemeText = fc
  .array(fc.constantFrom('a', ' ', 'é', 'e\u0301', '👩‍👩‍👧‍👦', '🇧🇷', '🏳️‍🌈', '\r\n', 'क्षि', '😀'), { maxLength: 200 })
  .map(parts => parts.join(''))
const segments = (text: string): string[] => Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)

test('a text that fits stays as it is', () => {
  expect(clipText('São Paulo')).toEqual({ text: 'São Paulo', clipped: false })
  expect(clipText('x'.repeat(255))).toEqual({ text: 'x'.repeat(255), clipped: false })
  expect(clipText('')).toEqual({ text: '', clipped: false })
})

test('a text that is too long is cut to 255 units', () => {
  expect(clipText('x'.repeat(256))).toEqual({ text: 'x'.repeat(255), clipped: true })
})

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

test('a row of flags is not cut inside a flag', () => {
  expect(clipText('🇧🇷'.repeat(100)).text).toBe('🇧🇷'.repeat(63))
})

test('a single character longer than the limit is cut between code points, and not lost', () => {
  const { text } = clipText(`e${'\u0301'.repeat(400)}`)
  expect(text).toHaveLength(255)
  expect(clipText('\u{1D165}'.repeat(400)).text).toBe('\u{1D165}'.repeat(127))
})

test('half of a surrogate pair, which no system stores, is replaced', () => {
  expect(clipText('a\uD83Db').text).toBe('a\uFFFDb')
})

test('the cut leaves no space at the end', () => {
  expect(clipText(`${'x'.repeat(250)}      y`).text).toBe('x'.repeat(250))
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
