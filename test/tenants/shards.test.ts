import { randomBytes } from 'node:crypto'
import { shardOf } from '@ponte/runtime'
import { openWorld, type Ponte, startPonte, type World } from '@ponte/testbed'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { newEmail, patience, sendUntilAccepted, swift } from '../support/company.ts'

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

async function sendLead(to: string): Promise<void> {
  const tenant = ponte.tenants.find(({ name }) => name === to)
  if (tenant === undefined) throw new Error(`there is no ${to}`)
  const conversion = { created_at: new Date().toISOString(), content: { identificador: 'formulário' } }
  const lead = { uuid: crypto.randomUUID(), email: newEmail(), name: 'Lead', last_conversion: conversion }
  const headers = { 'content-type': 'application/json', apiToken: tenant.tokens.rdStation }
  const body = JSON.stringify({ leads: [lead] })
  await sendUntilAccepted(() => fetch(tenant.rdStationUrl, { method: 'POST', headers, body }))
}
const countLeads = async (account: 'demo' | 'other'): Promise<number> =>
  (await sandbox.client.crm(account).state()).leads.length

test("a worker serves its shard of the tenants; another tenant's events wait for the worker of its own shard", async () => {
  await sendLead(second)
  await sendLead(first)
  await expect.poll(() => countLeads('demo'), patience).toBe(1)
  expect(await countLeads('other')).toBe(0)
  await ponte.startWorker({ WORKER_SHARD: second })
  await expect.poll(() => countLeads('other'), patience).toBe(1)
  expect(await countLeads('demo')).toBe(1)
})
