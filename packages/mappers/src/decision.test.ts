import { isRecord } from '@ponte/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Decision, isWritten, pathOf } from './decision.ts'
import { toCrmLeadChange } from './lead/rd-lead-to-crm-lead-change.ts'
import { toCrmLead } from './lead/rd-lead-to-crm-lead.ts'
import { applyFields } from './rules/apply-rules.ts'
import { crmLeads, variables, withoutRules } from './testing/lead-arbitraries.ts'
import { fieldRules, ruleInputs, updatePolicies } from './testing/rule-arbitraries.ts'

const written = (decisions: readonly Decision[]): readonly string[] =>
  [...new Set(decisions.filter(isWritten).map(pathOf))].toSorted()

/** The paths of the members and the custom fields that hold anything. */
const pathsIn = ({ customFields, ...members }: Readonly<Record<string, unknown>>): readonly string[] =>
  [
    ...Object.keys(members).filter(name => !Array.isArray(members[name]) || members[name].length > 0),
    ...(isRecord(customFields) ? Object.keys(customFields).map(name => `customFields.${name}`) : []),
  ].toSorted()

/** The values that the decisions say, where a member or a custom field has one value. */
function expectValues(decisions: readonly Decision[], record: Readonly<Record<string, unknown>>): void {
  const { customFields } = record
  const flat = isRecord(customFields)
    ? {
        ...record,
        ...Object.fromEntries(Object.entries(customFields).map(([name, value]) => [`customFields.${name}`, value])),
      }
    : record
  for (const decision of decisions.filter(isWritten)) {
    const value = flat[pathOf(decision)]
    if (!Array.isArray(value) && !Array.isArray(decision.value)) expect(value).toEqual(decision.value)
  }
}

test('an update writes just what its decisions say', () => {
  fc.assert(
    fc.property(ruleInputs, crmLeads, fieldRules, updatePolicies, (input, existing, rules, updates) => {
      const writing = { variables, codec: 'map', updates, fields: applyFields(rules, input) } as const
      const { change, decisions } = toCrmLeadChange(input.lead, existing, writing)
      expect(written(decisions)).toEqual(pathsIn(change))
      expectValues(decisions, change)
    }),
    { numRuns: 300 },
  )
})

test('a new lead holds just what its decisions say', () => {
  fc.assert(
    fc.property(ruleInputs, fieldRules, (input, rules) => {
      const lead = { ...input.lead, email: 'ana@x.example' }
      const fields = applyFields(rules, { ...input, lead })
      const created = toCrmLead(lead, { ...withoutRules, variables, fields, userId: 'u' })
      const { type: _type, userId: _userId, ...own } = created.lead
      expect(written(created.decisions)).toEqual(pathsIn(own))
      expectValues(created.decisions, own)
    }),
    { numRuns: 300 },
  )
})
