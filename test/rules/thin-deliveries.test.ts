import { renderMessage, storedMessages } from '@ponte/contracts'
import type { ContactSeed, RdContactState } from '@ponte/testbed'
import { afterAll, beforeAll, beforeEach, expect, inject, onTestFinished, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { type JobView, openQueueView, type QueueView } from '../support/queue-view.ts'

// What a delivery of API 2.0 lacks is read from RD Station (docs/behaviour/leads.md#thin-deliveries).

const OWNER = 'ana.vendedora@demo.example'
const DEFAULT_USER = 'vendas@demo.example'

let company: Company
let view: QueueView
beforeAll(async () => {
  company = await shareCompany('thin-deliveries', { workflows: false })
  view = openQueueView(inject('redisUrl'), company.ponte.tenant.name)
})
beforeEach(() => company.sandbox.clearCalls())
afterAll(async () => {
  await view.close()
  await company.stop()
})

/** API 2.0 as its documentation lists it: without state; with a funnel only where the webhook asks for one. */
const thinBody = ({ uuid, name, email, city }: RdContactState, more: object = {}) => ({
  event_type: 'WEBHOOK.CONVERTED',
  entity_type: 'CONTACT',
  event_identifier: 'formulario',
  timestamp: new Date().toISOString(),
  event_timestamp: new Date().toISOString(),
  contact: { uuid, name, email, city, tags: [], ...more },
})

const newContact = (seed: ContactSeed = {}, of = company): Promise<RdContactState> =>
  of.convert({ name: 'Entrega Magra', email: newEmail(), city: 'Joinville', ...seed })

/** The lead's job, when it has ended. */
async function deliver(contact: RdContactState, body: unknown, of = { company, view }): Promise<JobView> {
  await of.company.deliverBody(body)
  return await of.view.endedJob('totvs-crm', contact.uuid)
}

/** What the timeline says that the run did. */
function summaryOf({ result }: JobView): string {
  const summary = typeof result === 'object' && result !== null && 'summary' in result ? result.summary : undefined
  return renderMessage(storedMessages.parse(summary), 'en')
}

async function responsibleOf(contact: RdContactState, of = company): Promise<string | undefined> {
  const { users } = await of.crm.state()
  const lead = await of.leadOf(contact)
  return users.find(({ id }) => id === lead?.userId)?.userEmail[0]?.email
}

const rdCalls = async (of = company): Promise<string[]> =>
  (await of.sandbox.calls({ system: 'rd-station' }))
    .filter(({ path }) => path.startsWith('/platform'))
    .map(({ path }) => path)

test('the owner of a delivery without funnel is read from the funnel and is responsible for the lead', async () => {
  const contact = await newContact({ funnel: { contact_owner_email: OWNER } })
  const job = await deliver(contact, thinBody(contact, { state: 'PR' }))
  expect(await rdCalls()).toEqual([`/platform/contacts/uuid:${contact.uuid}/funnels/default`])
  expect(await responsibleOf(contact)).toBe(OWNER)
  expect((await company.opportunitiesOf(contact))[0]?.userId).toBe((await company.leadOf(contact))?.userId)
  expect(summaryOf(job)).toContain('read from RD Station, because the delivery lacks it: owner')
})

test('the state that rules read and a delivery has not comes from the contact: for the address, a filter and a route', async () => {
  const [south, north, east] = [
    await newContact({ state: 'SC' }),
    await newContact({ state: 'AM' }),
    await newContact({ state: 'SP' }),
  ]
  const funnel = { lifecycle_stage: 'Lead', contact_owner_email: null }
  const toSouth = await deliver(south, thinBody(south, { funnel }))
  expect(await rdCalls()).toEqual([`/platform/contacts/uuid:${south.uuid}`])
  expect(await company.leadOf(south)).toMatchObject({ addresses: [{ cityName: 'Joinville', stateName: 'SC' }] })
  expect(summaryOf(toSouth)).toContain('read from RD Station, because the delivery lacks it: state')
  expect(summaryOf(toSouth)).toContain('route "sul"')
  expect(await responsibleOf(south)).toBe(OWNER)
  expect(summaryOf(await deliver(north, thinBody(north, { funnel })))).not.toContain('route')
  expect(await responsibleOf(north)).toBe(DEFAULT_USER)
  expect(summaryOf(await deliver(east, thinBody(east, { funnel })))).toContain('fora do sul')
  expect(await company.leadOf(east)).toBeUndefined()
})

test.each([
  ['answers 500', { kind: 'status', status: 500 }, 'RD_UNAVAILABLE'],
  ['never answers', { kind: 'hang' }, 'it has not answered in time'],
] as const)('when RD Station %s, the lead arrives at its first attempt', async (_what, fault, reason) => {
  const { id } = await company.sandbox.addFault({
    system: 'rd-station',
    match: { path: '/platform/contacts' },
    times: 'forever',
    ...fault,
  })
  onTestFinished(() => company.sandbox.clearFaults(id))
  const contact = await newContact({ funnel: { contact_owner_email: OWNER } })
  const job = await deliver(contact, thinBody(contact))
  expect(job).toMatchObject({ state: 'completed', attempts: 1 })
  expect(await responsibleOf(contact)).toBe(DEFAULT_USER)
  expect(summaryOf(job)).toContain('the delivery lacks state, owner, and RD Station has not told it')
  expect(summaryOf(job)).toContain(reason)
})

test('a revoked connection holds no lead, and is not asked again and again', async () => {
  const other = await shareCompany('thin-deliveries-revoked', { workflows: false })
  const otherView = openQueueView(inject('redisUrl'), other.ponte.tenant.name)
  onTestFinished(async () => {
    await otherView.close()
    await other.stop()
  })
  await other.rd.revokeTokens()
  for (let count = 0; count < 3; count++) {
    const contact = await newContact({}, other)
    const job = await deliver(contact, thinBody(contact), { company: other, view: otherView })
    expect(job).toMatchObject({ state: 'completed', attempts: 1 })
    expect(summaryOf(job)).toContain('RD_TOKEN_REVOKED')
  }
  const logins = (await other.sandbox.calls({ system: 'rd-station' })).filter(({ path }) =>
    path.includes('/auth/token'),
  )
  expect(logins).toHaveLength(1)
})

test.runIf(inject('isLongRun'))(
  'while marks use the quota, leads go on at once without, and the marks lose no slot to them',
  async () => {
    const marks = 40
    const other = await shareCompany('thin-deliveries-quota', { workflows: false })
    const otherView = openQueueView(inject('redisUrl'), other.ponte.tenant.name)
    onTestFinished(async () => {
      await otherView.close()
      await other.stop()
    })
    const contacts = await Promise.all(
      Array.from({ length: 5 }, () => newContact({ funnel: { contact_owner_email: OWNER } }, other)),
    )
    const opportunities = await Promise.all(
      Array.from({ length: marks }, async () => {
        const contact = await other.rd.addContact({ name: 'Da Fila', email: newEmail() })
        const lead = await other.crm.addLead({ name: 'Da Fila', externalId: `rd:${contact.uuid}` })
        return await other.crm.addOpportunity({ leadId: lead.id })
      }),
    )
    // Their look-ups take the quota for eight seconds.
    await Promise.all(opportunities.map(({ id }) => other.announce('created', id)))
    await expect.poll(async () => (await rdCalls(other)).length, patience).toBeGreaterThan(2)
    const jobs = await Promise.all(
      contacts.map(contact => deliver(contact, thinBody(contact), { company: other, view: otherView })),
    )
    expect(await otherView.countPending('rd-station')).toBeGreaterThan(0)
    for (const [index, contact] of contacts.entries()) {
      const job = jobs[index] ?? expect.unreachable()
      expect(job).toMatchObject({ state: 'completed', attempts: 1 })
      expect(summaryOf(job)).toContain(
        'RD Station has not told it: earlier events use the contacts quota of RD Station',
      )
      expect(await responsibleOf(contact, other)).toBe(DEFAULT_USER)
    }
    await otherView.untilQuiet()
    const calls = (await other.sandbox.calls({ system: 'rd-station' })).filter(({ path }) =>
      path.startsWith('/platform/contacts'),
    )
    expect(calls).toHaveLength(marks)
  },
)
