import { expect, test } from 'vitest'
import { switchTexts } from './texts.ts'

test('what a dry run finds is not said to be recorded', () => {
  const { en, 'pt-BR': pt } = switchTexts
  expect([en.ended(2, true), pt.ended(2, true)]).toEqual([
    '2 of them have ended, and RD Station does not show it. These would count as open, so that Ponte tells the end:',
    '2 delas terminaram, e o RD Station não mostra isso. Contariam como abertas, para que o Ponte informe o fim:',
  ])
  expect(en.ended(2, false)).toContain('These count as open')
})
