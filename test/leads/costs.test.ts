import type { RdContactState } from '@ponte/testbed'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, startCompany } from '../support/company.ts'
import { isQuiet, withQueue } from '../support/jobs.ts'
import { countCommandsOf } from '../support/redis/redis-commands.ts'

// How often a lead makes the worker ask Redis and TOTVS CRM: each is a wait, and with `appendfsync always` a write to the disk.
let company: Company
beforeAll(async () => {
  company = await startCompany({ workflows: false })
})
afterAll(() => company.stop())

const LEADS = 20

/**
 * Commands of Redis: six and a half for a new lead and for a known one when this was written, of which four are the steps of
 * `lead-registered.ts`. The others are BullMQ's, and some are shared by all that run in one moment.
 */
const most = {
  new: { commands: 9, calls: 4 },
  known: { commands: 9, calls: 3 },
}

const untilQuiet = (): Promise<void> =>
  expect.poll(() => isQuiet(company.ponte.tenant.name, 'totvs-crm'), patience).toBe(true)

async function bringAll(contacts: readonly { uuid: string }[]): Promise<void> {
  for (const contact of contacts) await company.deliver(contact)
  await untilQuiet()
}

async function convertAgain(contacts: readonly { uuid: string }[]): Promise<void> {
  for (const { uuid } of contacts) {
    await company.rd.changeContact(uuid, { job_title: `Cargo ${crypto.randomUUID()}` })
    await company.rd.convert(uuid, { identifier: 'outra' })
  }
}

const newContacts = (count: number): Promise<readonly RdContactState[]> =>
  Promise.all(Array.from({ length: count }, () => company.convert({ name: 'Custo', email: newEmail() })))

/** Deliveries that wait in the paused queue are brought over: what that costs, for each. */
async function costOf(contacts: readonly { uuid: string }[]): Promise<{ commands: number; calls: number }> {
  const { name } = company.ponte.tenant
  await withQueue(name, 'totvs-crm', queue => queue.pause())
  for (const contact of contacts) await company.deliver(contact)
  const after = await company.numberOfLastCall()
  const commands = await countCommandsOf(inject('redisUrl'), name, async () => {
    await withQueue(name, 'totvs-crm', queue => queue.resume())
    await untilNobodyCalls(after)
  })
  await untilQuiet()
  const calls = await company.sandbox.calls({ system: 'totvs-crm', after })
  return { commands: commands / contacts.length, calls: calls.length / contacts.length }
}

/** Without a look at the queue, which would count. */
async function untilNobodyCalls(before: number): Promise<void> {
  let last = before
  const isOver = async (): Promise<boolean> => {
    const now = await company.numberOfLastCall()
    const isSame = now > before && now === last
    last = now
    return isSame
  }
  await expect.poll(isOver, { ...patience, interval: 1000 }).toBe(true)
}

test('a lead costs at most as many commands of Redis and calls to TOTVS CRM as this table says', async () => {
  // What is looked up once in a while: users, lists, the session, the scripts of Redis.
  const once = await newContacts(1)
  await bringAll(once)
  await convertAgain(once)
  await bringAll(once)

  const contacts = await newContacts(LEADS)
  const ofNew = await costOf(contacts)
  // The lead has changed, and its opportunity is open.
  await convertAgain(contacts)
  const ofKnown = await costOf(contacts)
  expect.soft(ofNew.commands).toBeLessThanOrEqual(most.new.commands)
  expect.soft(ofNew.calls).toBe(most.new.calls)
  expect.soft(ofKnown.commands).toBeLessThanOrEqual(most.known.commands)
  expect.soft(ofKnown.calls).toBe(most.known.calls)
})
