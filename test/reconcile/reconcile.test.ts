import { opportunityWorkflows } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { isQuiet, withQueue } from '../support/jobs.ts'
import { startCommand } from '../support/commands/run-command.ts'

const HOUR = 3_600_000
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString()

const redis = new Redis(inject('redisUrl'))
let company: Company
beforeAll(async () => {
  company = await shareCompany('reconcile', { workflows: false })
  // Ponte has worked for a week.
  const { name } = company.ponte.tenant
  await redis.set(`{${name}}:ponte:start`, Date.now() - 7 * 24 * HOUR)
})
afterAll(async () => {
  await company.stop()
  redis.disconnect()
})

async function reconcile(...argv: string[]) {
  const { code, stdout, stderr } = await startCommand(company, [
    'reconcile',
    ...['--since', '2d', '--tenant', company.ponte.tenant.name, '--json'],
    ...argv,
  ]).ended
  expect(stdout, stderr).not.toBe('')
  const { ok, tenants } = JSON.parse(stdout)
  return { code, ok, ...tenants[0] }
}

const nobodyTells = () => company.crm.change({ workflows: [] })
const everybodyTells = () => company.crm.change({ workflows: opportunityWorkflows(company.ponte.tenant) })

/** A contact that filled in a form without RD Station telling anybody. */
async function missedContact(minutesAgo: number, identifier = 'contato') {
  const contact = await company.rd.addContact({ name: 'Pessoa', email: newEmail() })
  return await company.rd.convert(contact.uuid, { identifier, at: ago(minutesAgo * 60_000) })
}

test.runIf(inject('isLongRun'))(
  'a day of lost webhooks in both directions: both systems agree again, and nothing is told twice',
  async () => {
    const [won, lost, open] = [
      await company.bring({ email: newEmail() }),
      await company.bring({ email: newEmail() }),
      await company.bring({ email: newEmail() }),
    ]
    await company.crm.win(won.opportunity.id, 900)
    await company.crm.lose(lost.opportunity.id, 'Preço')
    const missed = await missedContact(20)
    const others = [
      await missedContact(5),
      await missedContact(60, 'Importação de contatos 12/2026'),
      await missedContact(60, 'Oportunidade atualizada no RD Station CRM'),
      await missedContact(3 * 24 * 60),
    ]
    await everybodyTells()

    const dry = await reconcile('--dry-run')
    expect(dry).toMatchObject({ code: 0, opportunities: { missing: 3, sent: 0 }, contacts: { missing: 1, sent: 0 } })
    // Two at once, before anything of it was done.
    const { name } = company.ponte.tenant
    await withQueue(name, 'rd-station', queue => queue.pause())
    const both = await Promise.all([reconcile(), reconcile()])
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    const events = await withQueue(name, 'rd-station', queue => queue.getJobs(['prioritized', 'waiting']))
    expect(events.filter(({ data }) => data.key.startsWith('recon-'))).toHaveLength(3)
    await withQueue(name, 'rd-station', queue => queue.resume())
    await company.untilMarks(won.contact, ['OPPORTUNITY', 'SALE'])
    await company.untilMarks(lost.contact, ['OPPORTUNITY', 'OPPORTUNITY_LOST'])
    await company.untilMarks(open.contact, ['OPPORTUNITY'])
    await company.untilMarks(missed, ['OPPORTUNITY'])

    // Now the webhooks come after all.
    await company.announce('won', won.opportunity.id)
    await company.announce('lost', lost.opportunity.id)
    const late = await company.deliver(missed, 'v2')
    expect(JSON.parse(late.attempts.at(-1)?.answer ?? '{}')).toMatchObject({
      accepted: [],
      duplicates: [{ event: 'lead.registered' }],
    })
    await expect
      .poll(() => reconcile(), patience)
      .toMatchObject({
        code: 0,
        opportunities: { missing: 0 },
        contacts: { missing: 0 },
      })
    expect(await company.marksOf(won.contact)).toEqual(['OPPORTUNITY', 'SALE'])
    expect(await company.marksOf(lost.contact)).toEqual(['OPPORTUNITY', 'OPPORTUNITY_LOST'])
    expect(await company.opportunitiesOf(missed)).toHaveLength(1)
    for (const other of others) expect(await company.leadOf(other)).toBeUndefined()
  },
)

/** TOTVS CRM behaves so while the work is done. */
async function whileCrm(settings: object, work: () => Promise<void>): Promise<void> {
  const { settings: before } = await company.crm.state()
  await company.crm.change({ settings })
  try {
    await work()
  } finally {
    await company.crm.change({ settings: before })
  }
}

/** Before the tests that take from Ponte what it has looked at: a CRM that writes its times otherwise would show it as missing once more. */
const found = [
  ['filter', { timeFilters: 'ignored' }],
  ['whole-list', { timeFilters: 'nothing' }],
] as const

test.each(found)('a missed sale is found by the %s, whatever TOTVS CRM does: %j', async (trust, settings) => {
  await everybodyTells()
  const { contact, opportunity } = await company.bring({ email: newEmail() })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await nobodyTells()
  await whileCrm(settings, async () => {
    await company.crm.win(opportunity.id, 10)
    expect(await reconcile()).toMatchObject({ code: 0, opportunities: { trust, missing: 1, sent: 1 } })
    await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  })
})

test('a list of TOTVS CRM that never ends is never taken for one where nothing was missed', async () => {
  await everybodyTells()
  const { contact } = await company.bring({ email: newEmail() })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await whileCrm({ listForm: 'endless' }, async () => {
    expect(await reconcile()).toMatchObject({ code: 1, ok: false, opportunities: { unreadable: 'no-end' } })
  })
})

