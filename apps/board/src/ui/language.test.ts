import { expect, test } from 'vitest'
import { preferredLanguage } from './language.ts'

test.each([
  { header: undefined, language: 'pt-BR' },
  { header: '*', language: 'pt-BR' },
  { header: 'pt-BR,pt;q=0.9,en-US;q=0.8', language: 'pt-BR' },
  { header: 'en-US,en;q=0.9,pt-BR;q=0.8', language: 'en' },
  { header: 'en;q=0.3, pt;q=0.7', language: 'pt-BR' },
  { header: 'es-AR, en;q=0.5, pt;q=0', language: 'en' },
  { header: 'de', language: 'pt-BR' },
])('Accept-Language $header is answered in $language', ({ header, language }) => {
  expect(preferredLanguage(header)).toBe(language)
})
