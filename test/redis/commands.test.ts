import { type Call, type CrmOpportunityState, type RedisServer, startRedis } from '@ponte/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, newEmail, patience, startCompany, swift } from '../support/company.ts'
import { openQueueView, type QueueView } from '../support/queue-view.ts'
import { countCommands } from '../support/redis/redis-commands.ts'

// What a job costs: each command of Redis that changes something is on the disk before the next one, and each call is of a quota.
const PEOPLE = 8

// A Redis of its own: MONITOR shows the commands of all that use it.
let server: RedisServer
let company: Company
let view: QueueView
let opportunities: readonly CrmOpportunityState[]
beforeAll(async () => {
  server = await startRedis()
  const tenant = { rdStation: { ...swift.rdStation, callsPerMinute: 60_000 } }
  company = await startCompany({ redisUrl: server.url, tenant, workflows: false })
  view = openQueueView(server.url, company.ponte.tenant.name)
  opportunities = await Promise.all(Array.from({ length: PEOPLE }, addPerson))
})
afterAll(async () => {
  await view.close()
  await company.stop()
  await server.stop()
})

/** A person whom both systems know, with an opportunity. */
async function addPerson(): Promise<CrmOpportunityState> {
  const contact = await company.rd.addContact({ name: 'Conhecida', email: newEmail() })
  const emails = [{ email: contact.email ?? '', emailTypeId: crypto.randomUUID(), standard: true }]
  const lead = await company.crm.addLead({ name: 'Conhecida', externalId: `rd:${contact.uuid}`, emails })
  return await company.crm.addOpportunity({ leadId: lead.id })
}

interface Cost {
  /** Commands of Redis under a lock. */
  readonly steps: number
  /** All commands but BullMQ's own. */
  readonly commands: number
  readonly callsToCrm: number
  readonly callsToRd: number
}

/** What one event of each of these opportunities costs, on average. */
async function costOf(event: string, of: readonly { id: string }[]): Promise<Cost> {
  await company.sandbox.clearCalls()
  const { steps, all } = await countCommands(server.url, async () => {
    // One at a time: none has to wait so long that its locks are renewed.
    for (const { id } of of) {
      await company.announce(event, id)
      await expect.poll(() => view.countPending('rd-station'), { ...patience, interval: 20 }).toBe(0)
    }
  })
  const calls = await company.sandbox.calls()
  const callsTo = (system: Call['system']): number =>
    calls.filter(call => call.system === system && !/login|token/.test(call.path)).length / of.length
  return {
    steps: steps / of.length,
    commands: all / of.length,
    callsToCrm: callsTo('totvs-crm'),
    callsToRd: callsTo('rd-station'),
  }
}

function expectAtMost({ steps, commands, ...calls }: Cost, most: Cost): void {
  const { steps: mostSteps, commands: mostCommands, ...mostCalls } = most
  expect(calls).toEqual(mostCalls)
  expect(steps).toBeLessThanOrEqual(mostSteps)
  expect(commands).toBeLessThanOrEqual(mostCommands)
}

// The four follow each other: the first makes the contacts known.
test('the first mark of a contact costs six steps at Redis and four calls, one of them to look it up', async () => {
  // The first job of a worker logs in, and gives Redis its scripts.
  await costOf('created', [await addPerson()])
  expectAtMost(await costOf('created', opportunities), { steps: 6, commands: 10, callsToCrm: 2, callsToRd: 2 })
})

test('an event that finds nothing to mark costs two steps, and no call to RD Station', async () => {
  expectAtMost(await costOf('updated', opportunities), { steps: 2, commands: 4, callsToCrm: 2, callsToRd: 0 })
})

test('the sale of a known contact costs five steps and three calls', async () => {
  for (const { id } of opportunities) await company.crm.win(id, 100)
  expectAtMost(await costOf('won', opportunities), { steps: 5, commands: 8, callsToCrm: 2, callsToRd: 1 })
})

test('an opportunity of a known contact within minutes of the one before costs five steps and four calls, one of them to read the newest event', async () => {
  const next = await Promise.all(opportunities.map(({ leadId }) => company.crm.addOpportunity({ leadId })))
  expectAtMost(await costOf('created', next), { steps: 5, commands: 8, callsToCrm: 2, callsToRd: 2 })
})
