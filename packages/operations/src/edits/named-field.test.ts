import { expect, test } from 'vitest'
import { readEditable } from './editable.ts'
import { namedField } from './named-field.ts'

const event = { v: 1, key: 'k', receivedAt: '2026-11-24T12:00:01Z' }
const ofLead = (lead: object) => readEditable({ name: 'lead.registered', kind: 'totvs-crm', data: { ...event, lead } })
const mobile = { email: 'ana@cliente.example', mobilePhone: '48 99999-1234' }
const body = { v: 1, receivedAt: event.receivedAt, source: 'rd-station', encoding: 'utf8', form: false, body: '{}' }
const editables = {
  lead: ofLead(mobile),
  'lead with two phones': ofLead({ ...mobile, phone: '48 3025-2598' }),
  opportunity: readEditable({
    name: 'opportunity.won',
    kind: 'rd-station',
    data: { ...event, opportunityId: 'o-1', contextUrl: '/api/v1/opportunity/opportunities' },
  }),
  delivery: readEditable({ name: 'delivery', kind: 'quarantine', data: body }),
}

test.each([
  ['lead', 'INVALID: must be a phone (leads[0].mobile_phone)', 'mobilePhone'],
  ['lead', 'LEAD-01: Lead inválido; obrigatório (lead.emails[0].email)', 'email'],
  ['lead', 'LEAD-01: inválido (phones[0].number)', 'mobilePhone'],
  ['lead with two phones', 'LEAD-01: inválido (phones[0].number)', 'phone'],
  ['lead', 'O campo Cidade é obrigatório', 'city'],
  ['lead', 'The name of the city is unknown: cityName', 'city'],
  ['lead', 'E-mail já existe', 'email'],
  ['lead', 'O campo tradingName aceita 255 caracteres', 'company'],
  ['lead', 'name is too long', 'name'],
  ['lead', 'CPF inválido', undefined],
  ['lead', 'variable=totvs_crm_default_user', undefined],
  ['opportunity', 'must be less than or equal to 10000 (value)', undefined],
  ['opportunity', 'setting=totvsCrm.contextUrlPattern', 'contextUrl'],
  ['delivery', 'leads[0]: no e-mail', 'body'],
] as const)('of the %s, “%s” names %s', (of, reason, field) => {
  const editable = editables[of] ?? expect.unreachable('it can be edited')
  expect(namedField([reason], editable)).toBe(field)
})

test('without a reason no field is named', () => {
  const named = Object.values(editables).map(editable => editable && namedField([], editable))
  expect(named).toEqual([undefined, undefined, undefined, undefined])
})
