import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { isQuiet } from '../support/jobs.ts'
import { refuseMarks, untilStatusRd } from '../support/marks/status-rd.ts'

// The marks of a person go to that person, and none is lost on the way.
let company: Company
beforeAll(async () => {
  company = await shareCompany('right-contact')
  await company.crm.change({ settings: { opportunityFields: ['statusRD', 'anotacao'] } })
})
afterAll(() => company.stop())

/** How long the record of an opportunity is behind, where it is. */
const LATE_MS = 2500

const untilQuiet = async (): Promise<void> => {
  for (const kind of ['rd-station', 'totvs-crm'] as const)
    await expect.poll(() => isQuiet(company.ponte.tenant.name, kind), patience).toBe(true)
}

test('a contact whose e-mail RD Station changes and delivers is marked at its new address', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Mudou', email: newEmail() })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.rd.changeContact(contact.uuid, { email: newEmail() })
  await company.deliver(contact)
  await untilQuiet()
  await company.crm.win(opportunity.id, 10)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
})

test('a sale that went to an address that nobody has any more is made again when a person asks, and only then', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Mudou Calada', email: newEmail() })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.rd.changeContact(contact.uuid, { email: newEmail() })
  await company.crm.win(opportunity.id, 11)
  await untilQuiet()
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY'])
  for (const round of ['it is missing', 'it is there']) {
    await company.crm.changeOpportunity(opportunity.id, { customFields: { statusRD: 'REENVIAR' } })
    await untilStatusRd(company, opportunity, /^OK: venda registrada/)
    await untilQuiet()
    expect(await company.marksOf(contact), round).toEqual(['OPPORTUNITY', 'SALE'])
  }
})

describe('an opportunity that is given to another lead', () => {
  async function give(status: 'open' | 'won') {
    const from = await company.bring({ name: 'De Antes', email: newEmail() })
    const to = await company.convert({ name: 'De Agora', email: newEmail() })
    const lead = await company.crm.addLead({ name: 'De Agora', externalId: `rd:${to.uuid}` })
    await company.untilMarks(from.contact, ['OPPORTUNITY'])
    if (status === 'won') {
      await company.crm.win(from.opportunity.id, 12)
      await company.untilMarks(from.contact, ['OPPORTUNITY', 'SALE'])
    }
    await untilQuiet()
    await company.crm.changeOpportunity(from.opportunity.id, { leadId: lead.id })
    return { from, to }
  }

  test('is taken from its contact without a loss, and told to the new one from the beginning', async () => {
    const { from, to } = await give('open')
    await company.untilMarks(to, ['OPPORTUNITY'])
    await untilQuiet()
    expect(await company.rd.contact(from.contact.uuid)).toMatchObject({ funnel: { opportunity: false } })
    expect(await company.marksOf(from.contact)).toEqual(['OPPORTUNITY'])
  })

  test('after its sale is told to the new one too, and statusRD says that the sale of the former one stays', async () => {
    const { from, to } = await give('won')
    await company.untilMarks(to, ['OPPORTUNITY', 'SALE'])
    await untilStatusRd(company, from.opportunity, /^OK: venda registrada .* continua com a venda/)
    expect(await company.marksOf(from.contact)).toEqual(['OPPORTUNITY', 'SALE'])
  })
})

test.runIf(inject('isLongRun'))(
  'a record that shows a sale only after its webhook came is read again, and the sale is made',
  async () => {
    const { contact, opportunity } = await company.bring({ name: 'Atrasada', email: newEmail() })
    await company.untilMarks(contact, ['OPPORTUNITY'])
    // Otherwise it would not be there at all.
    await expect.poll(() => Date.now() - Date.parse(opportunity.createdAt), patience).toBeGreaterThan(LATE_MS)
    await company.crm.change({ settings: { opportunityShownLateMs: LATE_MS, statusChangeIsUpdate: false } })
    await company.crm.win(opportunity.id, 13)
    await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
    await company.crm.change({ settings: { opportunityShownLateMs: 0, statusChangeIsUpdate: true } })
  },
)

test('a new opportunity that is not there yet when its webhook comes is marked, and nothing is written into it', async () => {
  await company.crm.change({ settings: { opportunityShownLateMs: LATE_MS } })
  const { contact, opportunity } = await company.bring({ name: 'Ainda Não', email: newEmail() })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  expect(await company.statusRdOf(opportunity)).toBeFalsy()
  await company.crm.change({ settings: { opportunityShownLateMs: 0 } })
})

test('where an update replaces the custom fields, a failing mark empties none of the others', async () => {
  await company.crm.change({ settings: { customFieldsUpdate: 'replace' } })
  const email = newEmail()
  const { contact, opportunity } = await company.bring({ name: 'Anotada', email })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.crm.changeOpportunity(opportunity.id, { customFields: { anotacao: 'ligar amanhã' } })
  await refuseMarks(company, email, { times: 1 })
  await company.crm.win(opportunity.id, 14)
  await untilStatusRd(company, opportunity, /^OK: venda registrada/)
  expect((await company.crm.opportunity(opportunity.id)).customFields).toMatchObject({ anotacao: 'ligar amanhã' })
})
