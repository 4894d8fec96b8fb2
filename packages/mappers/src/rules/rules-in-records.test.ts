import {
  crmLead,
  type FieldRule,
  isTextMember,
  isWritable,
  message,
  type RegisteredLead,
  type RuleInput,
  targetOf,
} from '@ponte/contracts'
import fc from 'fast-check'
import { describe, expect, inject, test } from 'vitest'
import type { CustomFieldCodec } from '../custom-field.ts'
import { toCrmLead, type LeadWriting } from '../lead/rd-lead-to-crm-lead.ts'
import { toCrmLeadChange } from '../lead/rd-lead-to-crm-lead-change.ts'
import { toCrmOpportunity } from '../rd-lead-to-crm-opportunity.ts'
import { crmLeads, variables, withNotes, withoutRules } from '../testing/lead-arbitraries.ts'
import { fieldRules, ruleInputs, updatePolicies } from '../testing/rule-arbitraries.ts'
import { applyFields, usesOf } from './apply-rules.ts'

const receivedAt = '2026-11-26T12:00:00.000Z'
const person: RegisteredLead = { uuid: 'u-1', email: 'ana@x.example', name: 'Ana', jobTitle: 'CEO' }
const withValues = (values: Record<string, string[]>): RuleInput => ({ receivedAt, lead: { ...person, values } })
const rule = (from: string, to: string, more: Partial<FieldRule> = {}): FieldRule => ({
  from: [from],
  to,
  as: 'text',
  join: ', ',
  required: false,
  ...more,
})
const place = {
  leadId: 'lead-1',
  userId: 'user-1',
  pipelineId: 'pipeline-1',
  stageId: 'stage-1',
  opportunityTypeId: 'type-1',
  statusMap: { PROGRESS: 'open' },
} as const

const writing = (input: RuleInput, rules: readonly FieldRule[], more: Partial<LeadWriting> = {}): LeadWriting => ({
  variables,
  codec: 'map',
  updates: {},
  fields: applyFields(rules, input),
  ...more,
})
const created = (input: RuleInput, rules: readonly FieldRule[], codec: CustomFieldCodec = 'map') =>
  withNotes(toCrmLead(input.lead, { ...writing(input, rules, { codec }), userId: 'user-1' }))
const changed = (input: RuleInput, existing: object, rules: readonly FieldRule[], more: Partial<LeadWriting> = {}) =>
  withNotes(toCrmLeadChange(input.lead, crmLead.parse({ id: 'lead-1', ...existing }), writing(input, rules, more)))

describe('custom fields of a new lead are written as the tenant’s CRM has them:', () => {
  const rules = [rule('cf_cnpj', 'lead.customFields.cnpj'), rule('tags', 'lead.customFields.tags', { as: 'list' })]
  const input = withValues({ cf_cnpj: ['11'], tags: ['a', 'b'] })
  test.each<[CustomFieldCodec, object]>([
    ['map', { customFields: { cnpj: '11', tags: ['a', 'b'] } }],
    [
      'list',
      {
        customFields: [
          { name: 'cnpj', value: '11' },
          { name: 'tags', value: ['a', 'b'] },
        ],
      },
    ],
    ['flat', { cnpj: '11', tags: ['a', 'b'] }],
  ])('%s', (codec, expected) => {
    expect(created(input, rules, codec).lead).toMatchObject(expected)
  })
})

test('a rule decides about its member alone, also when the lead is updated', () => {
  const rules = [rule('cf_cargo', 'lead.jobTitle')]
  const input = withValues({ cf_cargo: ['Sócia'] })
  expect(created(input, rules).lead).toMatchObject({ name: 'Ana', jobTitle: 'Sócia' })
  const existing = { name: 'Ana', externalId: 'rd:u-1', jobTitle: 'Sócia', emails: [{ email: 'ana@x.example' }] }
  expect(changed(input, existing, rules).change).toEqual({})
  // A rule without a value has no effect.
  expect(changed(withValues({}), existing, rules).change).toEqual({ jobTitle: 'CEO' })
})

test('a member that holds a text is given one, whatever the rule converts to', () => {
  const input = withValues({ tags: ['a', 'b'], cf_n: ['7'] })
  expect(created(input, [rule('tags', 'lead.name', { as: 'list', join: ' / ' })]).lead.name).toBe('a / b')
  expect(created(input, [rule('cf_n', 'lead.jobTitle', { as: 'number' })]).lead).toMatchObject({ jobTitle: '7' })
})

