import type { CrmOpportunityState, RdContactState, SandboxClient } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { type OwnCompany, type CompanyOptions, newEmail, patience, startCompany } from '../support/company.ts'
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

function only<Item>([item]: readonly Item[]): Item {
  if (item === undefined) throw new Error('nothing was there before')
  return item
}

async function save(company: OwnCompany, { id }: { id: string }, intent = 'updated'): Promise<void> {
  await company.announce(intent, id)
  await untilQuiet(company)
}

async function untilQuiet(company: OwnCompany): Promise<void> {
  for (const destination of ['rd-station', 'totvs-crm'] as const)
    await expect.poll(() => isQuiet(company.ponte.tenant.name, destination), patience).toBe(true)
}

async function start(options: CompanyOptions): Promise<OwnCompany> {
  const company = await startCompany({ workflows: false, ...options })
  onTestFinished(() => company.stop())
  return company
}

describe('of the time before Ponte', () => {
  const redis = new Redis(inject('redisUrl'))
  afterAll(() => redis.disconnect())

  test('saved opportunities of every state are not marked, and what sales change later is', async () => {
    const known: Record<'won' | 'lost' | 'open' | 'discarded', Known>[] = []
    const company = await start({
      before: async sandbox => {
        const [won, lost] = [await addKnown(sandbox), await addKnown(sandbox)]
        const [open, discarded] = [await addKnown(sandbox), await addKnown(sandbox)]
        await sandbox.crm().win(won.opportunity.id, 900)
        await sandbox.crm().lose(lost.opportunity.id, 'Prazo')
        await sandbox.crm().changeOpportunity(discarded.opportunity.id, { status: 'DISCARDED' })
        known.push({ won, lost, open, discarded })
      },
    })
    const { won, lost, open, discarded } = only(known)
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

  test.runIf(inject('isLongRun'))(
    'a sale is not repeated although its opportunity could not be read at first',
    async () => {
      const known: Known[] = []
      const company = await start({
        before: async sandbox => {
          const old = await addKnown(sandbox)
          await sandbox.crm().win(old.opportunity.id, 900)
          known.push(old)
        },
      })
      const { contact, opportunity } = only(known)
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
    const known: Known[] = []
    const company = await start({ before: async sandbox => void known.push(await addKnown(sandbox)) })
    const { contact, opportunity } = only(known)
    await company.rd.convert(contact.uuid)
    await company.deliver(contact)
    await untilQuiet(company)
    expect(await company.opportunitiesOf(contact)).toHaveLength(1)
    await company.crm.win(opportunity.id, 70)
    await save(company, opportunity, 'won')
    expect(await company.marksOf(contact)).toEqual(['SALE'])
  })
})

test('before a later marksSince everything counts as marked, except what Ponte itself opened', async () => {
  const marksSince = new Date(Date.now() + 3_600_000).toISOString()
  const company = await start({ tenant: { marksSince } })
  const sold = await addKnown(company.sandbox)
  await save(company, sold.opportunity, 'created')
  expect(await company.marksOf(sold.contact)).toEqual([])
  const { contact, opportunity } = await company.bring({ name: 'Do Ponte', email: newEmail() })
  await save(company, opportunity, 'created')
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY'])
})

test('the time of a tenant begins with its first process, also when that is the ingress and workers come later', async () => {
  const company = await start({ workers: 0 })
  const { contact, opportunity } = await addKnown(company.sandbox)
  await company.ponte.startWorker()
  await save(company, opportunity, 'created')
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY'])
})
