import { expect, test } from 'vitest'
import { chooseLanguage } from './run-cli.ts'
import { textsOf } from './texts/texts.ts'

test.each([
  { env: {}, language: 'en' },
  { env: { LANG: 'pt_BR.UTF-8' }, language: 'pt-BR' },
  { env: { LANG: 'pt' }, language: 'pt-BR' },
  { env: { LANG: 'pt_PT@euro' }, language: 'pt-BR' },
  { env: { LANG: 'en_US.UTF-8', LC_MESSAGES: 'pt_BR.UTF-8' }, language: 'pt-BR' },
  { env: { LANG: 'pt_BR.UTF-8', LC_ALL: 'C' }, language: 'en' },
  { env: { LANG: 'pt_BR.UTF-8', LC_ALL: '' }, language: 'pt-BR' },
  { env: { LANG: 'ptolemaic' }, language: 'en' },
])('the locale $env speaks $language', ({ env, language }) => {
  expect(chooseLanguage(['doctor'], env)).toBe(language)
})

test('--lang is stronger than the locale, in both ways of writing it', () => {
  expect(chooseLanguage(['doctor', '--lang', 'en'], { LANG: 'pt_BR' })).toBe('en')
  expect(chooseLanguage(['doctor', '--lang=pt-BR'], {})).toBe('pt-BR')
})

test('no text of one language stands in the other, but names', () => {
  const [english, portuguese] = [flatten(textsOf.en), flatten(textsOf['pt-BR'])]
  expect([...portuguese.keys()]).toEqual([...english.keys()])
  const same = [...english].filter(([path, text]) => portuguese.get(path) === text && /[a-z]{3}/.test(text))
  expect(same).toEqual([])
})

/** The texts by their path. Those that a function makes count as empty. */
function flatten(texts: object, path = ''): Map<string, string> {
  const entries = Object.entries(texts).flatMap(([name, value]): [string, string][] => {
    const at = `${path}.${name}`
    if (typeof value === 'string') return [[at, value]]
    if (typeof value === 'function') return [[at, '']]
    return [...flatten(value, at)]
  })
  return new Map(entries)
}
