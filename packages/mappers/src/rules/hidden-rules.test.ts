import type { Condition, FieldRule, Filter, PlaceReaders, Route } from '@ponte/contracts'
import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { fieldRules, ruleInputs } from '../testing/rule-arbitraries.ts'
import { applyFields, nameOfField } from './apply-rules.ts'
import { findHiddenRules, type HiddenRule } from './hidden-rules.ts'
import { matchesCondition } from './match-condition.ts'

// oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
const route = (name: string, when: Condition): Route => ({ name, when, then: {} })
const none: PlaceReaders = { fields: [], filters: { send: [], skip: [] }, routes: [] }
const field = (name: string, rule: Partial<FieldRule>): FieldRule => ({
  name,
  from: ['cf_porte'],
  to: 'lead.customFields.porte',
  as: 'text',
  join: ', ',
  required: false,
  ...rule,
})

/** As `by > rule`. */
const described = (hidden: readonly HiddenRule[]): string[] =>
  hidden.map(({ rule, by }) => `${by.list} ${by.name} > ${rule.list} ${rule.name}`)
const hidden = (rules: Partial<PlaceReaders>): string[] => described(findHiddenRules({ ...none, ...rules }))
const isHidden = (earlier: Condition, later: Condition): boolean =>
  hidden({ routes: [route('earlier', earlier), route('later', later)] }).length > 0

test.each<[string, Condition, Condition]>([
  ['by a route for every lead', {}, { city: ['Recife'] }],
  ['by the same condition', { tag: ['vip'] }, { tag: ['vip'] }],
  ['in another case and without accents', { city: ['SÃO PAULO'] }, { city: ['sao paulo'] }],
  ['by a wildcard', { identifier: ['webinar-*'] }, { identifier: ['webinar-crm'] }],
  ['by a wider wildcard', { identifier: ['web*'] }, { identifier: ['webinar-*-crm'] }],
  ['by fewer keys', { tag: ['vip'] }, { tag: ['vip'], city: ['Recife'] }],
  ['by more values', { tag: ['vip', 'gold'] }, { tag: ['gold'] }],
  ['by the name of the state', { state: ['São Paulo'] }, { state: ['SP'] }],
  ['by a key for what the later one reads as a place', { tag: ['v*'] }, { field: { tags: ['vip'] } }],
  ['by a place for what the later one reads as a key', { field: { city: ['*'] } }, { city: ['Recife'] }],
  [
    'by a source of the conversion or the visit',
    { source: ['google*'] },
    { field: { 'traffic.source': ['google ads'] } },
  ],
])('a route is hidden %s', (_how, earlier, later) => {
  expect(isHidden(earlier, later)).toBe(true)
})

test.each<[string, Condition, Condition]>([
  ['by a narrower pattern', { identifier: ['webinar-crm'] }, { identifier: ['webinar-*'] }],
  ['by more keys', { tag: ['vip'], city: ['Recife'] }, { tag: ['vip'] }],
  ['by fewer values', { tag: ['gold'] }, { tag: ['vip', 'gold'] }],
  ['by another key', { city: ['*'] }, { tag: ['vip'] }],
  ['by two wildcards that overlap in it', { identifier: ['ab*bc'] }, { identifier: ['abc'] }],
  ['by one of two sources', { field: { 'traffic.source': ['google'] } }, { source: ['google'] }],
  ['by a route for every lead that comes later', { city: ['Recife'] }, {}],
])('a route is not hidden %s', (_how, earlier, later) => {
  expect(isHidden(earlier, later)).toBe(false)
})

test('what a filter under skip covers is never sent by a filter under send and never finds its route', () => {
  const filters = {
    skip: [
      { name: 'partners', when: { tag: ['partner'] } },
      { name: 'tests', when: { identifier: ['test-*'] } },
    ],
    send: [
      { name: 'all tests', when: { identifier: ['test-crm'] } },
      { name: 'webinars', when: { identifier: ['webinar-*'] } },
    ],
  }
  const routes = [route('partner route', { tag: ['partner'], state: ['SP'] }), route('others', {})]
  expect(hidden({ filters, routes })).toEqual([
    'filters.skip tests > filters.send all tests',
    'filters.skip partners > routes partner route',
  ])
})