test('a text that is too long is cut, a number or an address is left out, and a note says which', () => {
  const long = { cf_text: ['ã'.repeat(300)], cf_n: ['1'.repeat(300)], cf_url: [`https://x.example/${'y'.repeat(300)}`] }
  const rules = [
    rule('cf_text', 'lead.customFields.text'),
    rule('cf_text', 'lead.customFields.list', { as: 'list' }),
    rule('cf_n', 'lead.customFields.n', { as: 'digits' }),
    rule('cf_url', 'lead.customFields.url'),
    rule('cf_text', 'lead.website'),
  ]
  const { lead, notes } = created(withValues(long), rules)
  expect(lead).not.toHaveProperty('website')
  expect(lead['customFields']).toEqual({ text: 'ã'.repeat(255), list: ['ã'.repeat(255)] })
  const sizes = (name: string, length: number) => ({ rule: name, length, limit: 255 })
  expect(notes).toEqual([
    message('rule-cut', sizes('lead.customFields.text', 300)),
    message('rule-cut', sizes('lead.customFields.list', 300)),
    message('rule-too-long', sizes('lead.customFields.n', 300)),
    message('rule-too-long', sizes('lead.customFields.url', 318)),
    message('rule-too-long', sizes('lead.website', 300)),
  ])
})

describe('a custom field called like what every object has is a custom field:', () => {
  const input = withValues({ tags: ['a'] })
  const rules = ['__proto__', 'constructor', 'toString'].map(name =>
    rule('tags', `lead.customFields.${name}`, { as: 'list' }),
  )
  test.each(['map', 'list', 'flat'] as const)('%s', codec => {
    const { lead } = created(input, rules, codec)
    const sent: unknown = JSON.parse(JSON.stringify(codec === 'flat' ? lead : lead['customFields']))
    const names = codec === 'list' ? Object.values(sent ?? {}).map(({ name }) => name) : Object.keys(sent ?? {})
    expect(names).toEqual(expect.arrayContaining(['__proto__', 'constructor', 'toString']))
    expect(Object.getPrototypeOf(lead)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>)['0']).toBeUndefined()
  })
})

test('where custom fields stand among the members, the first of a member and a custom field of one name counts', () => {
  const rules = [rule('cf_a', 'lead.segment'), rule('cf_b', 'lead.customFields.segment')]
  const input = withValues({ cf_a: ['a'], cf_b: ['b'] })
  expect(created(input, rules, 'flat').lead).toMatchObject({ segment: 'a' })
  expect(created(input, rules.toReversed(), 'flat').lead).toMatchObject({ segment: 'b' })
  expect(created(input, rules, 'map').lead).toMatchObject({ segment: 'a', customFields: { segment: 'b' } })
})

test('an update sends all custom fields that the lead has, each under the name that the CRM gave it', () => {
  const rules = [rule('cf_cnpj', 'lead.customFields.cnpj'), rule('cf_porte', 'lead.customFields.porte')]
  const input = withValues({ cf_cnpj: ['22'], cf_porte: ['pequeno'] })
  expect(changed(input, { ...person, customFields: { CNPJ: '11', other: 1 } }, rules).change['customFields']).toEqual({
    CNPJ: '22',
    other: 1,
    porte: 'pequeno',
  })
  const list = [{ id: 7, field: 'CNPJ', value: '11' }, { name: 'other', value: 1 }, null]
  const { change } = changed(input, { ...person, customFields: list }, rules, { codec: 'list' })
  expect(change['customFields']).toEqual([
    { id: 7, field: 'CNPJ', value: '22' },
    { name: 'other', value: 1 },
    null,
    { name: 'porte', value: 'pequeno' },
  ])
  expect(changed(input, { ...person, other: 1 }, rules, { codec: 'flat' }).change).toMatchObject({ cnpj: '22' })
})

test('what an update may not write is not written, and custom fields that do not differ are not sent', () => {
  const rules = [rule('cf_cnpj', 'lead.customFields.cnpj'), rule('cf_porte', 'lead.customFields.porte')]
  const input = withValues({ cf_cnpj: ['22'], cf_porte: ['1'] })
  const existing = { name: 'Ana S.', customFields: { cnpj: '11', porte: 1 }, emails: [{ email: 'ana@x.example' }] }
  const updates = { 'lead.name': 'if-empty', 'customFields.cnpj': 'on-create', jobTitle: 'on-create' } as const
  const { change, notes, decisions } = changed(input, { ...existing, externalId: 'rd:u-1' }, rules, { updates })
  expect(change).toEqual({})
  expect(usesOf(decisions)).toEqual([{ rule: 'lead.customFields.cnpj', outcome: 'kept' }])
  expect(notes).toEqual([
    message('update-kept', { rule: 'lead.name', mode: 'if-empty' }),
    message('update-kept', { rule: 'lead.jobTitle', mode: 'on-create' }),
    message('update-kept', { rule: 'lead.customFields.cnpj', mode: 'on-create' }),
  ])
})

