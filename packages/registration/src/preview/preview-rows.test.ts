import { type CrmLead, crmLead, message, type RegisteredLead, type TenantSettings } from '@ponte/contracts'
import { leadWritingOf, readCustomField, toCrmLead, toCrmLeadChange } from '@ponte/mappers'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { testSettings } from '../testing/test-settings.ts'
import type { PreviewRow } from './lead-preview.ts'
import { previewRows } from './preview-rows.ts'

const receivedAt = '2026-03-05T12:00:01.000Z'

function rowsOf(lead: Partial<RegisteredLead>, settings: TenantSettings, existing?: CrmLead): readonly PreviewRow[] {
  const input = { lead: { notes: [], ...lead }, receivedAt }
  return previewRows({ input, settings, found: { isKnown: true, value: existing }, opportunity: 'opened' })
}
const settingsOf = (fields: readonly object[], updates: object = {}): TenantSettings =>
  testSettings({ fields, updates })
const only = (rows: readonly PreviewRow[], rule: string): PreviewRow | undefined => rows.find(row => row.rule === rule)

test('a rule names the place that has a value, what is written, and what TOTVS CRM holds', () => {
  const settings = settingsOf([{ name: 'cnpj', from: ['cf_cnpj', 'CNPJ'], to: 'lead.customFields.cnpj', as: 'digits' }])
  const existing = crmLead.parse({ id: '1', customFields: { cnpj: '0' } })
  const rows = rowsOf({ values: { CNPJ: ['12.345.678/0001-90'] } }, settings, existing)
  expect(only(rows, 'cnpj')).toEqual({
    places: ['cf_cnpj', 'CNPJ'],
    place: 'CNPJ',
    values: ['12.345.678/0001-90'],
    rule: 'cnpj',
    target: 'lead.customFields.cnpj',
    value: '12345678000190',
    current: '0',
    outcome: 'written',
    note: undefined,
  })
})

test.each([
  ['that does not fit', { as: 'number' }, ['abc'], 'left-out', 'rule-misfit'],
  ['that is too long', {}, ['x'.repeat(300)], 'cut', 'rule-cut'],
  ['that is missing', {}, [], 'no-value', undefined],
])('a value %s says so', (_what, rule, values, outcome, key) => {
  const settings = settingsOf([{ name: 'porte', from: 'cf_porte', to: 'lead.customFields.porte', ...rule }])
  const row = only(rowsOf({ values: { cf_porte: values } }, settings), 'porte')
  expect(row).toMatchObject({ outcome, ...(key !== undefined && { note: { key } }) })
})

test('of two rules with one target the second is overruled, and so is what Ponte itself would write', () => {
  const settings = settingsOf([
    { name: 'first', from: 'cf_a', to: 'lead.jobTitle' },
    { name: 'second', from: 'cf_b', to: 'lead.jobTitle' },
  ])
  const rows = rowsOf({ jobTitle: 'CEO', values: { cf_a: ['CTO'], cf_b: ['CFO'] } }, settings)
  const outcomes = rows.filter(({ target }) => target === 'lead.jobTitle').map(({ rule, outcome }) => [rule, outcome])
  expect(outcomes).toEqual([
    [undefined, 'overruled'],
    ['first', 'written'],
    ['second', 'overruled'],
  ])
})

test('where custom fields stand among the members of a record, a rule whose name is taken there is overruled', () => {
  const settings = testSettings({
    totvsCrm: { username: 'user', password: 'password', tenant: 'acme', customFields: 'flat' },
    fields: [
      { name: 'first', from: 'cf_a', to: 'lead.rating' },
      { name: 'second', from: 'cf_b', to: 'lead.customFields.rating' },
    ],
  })
  const rows = rowsOf({ values: { cf_a: ['1'], cf_b: ['2'] } }, settings)
  expect([only(rows, 'first')?.outcome, only(rows, 'second')?.outcome]).toEqual(['written', 'overruled'])
})

test.each(['if-empty', 'on-create'])('what an update keeps because of %s is shown with what is there', mode => {
  const settings = settingsOf([{ name: 'porte', from: 'cf_porte', to: 'lead.customFields.porte' }], {
    jobTitle: mode,
    'lead.phones': mode,
    'customFields.porte': mode,
  })
  const existing = crmLead.parse({
    id: '1',
    jobTitle: 'CFO',
    phones: [{ number: '4833331234' }],
    customFields: { porte: 'grande' },
  })
  const lead = { jobTitle: 'CEO', mobilePhone: '48 99999-4321', values: { cf_porte: ['pequeno'] } }
  const rows = rowsOf(lead, settings, existing)
  const kept = rows.filter(({ outcome }) => outcome === 'kept')
  expect(kept).toMatchObject([
    { target: 'lead.jobTitle', current: 'CFO', note: { key: 'update-kept' } },
    { target: 'lead.phones', current: '4833331234', note: { key: 'update-kept' } },
    { target: 'lead.customFields.porte', current: 'grande', note: { key: 'update-kept' } },
  ])
})

