import { type Condition, type FieldRule, type Filter, message } from '@ponte/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { conditions, ruleInputs } from '../testing/rule-arbitraries.ts'
import { applyFields, applyFilters, findRoute } from './apply-rules.ts'
import { matchesCondition } from './match-condition.ts'

const rule = (given: Pick<FieldRule, 'from' | 'to'> & Partial<FieldRule>): FieldRule => ({
  as: 'text',
  join: ', ',
  required: false,
  ...given,
})
const input = (values: Record<string, string[]>) => ({
  lead: { email: 'ana@x.example', conversionIdentifier: 'webinar-crm', values },
  receivedAt: '2026-11-26T12:00:00.000Z',
})
const one = (given: Parameters<typeof rule>[0], values: Record<string, string[]> = {}) =>
  applyFields([rule(given)], input(values))[0]

test('a rule takes the first of its places that has a value, and says which', () => {
  const given = { from: ['cf_cnpj', 'CNPJ', 'email'], to: 'lead.customFields.cnpj' }
  expect(one(given, { CNPJ: ['11'] })).toMatchObject({ place: 'CNPJ', values: ['11'], value: '11' })
  expect(one(given)).toMatchObject({ place: 'email', value: 'ana@x.example' })
})

test('a rule reads what the lead has itself, and when the delivery came', () => {
  const read = (place: string) => one({ from: [place], to: 'lead.customFields.x' })?.value
  expect(read('conversion.identifier')).toBe('webinar-crm')
  expect(read('receivedAt')).toBe('2026-11-26T09:00:00.000-03:00')
  expect(read('name')).toBeUndefined()
})

test.each([
  ['2026-11-28T02:59:59.999Z', '2026-11-27'],
  ['2026-11-28T03:00:00.000Z', '2026-11-28'],
  ['2026-11-29T00:30:00.000Z', '2026-11-28'],
])('a delivery that came at %s has the day %s in Brasília, whatever the clock of the server', (receivedAt, day) => {
  const given = rule({ from: ['receivedAt'], to: 'opportunity.customFields.inscritoEm', as: 'date' })
  expect(applyFields([given], { ...input({}), receivedAt })[0]?.value).toBe(day)
})

test('a value that does not fit is left out, and the note says so without the value', () => {
  const outcome = one(
    { name: 'Valor', from: ['cf_valor'], to: 'opportunity.totalValue', as: 'number' },
    { cf_valor: ['caro'] },
  )
  expect(outcome?.value).toBeUndefined()
  expect(outcome?.note).toEqual(message('rule-misfit', { rule: 'Valor', problem: message('value-not-a-number') }))
})

test('of several rules with one target the first that has a value counts', () => {
  const rules = [
    rule({ from: ['cf_none'], to: 'lead.customFields.origem' }),
    rule({ from: ['cf_two'], to: 'lead.customFields.origem' }),
    rule({ from: ['cf_three'], to: 'lead.customFields.ORIGEM' }),
  ]
  const outcomes = applyFields(rules, input({ cf_two: ['2'], cf_three: ['3'] }))
  expect(outcomes.map(({ value }) => value)).toEqual([undefined, '2', undefined])
})

test('what another rule writes into its target instead is not said to be left out', () => {
  const to = 'lead.customFields.porte'
  const rules = (['number', 'text', 'digits'] as const).map(as => rule({ from: ['cf_porte'], to, as }))
  const outcomes = applyFields(rules, input({ cf_porte: ['enorme'] }))
  expect(outcomes.map(({ value, note }) => [value, note])).toEqual([
    [undefined, undefined],
    ['enorme', undefined],
    [undefined, undefined],
  ])
})

test('a place or a target that every object has is read and written like any other', () => {
  const outcome = one({ from: ['constructor', '__proto__', 'toString'], to: 'lead.customFields.__proto__' })
  expect(outcome).toMatchObject({ place: undefined, value: undefined, target: { name: '__proto__' } })
})