test('an open opportunity and a sale that were given to another lead without a webhook are missing: both contacts are set right', async () => {
  await everybodyTells()
  const [open, won, other] = [
    await company.bring({ email: newEmail() }),
    await company.bring({ email: newEmail() }),
    await company.bring({ email: newEmail() }),
  ]
  await company.crm.win(won.opportunity.id, 900)
  await company.untilMarks(won.contact, ['OPPORTUNITY', 'SALE'])
  for (const { contact } of [open, other]) await company.untilMarks(contact, ['OPPORTUNITY'])
  await expect.poll(() => isQuiet(company.ponte.tenant.name, 'rd-station'), patience).toBe(true)
  await nobodyTells()
  const { id: leadId = '' } = (await company.leadOf(other.contact)) ?? {}
  for (const { opportunity } of [open, won]) await company.crm.changeOpportunity(opportunity.id, { leadId })
  expect(await reconcile()).toMatchObject({ code: 0, opportunities: { missing: 2, sent: 2 } })
  await expect.poll(async () => (await company.rd.contact(open.contact.uuid)).funnel.opportunity, patience).toBe(false)
  await expect.poll(async () => (await company.marksOf(other.contact)).toSorted(), patience).toContain('SALE')
  expect(await company.marksOf(won.contact)).toEqual(['OPPORTUNITY', 'SALE'])
})

/** What a reconcile has ever enqueued of an opportunity, whatever became of it. */
const enqueuedOf = async (id: string) => {
  const events = await withQueue(company.ponte.tenant.name, 'rd-station', queue => queue.getJobs())
  return events.filter(({ data }) => data.opportunityId === id && data.key.startsWith('recon-'))
}
const key = (name: string): string => `{${company.ponte.tenant.name}}:ponte:${name}`
const untilLookedAt = (id: string) => expect.poll(() => redis.zscore(key('looked-at'), id), patience).not.toBeNull()

test.runIf(inject('isLongRun'))(
  'what looks missing once more after its event was done is neither enqueued nor counted twice',
  async () => {
    await nobodyTells()
    const lead = await company.crm.addLead({ name: 'De outra origem' })
    const { id } = await company.crm.addOpportunity({ leadId: lead.id })
    expect(await reconcile()).toMatchObject({ code: 0, opportunities: { missing: 1, sent: 1 } })
    await untilLookedAt(id)
    const [done] = await enqueuedOf(id)
    await expect.poll(() => done?.getState(), patience).toBe('completed')
    // Ponte has lost what it had looked at.
    await redis.zrem(key('looked-at'), id)
    expect(await reconcile()).toMatchObject({ code: 0, opportunities: { missing: 0 } })
    expect((await enqueuedOf(id)).map(({ id: jobId }) => jobId)).toEqual([done?.id])
  },
)

test.runIf(inject('isLongRun'))(
  'an opportunity of the time before Ponte is looked at once, and its sale afterwards is told',
  async () => {
    await nobodyTells()
    const contact = await company.rd.addContact({ name: 'De Antes', email: newEmail() })
    const emails = [{ email: contact.email ?? '', emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }]
    const lead = await company.crm.addLead({ name: 'De Antes', externalId: `rd:${contact.uuid}`, emails })
    await company.sandbox.setClock(new Date(Date.now() - 10 * 24 * HOUR))
    const old = await company.crm.addOpportunity({ leadId: lead.id })
    await company.sandbox.setClock()
    await company.crm.changeOpportunity(old.id, { description: 'Antiga' })
    expect(await reconcile()).toMatchObject({ code: 0, opportunities: { missing: 1, sent: 1 } })
    await untilLookedAt(old.id)
    expect(await reconcile()).toMatchObject({ code: 0, opportunities: { missing: 0 } })
    expect(await company.marksOf(contact)).toEqual([])
    await company.crm.win(old.id, 10)
    expect(await reconcile()).toMatchObject({ code: 0, opportunities: { missing: 1, sent: 1 } })
    await company.untilMarks(contact, ['SALE'])
    expect(await reconcile()).toMatchObject({ code: 0, opportunities: { missing: 0 } })
  },
)

test.runIf(inject('isLongRun'))(
  'an opportunity that moves to a page that was read already is found by the next reconcile, and told once',
  async () => {
    await everybodyTells()
    const { contact, opportunity } = await company.bring({ email: newEmail() })
    await company.untilMarks(contact, ['OPPORTUNITY'])
    const lead = await company.crm.addLead({ name: 'De outra origem' })
    // They are before it on the list.
    for (let count = 0; count < 5; count += 1) {
      const { id } = await company.crm.addOpportunity({ leadId: lead.id })
      await company.crm.win(id)
      await untilLookedAt(id)
    }
    await expect.poll(() => isQuiet(company.ponte.tenant.name, 'rd-station'), patience).toBe(true)
    await expect.poll(() => reconcile(), patience).toMatchObject({ code: 0, opportunities: { missing: 0 } })
    await nobodyTells()
    await whileCrm({ listOrder: 'changed-first', maxPageSize: 3 }, async () => {
      const fault = await company.sandbox.addFault({
        ...{ system: 'totvs-crm', kind: 'latency', delayMs: 60_000 },
        match: { method: 'GET', path: 'page=2', resource: 'opportunities-integration' },
      })
      const reading = reconcile()
      await expect.poll(async () => (await company.sandbox.faults())[0]?.used, patience).toBe(1)
      await company.crm.win(opportunity.id, 10)
      await company.sandbox.clearFaults(fault.id)
      expect(await reading).toMatchObject({ code: 0, opportunities: { missing: 0 } })
      expect(await reconcile()).toMatchObject({ code: 0, opportunities: { missing: 1, sent: 1 } })
      await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
      expect(await reconcile()).toMatchObject({ code: 0, opportunities: { missing: 0 } })
      expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'SALE'])
    })
  },
)
