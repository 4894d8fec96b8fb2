import { type CrmLead, crmLead, message, type RegisteredLead, type TenantSettings } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { testSettings } from '../testing/test-settings.ts'
import type { PreviewRow } from './lead-preview.ts'
import { previewRows } from './preview-rows.ts'

const receivedAt = '2026-03-05T12:00:01.000Z'

function rowsOf(lead: Partial<RegisteredLead>, settings: TenantSettings, existing?: CrmLead): readonly PreviewRow[] {
  const input = { lead: { ...lead }, receivedAt }
  return previewRows({
    input,
    settings,
    found: { isKnown: true, value: existing },
    opportunity: 'opened',
    fillsOnly: false,
  })
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
  const lead = {
    uuid: 'u-1',
    phone: '0000000000',
    mobilePhone: '5,51199E+12',
    website: `https://${'x'.repeat(300)}`,
    city: 'y'.repeat(300),
  }
  const rows = rowsOf(lead, settingsOf([]), existing)
  const notesOf = (place: string) => rows.find(row => row.place === place)
  expect(notesOf('uuid')).toMatchObject({ outcome: 'kept', current: 'erp-7', note: message('external-id-kept') })
  expect(notesOf('phone')).toMatchObject({ outcome: 'left-out', note: { key: 'field-not-a-phone' } })
  expect(notesOf('mobilePhone')).toMatchObject({
    outcome: 'left-out',
    note: { key: 'field-digits-lost' },
    value: undefined,
  })
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
