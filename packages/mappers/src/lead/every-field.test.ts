import { crmLead, leadField, type RegisteredLead } from '@ponte/contracts'
import { describe, expect, test } from 'vitest'
import { variables, withoutRules } from '../testing/lead-arbitraries.ts'
import { toCrmLead } from './rd-lead-to-crm-lead.ts'
import { toCrmLeadChange } from './rd-lead-to-crm-lead-change.ts'

const values: Readonly<Record<string, string>> = {
  email: 'ana@cliente.example',
  phone: '48 3333-1234',
  mobilePhone: '48 99999-4321',
}
const valueOf = (field: string): string => values[field] ?? `a value for ${field}`

/** Whoever adds a field to the list is led here: CONTRIBUTING.md, "A field of the lead". */
describe.each(leadField.options)('the field %s of a lead in RD Station', field => {
  const lead: RegisteredLead = { email: 'other@cliente.example', [field]: valueOf(field), notes: [] }

  test('arrives in a new lead of TOTVS CRM', () => {
    expect(JSON.stringify(toCrmLead(lead, { ...withoutRules, variables, userId: 'u' }).lead)).toContain(valueOf(field))
  })

  test('arrives in one that TOTVS CRM has already', () => {
    const existing = crmLead.parse({ id: '1', name: 'Ana', emails: [{ email: 'other@cliente.example' }] })
    expect(JSON.stringify(toCrmLeadChange(lead, existing, { ...withoutRules, variables }).change)).toContain(
      valueOf(field),
    )
  })
})
