import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { isQuiet } from '../support/jobs.ts'
import { OPEN_WITH_ACCENTS as OPEN } from '../support/shared/shared-tenants.ts'

const TYPE_OF_PONTE = 'Integração RD Station'

/** `company` calls an open opportunity as no filter can; of `strict` any open opportunity is the only one. */
let company: Company
let strict: Company
beforeAll(async () => {
  ;[company, strict] = await Promise.all([
    shareCompany('one-opportunity', { workflows: false }),
    shareCompany('one-opportunity-of-any', { workflows: false }),
  ])
  await company.crm.change({ settings: { openStatus: OPEN } })
})
afterAll(() => Promise.all([company.stop(), strict.stop()]))

const untilQuiet = (of: Company): Promise<void> =>
  expect.poll(() => isQuiet(of.ponte.tenant.name, 'totvs-crm'), patience).toBe(true)

async function convertAgain(of: Company, contact: { uuid: string }, identifier: string): Promise<void> {
  await of.rd.convert(contact.uuid, { identifier })
  await of.deliver(contact)
  await untilQuiet(of)
}

const statusesOf = async (of: Company, contact: { uuid: string }) =>
  (await of.opportunitiesOf(contact)).map(({ status }) => status)

async function typeId(of: Company, isPontes: boolean): Promise<string> {
  const { opportunityTypes } = await of.crm.state()
  return opportunityTypes.find(({ description }) => (description === TYPE_OF_PONTE) === isPontes)?.id ?? ''
}

test('an open status that no filter can name keeps a second conversion from opening another opportunity', async () => {
  const { contact } = await company.bring({ name: 'Em Negociação', email: newEmail() })
  await convertAgain(company, contact, 'segunda')
  expect(await statusesOf(company, contact)).toEqual([OPEN])
})

test('a closed opportunity is no reason, and one of the same type that a person opened is none either', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Do Mesmo Tipo', email: newEmail() })
  await company.crm.lose(opportunity.id, 'Prazo')
  const opportunityType = { id: await typeId(company, true) }
  await company.crm.addOpportunity({ leadId: opportunity.leadId, opportunityType })
  await convertAgain(company, contact, 'segunda')
  expect(await statusesOf(company, contact)).toEqual(['LOST', OPEN, OPEN])
})

test('an earlier opportunity of Ponte that was opened again keeps a conversion from opening another one', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Reaberta', email: newEmail() })
  await company.crm.lose(opportunity.id, 'Prazo')
  await convertAgain(company, contact, 'segunda')
  const [, second] = await company.opportunitiesOf(contact)
  await company.crm.lose(second?.id ?? '', 'Prazo')
  await company.crm.reopen(opportunity.id)
  await convertAgain(company, contact, 'terceira')
  expect(await statusesOf(company, contact)).toEqual([OPEN, 'LOST'])
})

test('where any open opportunity is the only one, one that a person opened keeps Ponte from opening its own', async () => {
  const contact = await strict.convert({ name: 'Cliente Antigo', email: newEmail() })
  const lead = await strict.crm.addLead({ name: 'Cliente Antigo', externalId: `rd:${contact.uuid}` })
  const opportunityType = { id: await typeId(strict, false) }
  const { id } = await strict.crm.addOpportunity({ leadId: lead.id, opportunityType })
  await convertAgain(strict, contact, 'primeira')
  expect(await statusesOf(strict, contact)).toEqual(['PROGRESS'])

  await strict.crm.lose(id, 'Prazo')
  await convertAgain(strict, contact, 'segunda')
  expect(await statusesOf(strict, contact)).toEqual(['LOST', 'PROGRESS'])
})
