import { parseTenants } from '@ponte/runtime'
import { expect, test } from 'vitest'
import { type QueuedData, readEditable } from './editable.ts'
import { applyEdit } from './edited-data.ts'

const [tenant] = parseTenants(
  `
tenants:
  acme:
    webhookTokens: { rdStation: rd-webhook-token-1234, totvsCrm: crm-webhook-token-1234 }
    rdStation: { clientId: client, clientSecret: client-secret, refreshToken: refresh-token }
    totvsCrm: { username: ponte, password: crm-password, tenant: acme }
    variables: { totvs_crm_default_user: vendas@acme.example }
`,
  {},
)
if (tenant === undefined) throw new Error('the tenant of the test is missing')
const context = { tenant, by: 'ana', at: '2026-02-03T04:05:06.000Z', language: 'en' } as const
const envelope = { v: 1, key: 'k', receivedAt: '2026-01-02T03:04:05.000Z' }

const lead = { uuid: 'u-1', name: 'Maria', email: 'maria@x.example', city: 'Floripa', notes: ['a note'] }
const leadJob: QueuedData = { name: 'lead.registered', kind: 'totvs-crm', data: { ...envelope, lead, future: 1 } }
const contextUrl = '/api/v1/opportunity/opportunities'
const opportunityJob: QueuedData = {
  name: 'opportunity.won',
  kind: 'rd-station',
  data: { ...envelope, opportunityId: 'o-1', contextUrl },
}
const same = { name: 'Maria', email: 'maria@x.example', city: 'Floripa' }

test('a correction changes its field alone and keeps the original with who changed what and when', () => {
  const edit = applyEdit(leadJob, { ...same, city: ' Florianópolis ' }, context)
  expect(edit?.changes).toEqual([{ field: 'city', before: 'Floripa', after: 'Florianópolis' }])
  expect(edit?.data).toEqual({
    ...envelope,
    future: 1,
    lead: { ...lead, city: 'Florianópolis' },
    edited: {
      original: expect.objectContaining({ name: 'Maria', city: 'Floripa' }),
      changes: [{ at: context.at, by: 'ana', fields: ['city'] }],
    },
  })
  expect(edit?.preview).toEqual([expect.stringContaining('"cityName": "Florianópolis"')])
})

test("a phone in a spreadsheet's form is kept as the phone it is", () => {
  const edit = applyEdit(leadJob, { ...same, mobilePhone: '="5511987654321"' }, context)
  expect(edit?.data).toMatchObject({ lead: { mobilePhone: '5511987654321' } })
})

test('a second correction keeps the first original', () => {
  const first = applyEdit(leadJob, { ...same, city: 'Um' }, context)
  const second = applyEdit({ ...leadJob, data: first?.data }, { ...same, city: 'Dois' }, { ...context, by: 'bia' })
  expect(second?.data).toMatchObject({
    lead: { city: 'Dois' },
    edited: { original: { city: 'Floripa' }, changes: [{ by: 'ana' }, { by: 'bia' }] },
  })
})

test.each([
  { what: 'nothing is changed', given: same, field: undefined },
  { what: 'an e-mail is none', given: { ...same, email: 'maria' }, field: 'email' },
  { what: "the owner's e-mail is none", given: { ...same, ownerEmail: 'x@y' }, field: 'ownerEmail' },
  { what: 'nobody can be reached any more', given: { name: 'Maria' }, field: undefined },
  { what: 'a phone is one that a spreadsheet rounded', given: { ...same, phone: '5,51199E+12' }, field: 'phone' },
  { what: 'the only phone is zeros', given: { name: 'Maria', mobilePhone: '(00) 00000-0000' }, field: undefined },
])('nothing can be kept when $what', ({ given, field }) => {
  const edit = applyEdit(leadJob, given, context)
  expect(edit?.data).toBeUndefined()
  expect(edit?.problems).toEqual([
    expect.objectContaining(field === undefined ? { text: expect.anything() } : { field }),
  ])
})

test('a field that is emptied is left out, not kept empty', () => {
  expect(applyEdit(leadJob, { ...same, city: '' }, context)?.data).toMatchObject({
    lead: { uuid: 'u-1', name: 'Maria', email: 'maria@x.example', notes: ['a note'] },
  })
  expect(applyEdit(leadJob, { ...same, city: '' }, context)?.data).not.toHaveProperty('lead.city')
})