const filters: fc.Arbitrary<Filter[]> = fc
  .array(conditions, { maxLength: 5 })
  .map(all => all.map((when, index) => ({ name: `rule ${index}`, when })))

test('the first route that matches is taken', () => {
  const all = [['ebook*'], ['webinar*'], ['*crm'], ['*']].map((identifier, index) => ({
    name: `route ${index}`,
    when: { identifier },
    // oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
    then: {},
  }))
  expect(findRoute(all, input({}))?.name).toBe('route 1')
  expect(findRoute(all.slice(0, 1), input({}))).toBeUndefined()
})

test('a lead is sent unless a filter skips it or none of those under "send" matches, in whatever order they stand', () => {
  fc.assert(
    fc.property(ruleInputs, filters, filters, (input, send, skip) => {
      const isMet = ({ when }: { when: Condition }) => matchesCondition(when, input)
      const { isSent, rule, untold } = applyFilters({ send, skip }, input)
      expect(isSent).toBe(!skip.some(isMet) && (send.length === 0 || send.some(isMet) || untold.length > 0))
      expect(applyFilters({ send: send.toReversed(), skip: skip.toReversed() }, input).isSent).toBe(isSent)
      if (rule !== undefined) expect([...(isSent ? send : skip)].filter(isMet).map(({ name }) => name)).toContain(rule)
      else expect(skip.some(isMet)).toBe(false)
    }),
  )
})

const sendOnly = (...conditions: readonly Condition[]) => ({
  skip: [],
  send: conditions.map((when, index) => ({ name: `rule ${index}`, when })),
})
const thin = { conversionIdentifier: 'ebook', lacks: ['state', 'tags'], lacksFunnel: true } as const
const untoldIn = (when: Condition, lead: object = {}) =>
  applyFilters(sendOnly(when, { identifier: ['webinar-*'] }), {
    lead: {
      ...thin,
      lacks: [...thin.lacks],
      values: { tags: [], lifecycleStage: [], 'score.fit': [] },
      ...lead,
    },
    receivedAt: '2026-11-26T12:00:00.000Z',
  })

test.each<[string, Condition, readonly string[]]>([
  ['a tag', { tag: ['vip'] }, ['tags']],
  ['a stage', { field: { lifecycleStage: ['Client'] } }, ['lifecycleStage']],
  [
    'state and stage, where the rest is met',
    { identifier: ['ebook'], state: ['SC'], field: { 'score.fit': ['a'] } },
    ['state', 'score.fit'],
  ],
])(
  'a lead of which nobody told %s is sent although no filter under "send" matches, and what was not told is named',
  (_what, when, untold) => {
    expect(untoldIn(when)).toEqual({ isSent: true, rule: undefined, untold })
  },
)

test('a lead is not sent where what nobody told does not matter, or was told', () => {
  const notSent = { isSent: false, rule: undefined, untold: [] }
  expect(untoldIn({ tag: ['vip'], city: ['Joinville'] })).toEqual(notSent)
  expect(untoldIn({ tag: ['vip'] }, { values: { tags: ['novo'] } })).toEqual(notSent)
  expect(untoldIn({ tag: ['vip'] }, { lacks: ['state'] })).toEqual(notSent)
  expect(untoldIn({ field: { lifecycleStage: ['Client'] } }, { lacksFunnel: undefined })).toEqual(notSent)
})

test('a lead is sent where a filter under "send" looks at a place that nobody read, because the filter is newer than the event', () => {
  const send = sendOnly({ field: { cf_porte: ['1-10'] } })
  const filtered = (values?: Record<string, string[]>) =>
    applyFilters(send, { ...input({}), lead: { ...(values && { values }) } })
  expect(filtered()).toEqual({ isSent: true, rule: undefined, untold: ['cf_porte'] })
  expect(filtered({ tags: ['a'] }).isSent).toBe(true)
  expect(filtered({ cf_porte: [] }).isSent).toBe(false)
})
