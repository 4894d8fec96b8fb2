import { type Condition, foldWord, type RegisteredLead } from '@ponte/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesCondition } from './match-condition.ts'

const receivedAt = '2026-11-26T12:00:00.000Z'
const matches = (when: Condition, lead: Partial<RegisteredLead>): boolean =>
  matchesCondition(when, { lead: { ...lead }, receivedAt })

const lead: Partial<RegisteredLead> = {
  conversionIdentifier: 'Webinar-CRM 2026',
  city: 'São José dos Campos',
  state: 'SP',
  values: {
    tags: ['fornecedor', 'Evento 2026'],
    'conversion.source': ['Google Ads'],
    'traffic.source': ['google'],
    lifecycleStage: ['Qualified Lead'],
    cf_porte: ['11-50'],
  },
}

test.each<[string, Condition]>([
  ['the same word', { identifier: ['Webinar-CRM 2026'] }],
  ['another case', { identifier: ['WEBINAR-crm 2026'] }],
  ['without its accents', { city: ['sao jose dos campos'] }],
  ['with accents that it has not', { tag: ['fornecêdor'] }],
  ['with spaces around it', { tag: ['  fornecedor '] }],
  ['one of several', { tag: ['parceiro', 'evento 2026'] }],
  ['the beginning', { identifier: ['webinar-*'] }],
  ['the end', { identifier: ['*2026'] }],
  ['the middle', { identifier: ['*crm*'] }],
  ['beginning, middle and end', { identifier: ['web*crm*2026'] }],
  ['any value', { tag: ['*'] }],
  ['the whole beside a wildcard', { identifier: ['webinar-crm 2026*'] }],
  ['the name of a state for its abbreviation', { state: ['São Paulo'] }],
  ['the beginning of the name of a state', { state: ['são*'] }],
  ['a state read as a place', { field: { state: ['sao paulo'] } }],
  ['the source of the conversion', { source: ['google ads'] }],
  ['the source of the visit', { source: ['google'] }],
  ['a stage of the funnel in Portuguese', { field: { lifecycleStage: ['lead qualificado'] } }],
  ['another place', { field: { cf_porte: ['11-50'] } }],
  ['all of several keys', { identifier: ['webinar*'], state: ['RJ', 'SP'], field: { cf_porte: ['*'] } }],
  ['no key at all', {}],
])('a condition is met: %s', (_what, when) => {
  expect(matches(when, lead)).toBe(true)
})

test.each<[string, Condition]>([
  ['another word', { identifier: ['ebook'] }],
  ['only a part of the word', { identifier: ['webinar'] }],
  ['a beginning that overlaps with the end', { identifier: ['webinar-crm 2026*6'] }],
  ['the pieces in another order', { identifier: ['*2026*crm*'] }],
  ['all keys but one', { identifier: ['webinar*'], state: ['RJ'] }],
  ['one of two places', { field: { cf_porte: ['*'], cf_cnpj: ['*'] } }],
  ['another state', { state: ['Santa Catarina', 'RS'] }],
  ['any value where there is none', { field: { cf_cnpj: ['*'] } }],
  ['a place that every object has', { field: { constructor: ['*'] } }],
  ['a character that means something in a regular expression', { identifier: ['webinar.crm 2026'] }],
])('a condition is not met: %s', (_what, when) => {
  expect(matches(when, lead)).toBe(false)
})

test('an abbreviation stands for a state at the place of the state only', () => {
  expect(matches({ city: ['São Paulo'] }, { city: 'SP' })).toBe(false)
  expect(matches({ state: ['PARÁ'] }, { state: 'pa' })).toBe(true)
  expect(matches({ state: ['pa'] }, { state: 'Para' })).toBe(true)
  expect(matches({ state: ['pr'] }, { state: 'Pará' })).toBe(false)
})

/** The plain definition: at a wildcard, try every rest of the word. */
function matchesPlainly(pattern: string, word: string): boolean {
  if (pattern === '') return word === ''
  if (!pattern.startsWith('*'))
    return word.startsWith(pattern.charAt(0)) && matchesPlainly(pattern.slice(1), word.slice(1))
  return Array.from({ length: word.length + 1 }, (_, index) => word.slice(index)).some(rest =>
    matchesPlainly(pattern.slice(1), rest),
  )
}

test('wildcards mean what their plain definition says', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'ã', 'B'), minLength: 1, maxLength: 8 })
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', 'Á', '*'), minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(pattern, text, (one, word) => {
      expect(matches({ identifier: [one] }, { conversionIdentifier: word })).toBe(
        matchesPlainly(foldWord(one), foldWord(word)),
      )
    }),
    { numRuns: 2000 },
  )
})

// A matcher with backtracking would need more steps than there are atoms, so the test would not end.
test.each([
  ['that fits', `${'*a'.repeat(127)}*`, true],
  ['that fits nowhere', `${'*a'.repeat(100)}b`, false],
])('a pattern with many wildcards %s is decided', (_which, pattern, expected) => {
  expect(matches({ identifier: [pattern] }, { conversionIdentifier: 'a'.repeat(256) })).toBe(expected)
})