test('an opportunity keeps its two fields, and neither may be empty', () => {
  const edit = applyEdit(opportunityJob, { opportunityId: 'o-2', contextUrl }, context)
  expect(edit).toMatchObject({ data: { opportunityId: 'o-2' }, preview: [`GET ${contextUrl}/o-2`] })
  expect(applyEdit(opportunityJob, { opportunityId: '', contextUrl }, context)?.data).toBeUndefined()
})

test.each([
  { what: 'a path that the settings do not allow', given: { contextUrl: '/api/v1/secrets' }, field: 'contextUrl' },
  { what: 'a path of another host', given: { contextUrl: 'https://evil.example/x' }, field: 'contextUrl' },
  { what: 'an id that leads elsewhere', given: { opportunityId: 'o/../../x' }, field: 'opportunityId' },
])('$what is not shown as if it would be sent: the worker would refuse it', ({ given, field }) => {
  const edit = applyEdit(opportunityJob, { opportunityId: 'o-2', contextUrl, ...given }, context)
  expect(edit?.data).toBeUndefined()
  const text = {
    en: expect.stringContaining('CRM_CONTEXT_URL_REFUSED'),
    pt: expect.stringContaining('CRM_CONTEXT'),
  }
  expect(edit?.problems).toEqual([{ field, text }])
})

test('a delivery of TOTVS CRM that leads to a path that is not allowed is not kept either', () => {
  const body = (uri: string) =>
    JSON.stringify({ eventId: 'e', source: { row: { id: 'o-1' }, object: { contextUrl: uri } } })
  const delivery = { v: 1, receivedAt: envelope.receivedAt, source: 'totvs-crm', intent: 'opportunity-won' }
  const data = { ...delivery, body: '{}', encoding: 'utf8', form: false }
  const job: QueuedData = { name: 'delivery', kind: 'quarantine', data }
  expect(applyEdit(job, { body: body(contextUrl) }, context)?.preview).toEqual([
    `opportunity.won: GET ${contextUrl}/o-1`,
  ])
  expect(applyEdit(job, { body: body('/api/v1/secrets') }, context)).toMatchObject({
    data: undefined,
    problems: [{ field: 'body', text: { en: expect.stringContaining('CRM_CONTEXT_URL_REFUSED') } }],
  })
})

test('a quarantined body is kept only when Ponte can read it now; line breaks of a text area are no change', () => {
  const body = '{"leads":[{"name":"Sem"}\n]}'
  const data = { v: 1, receivedAt: envelope.receivedAt, source: 'rd-station', body, encoding: 'utf8', form: false }
  const job: QueuedData = { name: 'delivery', kind: 'quarantine', data }
  expect(applyEdit(job, { body: body.replace('\n', '\r\n') }, context)?.changes).toEqual([])
  expect(applyEdit(job, { body: '{"leads":[{"name":"Com"}]}' }, context)).toMatchObject({
    data: undefined,
    problems: [{ field: 'body', text: { en: expect.stringContaining('LEAD_WITHOUT_IDENTITY') } }],
  })
  const corrected = '{"leads":[{"name":"Com","email":"com@x.example"}]}'
  expect(applyEdit(job, { body: corrected }, context)).toMatchObject({
    data: { body: corrected, edited: { original: { body } } },
    preview: [expect.stringContaining('com@x.example')],
  })
})

test('data that are not text or cannot be read, and a write of statusRD, cannot be edited', () => {
  const data = {
    v: 1,
    receivedAt: envelope.receivedAt,
    source: 'rd-station',
    body: '/w==',
    encoding: 'base64',
    form: false,
  }
  expect(readEditable({ name: 'delivery', kind: 'quarantine', data })).toBeUndefined()
  const status = { ...envelope, opportunityId: 'o', contextUrl: '/x' }
  expect(readEditable({ name: 'status-rd.changed', kind: 'totvs-crm', data: status })).toBeUndefined()
  expect(readEditable({ name: 'lead.registered', kind: 'totvs-crm', data: { broken: true } })).toBeUndefined()
})
