import type { Condition, FieldRule, PlaceReaders, Route, RuleInput } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { applyFilters, findRoute } from './apply-rules.ts'
import { watchedRules } from './watched-rules.ts'

const field = (rule: Pick<FieldRule, 'from' | 'to'> & Partial<FieldRule>): FieldRule => ({
  as: 'text',
  join: ', ',
  required: false,
  ...rule,
})
// oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
const route = (name: string, when: Condition): Route => ({ name, when, then: {} })
const rules: PlaceReaders = {
  fields: [
    field({ from: ['cf_porte', 'cf_tamanho'], to: 'lead.customFields.porte' }),
    field({ name: 'employees', from: ['cf_porte'], to: 'lead.customFields.employees', as: 'number' }),
  ],
  filters: {
    send: [{ name: 'webinars', when: { identifier: ['webinar-*'] } }],
    skip: [
      { name: 'suppliers', when: { tag: ['supplier'] } },
      { name: 'webinars', when: { tag: ['test'] } },
    ],
  },
  routes: [route('sp', { state: ['SP'] }), route('south', { state: ['SP', 'PR'] })],
}

/** The rules that a lead uses, applied as the worker applies them. */
function usedBy(lead: Partial<RuleInput['lead']>): readonly string[] {
  const input = { lead: { ...lead }, receivedAt: '2026-11-26T12:00:00.000Z' }
  const filter = applyFilters(rules.filters, input)
  const route = filter.isSent ? findRoute(rules.routes, input) : undefined
  return watchedRules(rules)
    .filter(rule => rule.isUsedBy({ input, filter, route }))
    .map(({ member }) => member)
}

test('every place and every rule is watched, each once', () => {
  expect(watchedRules(rules).map(({ member }) => member)).toEqual([
    ...['place:cf_porte', 'place:cf_tamanho', 'place:conversion.identifier', 'place:tags', 'place:state'],
    ...['filters.send:webinars', 'filters.skip:suppliers', 'filters.skip:webinars'],
    ...['routes:sp', 'routes:south', 'fields:lead.customFields.porte', 'fields:employees'],
  ])
  expect(watchedRules({ fields: [], filters: { send: [], skip: [] }, routes: [] })).toEqual([])
})

test('a lead uses the places that it has values at, the filter and the route that decided, and the fields that fit', () => {
  expect(usedBy({ conversionIdentifier: 'webinar-crm', state: 'SP', values: { cf_porte: ['11-50'] } })).toEqual([
    ...['place:cf_porte', 'place:conversion.identifier', 'place:state'],
    ...['filters.send:webinars', 'routes:sp', 'fields:lead.customFields.porte'],
  ])
  expect(usedBy({ conversionIdentifier: 'webinar-crm', state: 'PR', values: { cf_porte: ['12'] } })).toEqual([
    ...['place:cf_porte', 'place:conversion.identifier', 'place:state'],
    ...['filters.send:webinars', 'routes:south', 'fields:lead.customFields.porte', 'fields:employees'],
  ])
})

test('a lead that is not sent uses the filter that says so, and no other of its name', () => {
  expect(usedBy({ conversionIdentifier: 'webinar-crm', values: { tags: ['test'] } })).toEqual([
    ...['place:conversion.identifier', 'place:tags', 'filters.skip:webinars'],
  ])
  expect(usedBy({ conversionIdentifier: 'ebook' })).toEqual(['place:conversion.identifier'])
})
