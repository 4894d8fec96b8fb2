import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { openQueueView, type QueueView } from '../support/queue-view.ts'

function open<Kind extends Company>(company: Kind): { company: Kind; view: QueueView } {
  return { company, view: openQueueView(inject('redisUrl'), company.ponte.tenant.name) }
}

async function addOpportunity(company: Company) {
  const contact = await company.rd.addContact({ name: 'Da Fila', email: newEmail() })
  const emails = [{ email: contact.email ?? '', emailTypeId: crypto.randomUUID(), standard: true }]
  const lead = await company.crm.addLead({ name: 'Da Fila', externalId: `rd:${contact.uuid}`, emails })
  return { contact, opportunity: await company.crm.addOpportunity({ leadId: lead.id }) }
}

describe('repeated updates of one opportunity', () => {
  let set: { company: Company; view: QueueView }
  beforeAll(async () => {
    set = open(await shareCompany('repeated-updates', { workflows: false }))
  })
  afterAll(async () => {
    await set.view.close()
    await set.company.stop()
  })

  test('that wait together are one job, and each is answered as an event of its own that is known when it is repeated', async () => {
    const { company, view } = set
    const [one, other] = [await addOpportunity(company), await addOpportunity(company)]
    await view.queues['rd-station'].pause()
    const eventIds = Array.from({ length: 20 }, () => crypto.randomUUID())
    const answers = await Promise.all(eventIds.map(id => company.announce('updated', one.opportunity.id, id)))
    await company.announce('updated', other.opportunity.id)
    for (const answer of answers)
      expect(answer).toMatchObject({ accepted: [{ event: 'opportunity.updated' }], duplicates: [] })
    const again = await company.announce('updated', one.opportunity.id, eventIds[7])
    expect(again).toMatchObject({ accepted: [], duplicates: [{ event: 'opportunity.updated' }] })
    expect(await view.jobs('rd-station', one.opportunity.id)).toHaveLength(1)
    expect(await view.jobs('rd-station', other.opportunity.id)).toHaveLength(1)
    await view.queues['rd-station'].resume()
    await company.untilMarks(one.contact, ['OPPORTUNITY'])
    await company.untilMarks(other.contact, ['OPPORTUNITY'])
    await view.untilQuiet('rd-station')
    // Known after it was done, too.
    expect(await company.announce('updated', one.opportunity.id, eventIds[3])).toMatchObject({ accepted: [] })
  })

  test('lose no change that happens while the job runs', async () => {
    const { company, view } = set
    const { contact, opportunity } = await addOpportunity(company)
    // The opportunity is read; its lead takes a while.
    await company.sandbox.addFault({
      system: 'totvs-crm',
      match: { resource: 'leads-integration' },
      kind: 'latency',
      delayMs: 1500,
    })
    await company.announce('updated', opportunity.id)
    const readsOf = async (): Promise<number> =>
      (await company.sandbox.calls({ path: `/opportunities/${opportunity.id}` })).length
    await expect.poll(readsOf, patience).toBe(1)
    await company.crm.win(opportunity.id, 70)
    await company.announce('updated', opportunity.id)
    await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
    await view.untilQuiet('rd-station')
    expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'SALE'])
  })

  test('do not wait for one whose next attempt is far away', async () => {
    const { company, view } = set
    const { contact, opportunity } = await addOpportunity(company)
    await company.announce('updated', opportunity.id)
    await company.untilMarks(contact, ['OPPORTUNITY'])
    await view.untilQuiet('rd-station')
    const limit = { error: "'lead_limiter' rate limit exceeded", max: 24, usage: 25, remaining_time: 3600 }
    await company.sandbox.addFault({
      system: 'rd-station',
      match: { path: 'event_type=sale', body: contact.email ?? '' },
      kind: 'status',
      status: 429,
      body: limit,
    })
    await company.crm.win(opportunity.id, 80)
    await company.announce('updated', opportunity.id)
    await expect.poll(() => view.queues['rd-station'].getDelayedCount(), patience).toBe(1)
    await company.announce('updated', opportunity.id)
    await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  })
})