test('a field is hidden by an earlier one with its target whose value always fits, and by no other', () => {
  const wide = field('wide', { from: ['cf_porte', 'cf_tamanho'] })
  const narrow = field('narrow', { to: 'lead.customFields.PORTE', as: 'digits' })
  expect(hidden({ fields: [wide, narrow] })).toEqual(['fields wide > fields narrow'])
  expect(hidden({ fields: [narrow, wide] })).toEqual([])
  expect(hidden({ fields: [{ ...wide, as: 'number' }, narrow] })).toEqual([])
  expect(hidden({ fields: [{ ...wide, as: { map: { a: 'b' }, otherwise: 'leave-out' } }, narrow] })).toEqual([])
  expect(hidden({ fields: [{ ...wide, as: { map: { a: 'b' }, otherwise: 'keep' } }, narrow] })).toHaveLength(1)
  expect(hidden({ fields: [wide, { ...narrow, to: 'opportunity.customFields.porte' }] })).toEqual([])
  expect(hidden({ fields: [wide, { ...narrow, from: ['cf_porte', 'cf_outro'] }] })).toEqual([])
})

/** Words and patterns of few characters, so that conditions often cover each other, and often only almost. */
const shortText = (...characters: string[]) =>
  fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: 4 }).map(each => each.join(''))
const patterns = fc.array(fc.oneof(shortText('a', 'B', '*'), fc.constantFrom('SP', 'são paulo', 's*', '*')), {
  minLength: 1,
  maxLength: 2,
})
const readPlaces = ['conversion.source', 'traffic.source', 'tags', 'state', 'conversion.identifier'] as const
const requirements = fc.oneof(
  fc.tuple(fc.constantFrom('identifier', 'tag', 'state', 'source'), patterns).map(([key, each]) => ({ [key]: each })),
  fc.tuple(fc.constantFrom(...readPlaces), patterns).map(([place, each]) => ({ field: { [place]: each } })),
)
const shortConditions: fc.Arbitrary<Condition> = fc
  .array(requirements, { maxLength: 2 })
  .map(parts => parts.reduce<Condition>((when, part) => ({ ...when, ...part }), {}))
const word = fc.oneof(shortText('a', 'b', 'Á'), fc.constantFrom('SP', 'São Paulo', 'sp ', 'S'))
const shortInputs = fc
  .record(
    {
      state: word,
      conversionIdentifier: word,
      values: fc.dictionary(
        fc.constantFrom('conversion.source', 'traffic.source', 'tags'),
        fc.array(word, { minLength: 1, maxLength: 2 }),
      ),
    },
    { requiredKeys: [] },
  )
  .map(lead => ({ lead: { ...lead }, receivedAt: '2026-11-26T12:00:00.000Z' }))

const named = (prefix: string, whens: readonly Condition[]): Filter[] =>
  whens.map((when, index) => ({ name: `${prefix} ${index}`, when }))

test('no lead that a hidden rule matches escapes the rule that hides it', () => {
  let found = 0
  const some = (maxLength: number) => fc.array(shortConditions, { maxLength })
  const inputs = fc.array(shortInputs, { minLength: 10, maxLength: 20 })
  fc.assert(
    fc.property(some(2), some(2), some(4), inputs, (skip, send, ofRoutes, leads) => {
      const filters = { skip: named('skip', skip), send: named('send', send) }
      const routes = named('route', ofRoutes).map(({ name, when }) => route(name, when))
      const whens = new Map([...filters.skip, ...filters.send, ...routes].map(({ name, when }) => [name, when]))
      for (const { rule, by } of findHiddenRules({ fields: [], filters, routes })) {
        found += 1
        const isMet = ({ name }: HiddenRule['rule'], lead: (typeof leads)[number]) =>
          matchesCondition(whens.get(name) ?? expect.unreachable('a hidden rule is one of the rules'), lead)
        expect(leads.filter(lead => isMet(rule, lead) && !isMet(by, lead))).toEqual([])
      }
    }),
    { numRuns: inject('isLongRun') ? 1000 : 150 },
  )
  expect(found).toBeGreaterThan(0)
})

/** Rules with so few targets and places that they often hide each other. */
const rivalFields = fieldRules.map(rules =>
  rules.map((rule, index) => ({
    ...rule,
    name: `rule ${index}`,
    to: index % 3 === 0 ? 'lead.customFields.porte' : 'lead.customFields.Porte',
    from: rule.from.map(place => (place.length % 2 === 0 ? 'cf_cnpj' : 'Porte da empresa')),
  })),
)

test('a hidden field never writes anything', () => {
  let found = 0
  fc.assert(
    fc.property(rivalFields, fc.array(ruleInputs, { minLength: 3, maxLength: 6 }), (fields, leads) => {
      const names = findHiddenRules({ ...none, fields: [...fields] }).map(({ rule }) => rule.name)
      found += names.length
      const written = leads.flatMap(lead => applyFields(fields, lead).filter(({ value }) => value !== undefined))
      expect(written.filter(({ rule }) => names.includes(nameOfField(rule)))).toEqual([])
    }),
    { numRuns: 300 },
  )
  expect(found).toBeGreaterThan(0)
})
