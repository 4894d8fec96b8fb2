import { expect, test } from 'vitest'
import { foldText, sameText } from './fold-text.ts'

test.each([
  ['Abordagem e Investigação', 'ABORDAGEM E INVESTIGACAO'],
  ['Integração RD Station', '  integração\u00a0 rd   station '],
  ['MQL - Marketing Qualified Lead', 'mql - marketing qualified lead'],
  ['Ação', 'Ac\u0327a\u0303o'],
])('%s is the same description as %s', (one, other) => {
  expect(sameText(one, other)).toBe(true)
})

test('other words are another description', () => {
  expect(sameText('Abordagem', 'Abordagem e Investigação')).toBe(false)
  expect(foldText('Pré-venda')).not.toBe(foldText('Prévenda'))
})