test('a value that is too long, one that is no phone and an externalId of another system say so', () => {
  const existing = crmLead.parse({
    id: '1',
    externalId: 'erp-7',
    phones: [{ number: '4833331234', phoneTypeId: testSettings().variables.totvs_crm_phonetypeid_main }],
  })
  const lead = { uuid: 'u-1', phone: '0000000000', website: `https://${'x'.repeat(300)}`, city: 'y'.repeat(300) }
  const rows = rowsOf(lead, settingsOf([]), existing)
  const notesOf = (place: string) => rows.find(row => row.place === place)
  expect(notesOf('uuid')).toMatchObject({ outcome: 'kept', current: 'erp-7', note: message('external-id-kept') })
  expect(notesOf('phone')).toMatchObject({ outcome: 'left-out', note: { key: 'field-not-a-phone' } })
  expect(notesOf('website')).toMatchObject({ outcome: 'left-out', note: { key: 'field-too-long' }, value: undefined })
  expect(notesOf('city')).toMatchObject({ outcome: 'cut', note: { key: 'field-cut' } })
})

test('a new lead without a name takes its e-mail, and the row says so', () => {
  const [name] = rowsOf({ email: 'maria@cliente.example' }, settingsOf([]))
  expect(name).toMatchObject({
    target: 'lead.name',
    place: 'email',
    value: 'maria@cliente.example',
    outcome: 'written',
  })
})

const text = fc.constantFrom('Ana', 'Bia', ' Ana ', 'x'.repeat(300))
const phone = fc.constantFrom('48 3333-1234', '48 99999-4321', '0000000000', 'ramal')
const leads = fc.record(
  {
    uuid: fc.constantFrom('u-1', 'acentuação'),
    email: fc.constantFrom('ana@x.example', 'bia@x.example'),
    name: text,
    company: text,
    jobTitle: text,
    city: text,
    state: text,
    phone,
    mobilePhone: phone,
    website: text,
    facebook: text,
    linkedin: text,
    values: fc.record(
      { a: fc.array(text, { maxLength: 2 }), b: fc.array(text, { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
)
const { totvs_crm_addresstypeid: addressType } = testSettings().variables
const existing = fc
  .record(
    {
      name: text,
      tradingName: text,
      jobTitle: text,
      externalId: fc.constantFrom('rd:u-1', 'rd:u-2', 'erp-1'),
      emails: fc.array(
        fc.record({ email: fc.constantFrom('Ana@x.example', 'caio@x.example'), standard: fc.boolean() }),
      ),
      phones: fc.array(fc.record({ number: phone })),
      addresses: fc.array(fc.record({ addressType: fc.constant({ id: addressType }), cityName: text })),
      customFields: fc.record({ a: text }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  )
  .map(record => crmLead.parse({ id: '1', ...record }))
const targets = ['lead.jobTitle', 'lead.customFields.a', 'lead.customFields.b', 'lead.rating'] as const
const rules = fc.array(
  fc.record({
    from: fc.subarray(['a', 'b'], { minLength: 1 }),
    to: fc.constantFrom(...targets),
    as: fc.constantFrom('text', 'number'),
  }),
  { maxLength: 4 },
)
const mode = fc.constantFrom('always', 'if-empty', 'on-create')
const updates = fc.record(
  { jobTitle: mode, 'lead.emails': mode, phones: mode, 'customFields.a': mode, name: mode },
  { requiredKeys: [] },
)

const isWritten = ({ outcome, target }: PreviewRow): boolean =>
  (outcome === 'written' || outcome === 'cut') && target.startsWith('lead.')
const targetsOf = (rows: readonly PreviewRow[]): readonly string[] => [
  ...new Set(rows.filter(isWritten).map(({ target }) => target.slice('lead.'.length))),
]

test('what a preview says is written into a lead is just what the mapper writes', () => {
  fc.assert(
    fc.property(leads, existing, rules, updates, (values, record, fields, modes) => {
      const settings = settingsOf(fields, modes)
      const input = { lead: { notes: [], ...values }, receivedAt }
      const { change } = toCrmLeadChange(input.lead, record, leadWritingOf(input, settings))
      const { customFields, ...members } = change
      const changed = ['a', 'b'].filter(name => {
        const [before, after] = [record['customFields'], customFields].map(
          each => readCustomField(each, {}, name) ?? '',
        )
        return customFields !== undefined && before !== after
      })
      const written = [...Object.keys(members), ...changed.map(name => `customFields.${name}`)]
      expect(targetsOf(rowsOf(values, settings, record)).toSorted()).toEqual(written.toSorted())
    }),
    { numRuns: 500 },
  )
})

test('what a preview says is written into a new lead is just what the mapper writes', () => {
  fc.assert(
    fc.property(leads, rules, (values, fields) => {
      const settings = settingsOf(fields)
      const input = { lead: { notes: [], ...values, email: 'ana@x.example' }, receivedAt }
      const { lead } = toCrmLead(input.lead, { ...leadWritingOf(input, settings), userId: 'u' })
      const { customFields, type: _type, userId: _userId, ...members } = lead
      const filled = Object.entries(members).filter(([, value]) => !Array.isArray(value) || value.length > 0)
      const written = [
        ...filled.map(([name]) => name),
        ...Object.keys({ ...Object(customFields) }).map(name => `customFields.${name}`),
      ]
      expect(targetsOf(rowsOf(input.lead, settings)).toSorted()).toEqual(written.toSorted())
    }),
    { numRuns: 300 },
  )
})
