import {
  type Condition,
  type FieldRule,
  leadField,
  type LeadRules,
  type RuleInput,
  sourceNames,
  structuralMembers,
  textMembers,
} from '@ponte/contracts'
import fc from 'fast-check'
import { registeredLeads } from './lead-arbitraries.ts'

/** For tests: names that every object has. Companies may call their fields so. */
const hostileNames = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'] as const
const places = [...leadField.options, ...sourceNames, ...hostileNames, 'cf_cnpj', 'Porte da empresa'] as const

const words = fc.constantFrom('São Paulo', 'SP', 'webinar-crm', 'Sim', '1.500,50', '26/11/2026', '11.222.333/0001-81')
const values = fc.array(fc.oneof(words, fc.string({ minLength: 1, maxLength: 20 }), fc.constant('ção '.repeat(100))), {
  minLength: 1,
  maxLength: 4,
})

/** For tests: a lead with what rules may read of it. */
export const ruleInputs: fc.Arbitrary<RuleInput> = fc
  .record({
    lead: registeredLeads,
    values: fc.option(fc.uniqueArray(fc.tuple(fc.constantFrom(...places), values), { selector: ([place]) => place }), {
      nil: undefined,
    }),
    conversionIdentifier: fc.option(words, { nil: undefined }),
  })
  .map(({ lead, values, conversionIdentifier }) => ({
    receivedAt: '2026-11-26T12:00:00.000Z',
    lead: {
      ...lead,
      ...(conversionIdentifier !== undefined && { conversionIdentifier }),
      ...(values !== undefined && { values: Object.fromEntries(values) }),
    },
  }))

const customFieldNames = [
  'cnpj',
  'CNPJ',
  'porte',
  'segmento.principal',
  ...hostileNames,
  'emails',
  'userId',
  'name',
  'segment',
]
const targets = [
  ...[...textMembers.lead, ...structuralMembers.lead, 'leadSituationId', 'segment', 'constructor'].map(
    name => `lead.${name}`,
  ),
  ...[...textMembers.opportunity, ...structuralMembers.opportunity, 'totalValue'].map(name => `opportunity.${name}`),
  ...customFieldNames.flatMap(name => [`lead.customFields.${name}`, `opportunity.customFields.${name}`]),
] as const

const conversions: fc.Arbitrary<FieldRule['as']> = fc.oneof(
  fc.constantFrom('text', 'digits', 'number', 'boolean', 'date', 'lower', 'upper', 'list'),
  fc.constant({ map: { SP: 'Sudeste', Sim: true, '1.500,50': 1500 }, otherwise: 'keep' } as const),
  fc.constant({ map: { SP: 'Sudeste' }, otherwise: 'leave-out' } as const),
)

/** For tests: any rules, also those that the tenants file may not have. */
export const fieldRules: fc.Arbitrary<readonly FieldRule[]> = fc.array(
  fc.record(
    {
      name: fc.constantFrom('rule one', 'rule two'),
      from: fc.array(fc.constantFrom(...places), { minLength: 1, maxLength: 3 }),
      to: fc.constantFrom(...targets),
      as: conversions,
      join: fc.constantFrom(', ', ';'),
      required: fc.boolean(),
    },
    { requiredKeys: ['from', 'to', 'as', 'join', 'required'] },
  ),
  { maxLength: 12 },
)

const patterns = fc.array(fc.oneof(fc.constantFrom('*', 's*', '*crm', 'são paulo', 'web*-*', 'SIM'), words), {
  minLength: 1,
  maxLength: 3,
})

/** For tests: what `when` may say. */
export const conditions: fc.Arbitrary<Condition> = fc
  .record(
    {
      identifier: patterns,
      tag: patterns,
      state: patterns,
      city: patterns,
      source: patterns,
      field: fc.uniqueArray(fc.tuple(fc.constantFrom(...places), patterns), {
        selector: ([place]) => place,
        maxLength: 3,
      }),
    },
    { requiredKeys: [] },
  )
  .map(({ field, ...keys }) => ({ ...keys, ...(field !== undefined && { field: Object.fromEntries(field) }) }))

/** For tests: what an update may write. */
export const updatePolicies: fc.Arbitrary<LeadRules['updates']> = fc.dictionary(
  fc.constantFrom(
    ...targets.filter(target => target.startsWith('lead.')),
    ...targets.filter(target => target.startsWith('lead.')).map(target => target.slice('lead.'.length)),
  ),
  fc.constantFrom('always', 'if-empty', 'on-create'),
)
