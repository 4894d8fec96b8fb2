import { stateKey } from '@ponte/state'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newEmail, type OwnCompany, patience, startCompany, swift } from '../support/company.ts'
import { failedJobs, isQuiet, withQueue } from '../support/jobs.ts'
import { readRedis } from '../support/redis/redis-contents.ts'
import { openMode, writesAt } from '../support/shadow.ts'

const owners = ['ana.vendedora@demo.example', 'bia.vendedora@demo.example']
const inTurn = { name: 'rodizio', when: {}, ['then' as const]: { owner: owners } }

let company: OwnCompany
let mode: ReturnType<typeof openMode>
beforeAll(async () => {
  company = await startCompany({ workers: 2, workflows: false, tenant: { mode: 'shadow', routes: [inTurn] } })
  mode = openMode(company.ponte.tenant.name)
})
afterAll(async () => {
  mode.close()
  await company.stop()
})

const fileSays = (of: 'live' | 'shadow') =>
  company.ponte.changeTenants({ [company.ponte.tenant.name]: { ...swift, mode: of, routes: [inTurn] } })

async function untilQuiet(): Promise<void> {
  for (const destination of ['totvs-crm', 'rd-station'] as const)
    await expect.poll(() => isQuiet(company.ponte.tenant.name, destination), patience).toBe(true)
}

/** What jobs say that they did, as the queue keeps it. */
async function summaries(kind: 'totvs-crm' | 'rd-station'): Promise<readonly string[]> {
  const jobs = await withQueue(company.ponte.tenant.name, kind, queue => queue.getCompleted())
  return jobs.map(({ returnvalue }) => JSON.stringify(returnvalue))
}

/** An opportunity that the package has brought over, or a person of the company has opened. */
async function addOpportunity() {
  const contact = await company.rd.addContact({ name: 'Do Pacote', email: newEmail() })
  const emails = [{ email: contact.email ?? '', emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }]
  const lead = await company.crm.addLead({ name: 'Do Pacote', externalId: `rd:${contact.uuid}`, emails })
  return { contact, opportunity: await company.crm.addOpportunity({ leadId: lead.id }) }
}

/** Keys that hold what Ponte has done, or counts it. */
const recordsOfWork =
  /:ponte:(?:lead|mark|contact|status-rd|owner-turn|figures|rule-use)[^:]*:|:ponte:(?:rule-use|status-field-unreadable)$/

test('a day of traffic in the shadow makes no call that writes, and leaves no record, turn or figure', async () => {
  await company.sandbox.clearCalls()
  const contacts = await Promise.all(
    Array.from({ length: 6 }, (_, index) => company.convert({ name: `Pessoa ${index}`, email: newEmail() })),
  )
  for (const [index, contact] of contacts.entries()) await company.deliver(contact, index % 2 === 0 ? 'v1' : 'v2')
  const opportunities = await Promise.all(Array.from({ length: 4 }, addOpportunity))
  const [won, lost, open, removed] = opportunities
  if (!won || !lost || !open || !removed) throw new Error('opportunities were added')
  await company.crm.win(won.opportunity.id, 900)
  await company.crm.lose(lost.opportunity.id, 'Prazo')
  for (const { opportunity } of [won, lost, open]) await company.announce('created', opportunity.id)
  await company.announce('won', won.opportunity.id)
  await company.announce('lost', lost.opportunity.id)
  await company.announce('updated', open.opportunity.id)
  await company.crm.removeOpportunity(removed.opportunity.id)
  await company.announce('updated', removed.opportunity.id)
  await untilQuiet()

  expect(await writesAt(company.sandbox)).toEqual([])
  expect(await company.leads()).toHaveLength(opportunities.length)
  const { name } = company.ponte.tenant
  const kept = (await readRedis(mode.redis, stateKey(name, '*'))).map(({ key }) => key)
  expect(kept.filter(key => recordsOfWork.test(key))).toEqual([])
  expect(kept).toContain(stateKey(name, 'shadow-jobs'))
  for (const kind of ['totvs-crm', 'rd-station'] as const) expect(await failedJobs(name, kind)).toEqual([])
  expect(await mode.newest(100)).toHaveLength(contacts.length + 7)

  const leads = await summaries('totvs-crm')
  expect(leads).toHaveLength(contacts.length)
  for (const text of leads) expect(text).toMatch(/in-shadow.*preview-lead-new.*rodizio.*preview-opportunity-opened/)
  const marks = await summaries('rd-station')
  expect(marks.some(text => text.includes('"marks":["opportunity","sale"]'))).toBe(true)
  expect(marks.some(text => text.includes('CRM_OPPORTUNITY_NOT_FOUND'))).toBe(true)
})

test('a Redis that came back empty gets the shadow again from the workers, and nothing is written', async () => {
  await company.sandbox.clearCalls()
  await mode.redis.del(stateKey(company.ponte.tenant.name, 'mode'))
  await company.deliver(await company.convert({ name: 'Depois', email: newEmail() }))
  await untilQuiet()
  expect(await mode.read()).toMatchObject({ mode: 'shadow' })
  expect(await writesAt(company.sandbox)).toEqual([])
})

test('an event of the shadow that is under way when the tenant goes live ends live, and is done once', async () => {
  const fault = await company.sandbox.addFault({
    ...{ system: 'totvs-crm', kind: 'latency', delayMs: 60_000, times: 1 },
    match: { method: 'GET' },
  })
  const contact = await company.convert({ name: 'No Meio', email: newEmail() })
  await mode.switchOff(Date.now() - 1)
  await company.deliver(contact)
  await expect.poll(async () => (await company.sandbox.faults())[0]?.used, patience).toBe(1)
  // Another process has read the changed file already.
  expect(await mode.declare('live')).toMatchObject({ mode: 'live' })
  await company.sandbox.clearFaults(fault.id)
  await fileSays('live')
  await expect.poll(async () => (await company.opportunitiesOf(contact)).length, patience).toBe(1)
  await untilQuiet()
  expect(await company.opportunitiesOf(contact)).toHaveLength(1)
})

test('a live event that is under way when the tenant goes back at once makes no write afterwards, and waits for a person', async () => {
  expect(await mode.read()).toMatchObject({ mode: 'live' })
  const contact = await company.convert({ name: 'De Volta', email: newEmail() })
  const fault = await company.sandbox.addFault({
    ...{ system: 'totvs-crm', kind: 'latency', delayMs: 60_000, times: 1 },
    match: { method: 'GET' },
  })
  await company.deliver(contact)
  await expect.poll(async () => (await company.sandbox.faults())[0]?.used, patience).toBe(1)
  await company.sandbox.clearCalls()
  await mode.goBack('now')
  // A worker uses Redis' last answer for 50 ms.
  const declaredAt = performance.now()
  await expect.poll(() => performance.now() - declaredAt, patience).toBeGreaterThan(50)
  await company.sandbox.clearFaults(fault.id)
  await fileSays('shadow')
  await untilQuiet()
  expect(await writesAt(company.sandbox)).toEqual([])
  expect(await company.opportunitiesOf(contact)).toEqual([])
  expect(await mode.rest.oldest(9)).toMatchObject([{ name: 'lead.registered' }])
})
