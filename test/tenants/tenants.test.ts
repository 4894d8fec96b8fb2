import { randomBytes } from 'node:crypto'
import {
  openWorld,
  opportunityWorkflows,
  type Ponte,
  type RedisServer,
  type World,
  startPonte,
  startRedis,
  type TenantAccess,
} from '@ponte/testbed'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { newEmail, patience, swift, sendUntilAccepted } from '../support/company.ts'
import { openQueueView } from '../support/queue-view.ts'
import { openTestRedis, readRedis } from '../support/redis/redis-contents.ts'

// How fast the other tenant is meanwhile is measured in tools/bench/rows/neighbour.ts.
/** Events that wait in the queues of the tenant in trouble, and leads of the other that are delivered meanwhile. */
const [FLOOD, LEADS] = inject('isLongRun') ? [400, 15] : [100, 6]

// Two companies with accounts of their own share one ingress, one worker and one Redis.
let server: RedisServer
let redis: Redis
let sandbox: World
let ponte: Ponte
let calm: TenantAccess
let flooded: TenantAccess
beforeAll(async () => {
  const suffix = randomBytes(4).toString('hex')
  ;[server, sandbox] = await Promise.all([startRedis(), openWorld(inject('sharedSandboxUrl'))])
  redis = openTestRedis(server.url)
  const settings = { contactsPerMinute: 6000, eventsPerMinute: 6000 }
  const rdStation = { clientId: 'other', clientSecret: 'other-secret', refreshToken: 'other-refresh' }
  const totvsCrm = { username: 'ponte@other.example', password: 'other-password' }
  await sandbox.client.rd().change({ settings })
  await sandbox.client.rd('other').put({ ...rdStation, settings })
  await sandbox.client.crm('other').put(totvsCrm)
  ponte = await startPonte({
    redisUrl: server.url,
    sandboxUrl: sandbox.url,
    tenants: {
      [`calm-${suffix}`]: swift,
      [`flooded-${suffix}`]: {
        ...swift,
        rdStation: { ...swift.rdStation, ...rdStation },
        totvsCrm: { ...totvsCrm, tenant: 'other' },
      },
    },
  })
  const [one, other] = ponte.tenants
  if (one === undefined || other === undefined) throw new Error('a tenant is missing')
  ;[calm, flooded] = [one, other]
  await sandbox.client.crm().change({ workflows: opportunityWorkflows(calm) })
})
afterAll(async () => {
  await ponte.stop()
  redis.disconnect()
  await server.stop()
})

const post = async (url: string, token: string, body: unknown): Promise<void> => {
  const headers = { 'content-type': 'application/json', apiToken: token }
  await sendUntilAccepted(() => fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }))
}

const lead = (identity: { uuid: string; email: string }) => ({
  leads: [
    {
      ...identity,
      name: 'Lead',
      number_conversions: '1',
      last_conversion: { created_at: new Date().toISOString(), content: { identificador: 'formulário' } },
    },
  ],
})

const created = (opportunityId: string) => ({
  eventId: crypto.randomUUID(),
  trigger: { description: 'Opportunity created' },
  source: { object: { contextUrl: '/api/v11/opportunity/opportunities' }, row: { id: opportunityId } },
})

const newIdentity = () => ({ uuid: crypto.randomUUID(), email: newEmail() })

/** Delivers a lead and waits until its opportunity is marked in RD Station: through both queues. */
async function bringOneOver(): Promise<void> {
  const rd = sandbox.client.rd()
  const contact = await rd.addContact({ name: 'Lead', email: newEmail() })
  await post(calm.rdStationUrl, calm.tokens.rdStation, lead({ uuid: contact.uuid, email: contact.email ?? '' }))
  await expect.poll(async () => (await rd.contact(contact.uuid)).marks.length, { ...patience, interval: 10 }).toBe(1)
}

async function bringLeadsOver(): Promise<void> {
  for (let brought = 0; brought < LEADS; brought += 1) await bringOneOver()
}

const count = async (tenant: TenantAccess, kind: 'totvs-crm' | 'rd-station'): Promise<number> => {
  const view = openQueueView(server.url, tenant.name)
  try {
    return await view.countPending(kind)
  } finally {
    await view.close()
  }
}

async function inBatches(total: number, one: () => Promise<void>): Promise<void> {
  for (let done = 0; done < total; done += 50) await Promise.all(Array.from({ length: 50 }, one))
}

test("while a flood of leads for a CRM that hangs waits, the other tenant's leads are brought over and marked", async () => {
  await sandbox.client.addFault({
    system: 'totvs-crm',
    match: { account: 'other' },
    // Until the outage is over.
    kind: 'latency',
    delayMs: 600_000,
    times: 'forever',
  })
  await inBatches(FLOOD, () => post(flooded.rdStationUrl, flooded.tokens.rdStation, lead(newIdentity())))
  expect(await count(flooded, 'totvs-crm')).toBe(FLOOD)
  await bringLeadsOver()
  expect(await count(flooded, 'totvs-crm')).toBe(FLOOD)
})

test("while a flood of events with a revoked connection waits, the other tenant's leads are brought over and marked", async () => {
  await sandbox.client.clearFaults()
  const [rd, crm] = [sandbox.client.rd('other'), sandbox.client.crm('other')]
  await rd.revokeTokens()
  const { email, uuid } = newIdentity()
  await rd.addContact({ uuid, email })
  const emails = [{ email, emailTypeId: crypto.randomUUID(), standard: true }]
  const owner = await crm.addLead({ name: 'Lead', externalId: `rd:${uuid}`, emails })
  const { id } = await crm.addOpportunity({ leadId: owner.id })
  await inBatches(FLOOD, () => post(`${flooded.totvsCrmUrl}/opportunity-created`, flooded.tokens.totvsCrm, created(id)))
  expect(await count(flooded, 'rd-station')).toBe(FLOOD)
  await bringLeadsOver()
  expect(await count(flooded, 'rd-station')).toBe(FLOOD)
})

test('every key belongs to one of the two, and none holds anything of the other; a process tells what it uses', async () => {
  // What a process uses names the tenants that it serves, with fingerprints.
  const entries = (await readRedis(redis)).filter(({ key }) => !/^ponte:process(es|:[0-9a-f-]+)$/.test(key))
  const own = (tenant: TenantAccess) => entries.filter(({ key }) => key.startsWith(`{${tenant.name}}:`))
  expect(own(calm).length).toBeGreaterThan(50)
  expect(own(flooded).length).toBeGreaterThan(50)
  expect(own(calm).length + own(flooded).length).toBe(entries.length)
  for (const { key, text } of own(calm)) expect(`${key} ${text}`).not.toContain(flooded.name)
  for (const { key, text } of own(flooded)) expect(`${key} ${text}`).not.toContain(calm.name)
})

test('when the outage is over the flood goes through, into the accounts of its own tenant', async () => {
  await sandbox.client.rd('other').change({ refreshToken: 'other-refresh' })
  await expect.poll(() => count(flooded, 'rd-station'), { interval: 200 }).toBe(0)
  await expect.poll(() => count(flooded, 'totvs-crm'), { interval: 200 }).toBe(0)
  expect((await sandbox.client.crm('other').state()).leads).toHaveLength(FLOOD + 1)
  expect((await sandbox.client.crm().state()).leads).toHaveLength(2 * LEADS)
  const marks = (await sandbox.client.rd('other').state()).contacts.flatMap(contact => contact.marks)
  expect(marks.map(({ type }) => type)).toEqual(['OPPORTUNITY'])
})
