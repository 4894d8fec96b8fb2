import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { resultOf } from '../support/jobs.ts'

const leadFields = ['cnpj', 'interesses', 'orcamento', 'aceita', 'visita', 'site', 'sigla', 'tags', 'porte', 'cargo']

const answers = {
  CNPJ: '12.345.678/0001-90',
  Interesses: ['CRM', 'ERP'],
  Orçamento: '1.500,50',
  'Aceita contato': 'Sim',
  'Data da visita': '31/12/2026 10:00',
  Site: 'WWW.Exemplo.Example',
  Sigla: 'abc',
  Porte: '11-50',
}
const written = {
  ...{ cnpj: '12345678000190', interesses: ['CRM', 'ERP'], orcamento: 1500.5, aceita: true, visita: '2026-12-31' },
  ...{ site: 'www.exemplo.example', sigla: 'ABC', tags: 'cliente; vip', porte: 'medio', cargo: 'Diretora' },
}

let company: Company
beforeAll(async () => {
  company = await shareCompany('fields', { workflows: false })
  await company.crm.change({ settings: { leadFields, opportunityFields: ['statusRD', 'origem'] } })
})
afterAll(() => company.stop())

const maria = (more: object = {}) => ({
  ...{ name: 'Maria', email: newEmail(), job_title: 'Diretora', company: 'Exemplo', tags: ['cliente', 'vip'] },
  custom_fields: answers,
  ...more,
})
const bring = async (seed: ReturnType<typeof maria>, identifier = 'webinar-crm') => {
  const contact = await company.convert(seed, { identifier })
  await company.deliver(contact)
  return contact
}
const customFieldsOf = async (contact: { uuid: string }) => (await company.leadOf(contact))?.customFields

test('fields of the form arrive in custom fields of the lead and of its opportunity, each as its rule writes it, and the timeline names the rules', async () => {
  const contact = await bring(maria())
  await expect.poll(() => company.opportunitiesOf(contact), patience).toHaveLength(1)
  expect(await customFieldsOf(contact)).toEqual(written)
  const [opportunity] = await company.opportunitiesOf(contact)
  expect(opportunity?.customFields).toEqual({ origem: 'webinar-crm' })
  const { email } = contact
  await expect.poll(() => resultOf(company.ponte.tenant.name, email), patience).toBeDefined()
  const { summary } = (await resultOf(company.ponte.tenant.name, email)) ?? {}
  expect(summary).toContainEqual({ key: 'lead-sent-by-rule', values: { rule: 'formulários' } })
  expect(summary).toContainEqual({
    key: 'fields-written',
    values: {
      rules: expect.stringMatching(/^lead\.customFields\.cnpj, .*visita.*porte.*opportunity\.customFields\.origem$/),
    },
  })
})

test('an update writes what has changed in the form, and leaves the other fields of the lead as they are', async () => {
  const contact = await bring(maria())
  await expect.poll(() => company.opportunitiesOf(contact), patience).toHaveLength(1)
  await company.rd.changeContact(contact.uuid, { custom_fields: { ...answers, Porte: '1-10' } })
  await company.rd.convert(contact.uuid, { identifier: 'lp-outra' })
  await company.deliver(contact)
  await expect.poll(() => customFieldsOf(contact), patience).toEqual({ ...written, porte: 'pequeno' })
})

test.each([
  {
    ...{ what: 'matches a filter under `skip`', seed: { tags: ['Fornecedor de aço'] }, identifier: 'lp-a' },
    summary: { key: 'lead-skipped-by-rule', values: { rule: 'fornecedores' } },
  },
  {
    ...{ what: 'matches no filter under `send`', seed: {}, identifier: 'newsletter' },
    summary: { key: 'lead-sent-by-no-rule' },
  },
])(
  'a lead that $what ends as skipped, with the reason, and TOTVS CRM is not called',
  async ({ seed, identifier, summary }) => {
    const after = await company.numberOfLastCall()
    const { email } = await bring(maria(seed), identifier)
    await expect
      .poll(() => resultOf(company.ponte.tenant.name, email), patience)
      .toMatchObject({ outcome: 'skipped', summary: [summary] })
    expect(await company.sandbox.calls({ system: 'totvs-crm', after })).toEqual([])
  },
)
