import { randomBytes } from 'node:crypto'
import { shardOf } from '@ponte/runtime'
import { openWorld, type Ponte, startPonte, type World } from '@ponte/testbed'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { patience, swift } from '../support/company.ts'
import { countLeads, sendLead } from '../support/new-leads.ts'

/** A new name that belongs to this shard of two. */
function nameIn(shard: number): string {
  for (;;) {
    const name = `shard-${randomBytes(4).toString('hex')}`
    if (shardOf(name, 2) === shard) return name
  }
}
const [first, second] = [nameIn(1), nameIn(2)]

// Each of two companies is served by a worker of its own.
let sandbox: World
let ponte: Ponte
beforeAll(async () => {
  sandbox = await openWorld(inject('sharedSandboxUrl'))
  await sandbox.client.crm('other').put({ username: 'ponte@other.example', password: 'other-password' })
  ponte = await startPonte({
    redisUrl: inject('redisUrl'),
    sandboxUrl: sandbox.url,
    workers: 0,
    tenants: {
      [first]: swift,
      [second]: {
        ...swift,
        totvsCrm: { username: 'ponte@other.example', password: 'other-password', tenant: 'other' },
      },
    },
  })
  await ponte.startWorker({ WORKER_SHARD: '1/2' })
})
afterAll(() => ponte.stop())

async function sendLeadTo(name: string): Promise<void> {
  const tenant = ponte.tenants.find(each => each.name === name)
  if (tenant === undefined) throw new Error(`there is no ${name}`)
  await sendLead(tenant)
}

test("a worker serves its shard of the tenants; another tenant's events wait for the worker of its own shard", async () => {
  await sendLeadTo(second)
  await sendLeadTo(first)
  await expect.poll(() => countLeads(sandbox, 'demo'), patience).toBe(1)
  expect(await countLeads(sandbox, 'other')).toBe(0)
  await ponte.startWorker({ WORKER_SHARD: second })
  await expect.poll(() => countLeads(sandbox, 'other'), patience).toBe(1)
  expect(await countLeads(sandbox, 'demo')).toBe(1)
})