test('what an update may not write and need not write has no note, and a rule is shown with what its own target has', () => {
  const updates = { 'lead.jobTitle': 'on-create' } as const
  const rules = [rule('city', 'lead.website'), rule('city', 'lead.facebook')]
  const input = { receivedAt, lead: { jobTitle: 'CEO', city: 'Natal' } }
  const existing = { jobTitle: 'CEO', website: 'https://x.example', addresses: [{ cityName: 'Recife' }] }
  const { notes, decisions } = changed(input, existing, rules, { updates })
  expect(notes).toEqual([])
  expect(decisions.flatMap(({ rule, current }) => (rule ? [current] : []))).toEqual(['https://x.example', undefined])
})

test('of a rule whose target is reserved nothing is written, and of a member without a value nothing is overruled', () => {
  const rules = [rule('cf_a', 'lead.userId'), rule('cf_a', 'lead.website')]
  const { decisions } = created(withValues({ cf_a: ['a'] }), rules)
  const outcomes = decisions.flatMap(({ target, outcome }) =>
    rules.some(({ to }) => to === target) ? [`${target} ${outcome}`] : [],
  )
  expect(outcomes).toEqual(['lead.website no-value', 'lead.userId left-out', 'lead.website written'])
})

const codecs = fc.constantFrom<CustomFieldCodec>('map', 'list', 'flat')
/** Members of a record that rules with a value decide about. */
const decided = (rules: readonly FieldRule[], record: string): ReadonlySet<string> =>
  new Set(
    rules.map(({ to }) => targetOf(to)).flatMap(to => (to.record === record && to.kind === 'member' ? to.name : [])),
  )

test('whatever the rules, a new lead and its opportunity have all that they have without rules, but for what a rule writes', () => {
  fc.assert(
    fc.property(ruleInputs, fieldRules, codecs, (input, rules, codec) => {
      fc.pre(input.lead.email !== undefined)
      const { lead } = created(input, rules, codec)
      const plain = toCrmLead(input.lead, { ...withoutRules, variables, userId: 'user-1' }).lead
      const writable = rules.filter(({ to }) => isWritable(targetOf(to), codec))
      for (const [member, value] of Object.entries(plain))
        if (!decided(writable, 'lead').has(member)) expect(lead[member], member).toEqual(value)
        else if (isTextMember({ record: 'lead', kind: 'member', name: member })) expect(lead[member]).toMatch(/./su)
      expect(crmLead.safeParse({ id: '1', ...lead }).success).toBe(true)

      const opportunityOf = (fields: LeadWriting['fields']) =>
        toCrmOpportunity(input.lead, { place, fields, codec }).opportunity
      const opportunity = opportunityOf(applyFields(rules, input))
      for (const [member, value] of Object.entries(opportunityOf([])))
        if (!decided(writable, 'opportunity').has(member)) expect(opportunity[member], member).toEqual(value)
      expect(opportunity.description).toMatch(/./su)
      for (const text of textsIn([lead, opportunity])) expect(text.length).toBeLessThanOrEqual(255)
    }),
    { numRuns: inject('isLongRun') ? 500 : 100 },
  )
})

test('whatever the rules, an update that was applied needs no other, and blanks nothing', () => {
  fc.assert(
    fc.property(ruleInputs, crmLeads, fieldRules, codecs, updatePolicies, (input, existing, all, codec, updates) => {
      // Such a member could not be read back, because JSON parsers never give a record one.
      const rules = codec === 'flat' ? all.filter(({ to }) => !to.endsWith('__proto__')) : all
      const { change } = changed(input, existing, rules, { codec, updates })
      const after = crmLead.parse(JSON.parse(JSON.stringify({ ...existing, ...change })))
      expect(changed(input, after, rules, { codec, updates }).change).toEqual({})
      for (const [key, value] of Object.entries(existing)) if (value) expect(after[key], key).toBeTruthy()
    }),
    { numRuns: inject('isLongRun') ? 500 : 100 },
  )
})

/** Every text in a value, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
