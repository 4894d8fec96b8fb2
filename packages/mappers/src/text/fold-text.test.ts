import { expect, test } from 'vitest'
import { foldText } from './fold-text.ts'

test.each([
  ['Abordagem e Investigação', 'ABORDAGEM E INVESTIGACAO'],
  ['Integração RD Station', '  integração\u00a0 rd   station '],
  ['MQL - Marketing Qualified Lead', 'mql - marketing qualified lead'],
  ['Ação', 'Ac\u0327a\u0303o'],
])('%s is the same description as %s', (one, other) => {
  expect(foldText(one)).toBe(foldText(other))
})

test('other words are another description', () => {
  expect(foldText('Abordagem')).not.toBe(foldText('Abordagem e Investigação'))
  expect(foldText('Pré-venda')).not.toBe(foldText('Prévenda'))
})
