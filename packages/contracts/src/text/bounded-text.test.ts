import { expect, test } from 'vitest'
import { boundText, foldWord, MAX_TEXT, normalForm, withoutEnd } from './bounded-text.ts'

test('a text is cut to the bound, and no character in halves', () => {
  expect(boundText('Ação')).toBe('Ação')
  expect(boundText('x'.repeat(10_000))).toHaveLength(MAX_TEXT)
  expect(boundText('ab😀', 3)).toBe('ab')
  expect(boundText('ab😀', 4)).toBe('ab😀')
})

test('words are the same without case and accents', () => {
  expect(foldWord('AÇÃO')).toBe('acao')
  expect(foldWord('Ac\u0327a\u0303o')).toBe('acao')
})

test('a character is taken from the end, and left elsewhere', () => {
  expect(withoutEnd('https://acme.example//', '/')).toBe('https://acme.example')
  expect(withoutEnd('a/b', '/')).toBe('a/b')
  expect(withoutEnd('//', '/')).toBe('')
})

test('megabytes of combining marks are folded and normalised without being sorted', () => {
  const marks = `a${'\u0301\u0316'.repeat(500_000)}`
  // Measured by this process's CPU time, so that other load of the machine does not matter.
  const start = process.threadCpuUsage()
  for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'] as const) expect(normalForm(marks, form).length).toBeLessThan(4096)
  expect(foldWord(marks)).toBe('a')
  const { user, system } = process.threadCpuUsage(start)
  expect((user + system) / 1000).toBeLessThan(1000)
})
