import { expect, test } from 'vitest'
import { foldDescription } from './choose-catalog-entries.ts'

test.each([
  ['Abordagem e Investigação', 'ABORDAGEM E INVESTIGACAO'],
  ['Integração RD Station', '  integração\u00a0 rd   station '],
  ['MQL - Marketing Qualified Lead', 'mql - marketing qualified lead'],
  ['Ação', 'Ac\u0327a\u0303o'],
])('%s is the same description as %s', (one, other) => {
  expect(foldDescription(one)).toBe(foldDescription(other))
})

test('other words are another description', () => {
  expect(foldDescription('Abordagem')).not.toBe(foldDescription('Abordagem e Investigação'))
  expect(foldDescription('Pré-venda')).not.toBe(foldDescription('Prévenda'))
})
