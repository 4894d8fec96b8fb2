import type { CrmOpportunityState, RdContactState, SandboxClient } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Company, newEmail, type OwnCompany, patience, shareCompany, startCompany } from '../support/company.ts'
import { failedJobs, isQuiet } from '../support/jobs.ts'

interface Known {
  readonly contact: RdContactState
  readonly opportunity: CrmOpportunityState
}

/** A person of both systems with an opportunity, as the system before Ponte left them. */
async function addKnown(sandbox: SandboxClient): Promise<Known> {
  const contact = await sandbox.rd().addContact({ name: 'De Antes', email: newEmail() })
  const emails = [{ email: contact.email ?? '', emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }]
  const lead = await sandbox.crm().addLead({ name: 'De Antes', externalId: `rd:${contact.uuid}`, emails })
  // The system before Ponte opened opportunities of the same type.
  const { opportunityTypes } = await sandbox.crm().state()
  const id = opportunityTypes.find(({ description }) => description === 'Integração RD Station')?.id ?? ''
  return { contact, opportunity: await sandbox.crm().addOpportunity({ leadId: lead.id, opportunityType: { id } }) }
}

async function save(company: Company, { id }: { id: string }, intent = 'updated'): Promise<void> {
  await company.announce(intent, id)
  await untilQuiet(company)
}

async function untilQuiet(company: Company): Promise<void> {
  for (const destination of ['rd-station', 'totvs-crm'] as const)
    await expect.poll(() => isQuiet(company.ponte.tenant.name, destination), patience).toBe(true)
}

describe('of the time before Ponte', () => {
  const redis = new Redis(inject('redisUrl'))
  afterAll(() => redis.disconnect())

  let company: OwnCompany
  let early: Known
  let known: Record<'won' | 'lost' | 'unread' | 'open' | 'discarded' | 'converting', Known>
  beforeAll(async () => {
    company = await startCompany({
      ...{ workflows: false, workers: 0 },
      before: async sandbox => {
        const add = () => addKnown(sandbox)
        known = {
          won: await add(),
          lost: await add(),
          unread: await add(),
          open: await add(),
          discarded: await add(),
          converting: await add(),
        }
        for (const { opportunity } of [known.won, known.unread]) await sandbox.crm().win(opportunity.id, 900)
        await sandbox.crm().lose(known.lost.opportunity.id, 'Prazo')
        await sandbox.crm().changeOpportunity(known.discarded.opportunity.id, { status: 'DISCARDED' })
      },
    })
    // The ingress runs, and no worker yet.
    early = await addKnown(company.sandbox)
    await company.ponte.startWorker()
  })
  afterAll(() => company.stop())

  test('the time of a tenant begins with its first process, also when that is the ingress and workers come later', async () => {
    const { contact, opportunity } = early
    await save(company, opportunity, 'created')
    expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY'])
  })

  test.runIf(inject('isLongRun'))(
    'a sale is not repeated although its opportunity could not be read at first',
    async () => {
      const { contact, opportunity } = known.unread
      await company.sandbox.addFault({
        system: 'totvs-crm',
        match: { method: 'GET', path: opportunity.id },
        kind: 'status',
        status: 404,
      })
      await company.announce('won', opportunity.id)
      await expect
        .poll(async () => (await failedJobs(company.ponte.tenant.name, 'rd-station')).length, patience)
        .toBeGreaterThan(0)
      await company.crm.changeOpportunity(opportunity.id, { customFields: { statusRD: 'REENVIAR' } })
      await save(company, opportunity)
      await expect
        .poll(async () => (await failedJobs(company.ponte.tenant.name, 'rd-station')).length, patience)
        .toBe(0)
      expect(await company.marksOf(contact)).toEqual([])
    },
  )

  test('the sale of an open opportunity that the system before Ponte opened is registered once its lead has converted again', async () => {
    const { contact, opportunity } = known.converting
    await company.rd.convert(contact.uuid)
    await company.deliver(contact)
    await untilQuiet(company)
    expect(await company.opportunitiesOf(contact)).toHaveLength(1)
    await company.crm.win(opportunity.id, 70)
    await save(company, opportunity, 'won')
    expect(await company.marksOf(contact)).toEqual(['SALE'])
  })

  test('saved opportunities of every state are not marked, and what sales change later is', async () => {
    const { won, lost, open, discarded } = known
    await company.sandbox.clearCalls()
    for (const intent of ['updated', 'won']) await save(company, won.opportunity, intent)
    for (const { opportunity } of [lost, open, discarded]) await save(company, opportunity)
    expect(await company.sandbox.calls({ system: 'rd-station', path: '/platform/events' })).toEqual([])

    await company.crm.win(open.opportunity.id, 70)
    await save(company, open.opportunity, 'won')
    expect(await company.marksOf(open.contact)).toEqual(['SALE'])
    await company.crm.reopen(won.opportunity.id)
    await save(company, won.opportunity)
    expect(await company.marksOf(won.contact)).toEqual(['OPPORTUNITY'])
    await company.crm.reopen(discarded.opportunity.id)
    await save(company, discarded.opportunity)
    expect(await company.marksOf(discarded.contact)).toEqual(['OPPORTUNITY'])
    expect(await company.marksOf(lost.contact)).toEqual([])

    // And all of it holds when Redis came back empty.
    const { name } = company.ponte.tenant
    await redis.del(await redis.keys(`{${name}}:ponte:*`))
    for (const { opportunity } of [won, lost, open]) await save(company, opportunity)
    expect(await company.marksOf(open.contact)).toEqual(['SALE'])
    expect(await company.marksOf(won.contact)).toEqual(['OPPORTUNITY'])
    expect(await company.marksOf(lost.contact)).toEqual([])
    const after = await addKnown(company.sandbox)
    await save(company, after.opportunity, 'created')
    expect(await company.marksOf(after.contact)).toEqual(['OPPORTUNITY'])
  })
})

test('before a later marksSince everything counts as marked, except what Ponte itself opened', async () => {
  const company = await shareCompany('switch-over', { workflows: false })
  const sold = await addKnown(company.sandbox)
  await save(company, sold.opportunity, 'created')
  expect(await company.marksOf(sold.contact)).toEqual([])
  const { contact, opportunity } = await company.bring({ name: 'Do Ponte', email: newEmail() })
  await save(company, opportunity, 'created')
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY'])
})
