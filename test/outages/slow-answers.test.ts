import type { FaultOrder } from '@ponte/testbed'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Company, newEmail, shareCompany } from '../support/company.ts'
import { loggedCalls, openQueueView, type QueueView } from '../support/queue-view.ts'

// The client waits 15 s for an answer: all cases wait at the same time. None of them is an outage here.
let company: Company
let view: QueueView
beforeAll(async () => {
  company = await shareCompany('slow-answers', { workflows: false })
  view = openQueueView(inject('redisUrl'), company.ponte.tenant.name)
})
afterAll(async () => {
  await view.close()
  await company.stop()
})

/** The answer never comes; or it comes after the client has given up, and the work is done all the same. */
const hangs = [
  ['never answers', { kind: 'hang' }],
  ['answers too late, having done the work', { kind: 'latency', delayMs: 15_400 }],
] as const satisfies readonly [string, Pick<FaultOrder, 'kind' | 'delayMs'>][]

const fault = (
  system: FaultOrder['system'],
  match: NonNullable<FaultOrder['match']>,
  kind: (typeof hangs)[number][1],
) => company.sandbox.addFault({ system, match, ...kind })

describe.concurrent.each(hangs)('a system that %s', (_what, kind) => {
  test('while a lead is created, ends with one lead and one opportunity', async () => {
    const contact = await company.convert({ name: 'Lenta', email: newEmail() })
    await fault('totvs-crm', { action: 'create', resource: 'leads-integration', body: contact.uuid }, kind)
    await company.deliver(contact)
    const job = await view.endedJob('totvs-crm', contact.uuid)
    expect(job).toMatchObject({ state: 'completed' })
    expect(loggedCalls([job])).toContainEqual(expect.objectContaining({ status: null, code: 'CRM_UNREACHABLE' }))
    expect((await company.leads()).filter(({ emails }) => emails[0]?.email === contact.email)).toHaveLength(1)
    expect(await company.opportunitiesOf(contact)).toHaveLength(1)
  })

  test('while an opportunity is created, ends with one opportunity', async () => {
    const contact = await company.convert({ name: 'Lenta', email: newEmail() })
    const emails = [{ email: contact.email ?? '', emailTypeId: crypto.randomUUID(), standard: true }]
    const lead = await company.crm.addLead({ name: 'Lenta', externalId: `rd:${contact.uuid}`, emails })
    await fault('totvs-crm', { action: 'create', resource: 'opportunities-integration', body: lead.id }, kind)
    await company.deliver(contact)
    const job = await view.endedJob('totvs-crm', contact.uuid)
    expect(job).toMatchObject({ state: 'completed' })
    expect(loggedCalls([job])).toContainEqual(expect.objectContaining({ status: null, code: 'CRM_UNREACHABLE' }))
    expect(await company.opportunitiesOf(contact)).toHaveLength(1)
  })

  test.each([
    ['opportunity', 'created', 'OPPORTUNITY'],
    ['sale', 'won', 'SALE'],
    ['loss', 'lost', 'OPPORTUNITY_LOST'],
  ] as const)('while the %s is marked, ends with one mark', async (_mark, intent, type) => {
    const contact = await company.rd.addContact({ name: 'Lenta', email: newEmail() })
    const emails = [{ email: contact.email ?? '', emailTypeId: crypto.randomUUID(), standard: true }]
    const lead = await company.crm.addLead({ name: 'Lenta', externalId: `rd:${contact.uuid}`, emails })
    const { id } = await company.crm.addOpportunity({ leadId: lead.id })
    if (intent === 'won') await company.crm.win(id, 12)
    if (intent === 'lost') await company.crm.lose(id, 'Prazo')
    const match = { path: `event_type=${type.toLowerCase()}`, body: contact.email ?? '' }
    await fault('rd-station', match, kind)
    await company.announce(intent, id)
    const job = await view.endedJob('rd-station', id)
    expect(job).toMatchObject({ state: 'completed' })
    expect(loggedCalls([job])).toContainEqual(expect.objectContaining({ status: null, code: 'RD_UNREACHABLE' }))
    expect(await company.marksOf(contact)).toEqual(type === 'OPPORTUNITY' ? [type] : ['OPPORTUNITY', type])
  })
})
