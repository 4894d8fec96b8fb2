import { retryInFull } from '@ponte/runtime'
import type { Job } from 'bullmq'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { isQuiet, withQueue } from '../support/jobs.ts'

// The webhooks of TOTVS CRM are sent by the tests, so that their number is the test's.
let company: Company
beforeAll(async () => {
  company = await shareCompany('unknown-contact', { workflows: false })
})
afterAll(() => company.stop())

const emailTypeId = '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d'

/** An opportunity of a lead that RD Station has never heard of. */
async function addStranger(emails: readonly string[]) {
  const lead = await company.crm.addLead({
    name: 'Indicação',
    leadOriginId: crypto.randomUUID(),
    emails: emails.map((email, index) => ({ email, emailTypeId, standard: index === 0 })),
  })
  return await company.crm.addOpportunity({ leadId: lead.id })
}

async function save(opportunity: { id: string }, times = 1): Promise<void> {
  for (let time = 0; time < times; time += 1) await company.announce('updated', opportunity.id)
  await allDone()
}

/** What was accepted has been done. */
async function allDone(): Promise<void> {
  for (const destination of ['rd-station', 'totvs-crm'] as const)
    await expect.poll(() => isQuiet(company.ponte.tenant.name, destination), patience).toBe(true)
}

const lookUpsOf = async (emails: readonly string[]): Promise<number> => {
  const calls = await company.sandbox.calls({ system: 'rd-station', path: '/platform/contacts/' })
  return calls.filter(({ path }) => emails.some(email => path.includes(email))).length
}

test('a contact that RD Station does not know costs one look-up an e-mail, however often the opportunity is saved', async () => {
  const emails = [newEmail(), newEmail(), newEmail()]
  const opportunity = await addStranger(emails)
  await save(opportunity, 10)
  expect(await lookUpsOf(emails)).toBe(3)
})

test.each(['v1', 'v2'] as const)('a delivery in format %s that brings the contact ends the wait', async format => {
  const email = newEmail()
  const opportunity = await addStranger([email])
  await save(opportunity)
  const contact = await company.convert({ name: 'Indicação', email })
  await save(opportunity)
  expect(await company.marksOf(contact)).toEqual([])
  await company.deliver(contact, format)
  // An event of the opportunity that is done before it comes too early.
  await allDone()
  await save(opportunity)
  await company.untilMarks(contact, ['OPPORTUNITY'])
})

test('a person who retries the failed job has the contact looked up at once', async () => {
  const email = newEmail()
  const lead = await company.crm.addLead({
    name: 'Excluída e recriada',
    externalId: `rd:${crypto.randomUUID()}`,
    emails: [{ email, emailTypeId, standard: true }],
  })
  const opportunity = await company.crm.addOpportunity({ leadId: lead.id })
  const withFailed = <Result>(work: (jobs: readonly Job[]) => Promise<Result>): Promise<Result> =>
    withQueue(company.ponte.tenant.name, 'rd-station', async queue =>
      work((await queue.getFailed()).filter(job => job.data.opportunityId === opportunity.id)),
    )
  await save(opportunity)
  const reasons = await withFailed(async jobs => jobs.map(({ failedReason }) => failedReason))
  expect(reasons).toContainEqual(expect.stringMatching(/^RD_CONTACT_NOT_FOUND: /))
  const contact = await company.rd.addContact({ name: 'Excluída e recriada', email })
  const lookUps = await lookUpsOf([email])
  await save(opportunity)
  expect([await lookUpsOf([email]), await company.marksOf(contact)]).toEqual([lookUps, []])

  expect(await withFailed(async ([job]) => job && (await retryInFull(job)))).toBe(true)
  await company.untilMarks(contact, ['OPPORTUNITY'])
})
