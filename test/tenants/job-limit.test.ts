import { randomBytes } from 'node:crypto'
import { openWorld, type Ponte, startPonte, type World } from '@ponte/testbed'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { patience, swift } from '../support/company.ts'
import { countLeads, sendLead } from '../support/new-leads.ts'

const FLOOD = 24

// Two companies share one worker, which runs at most four jobs at once over all queues.
let sandbox: World
let ponte: Ponte
beforeAll(async () => {
  const suffix = randomBytes(4).toString('hex')
  sandbox = await openWorld(inject('sharedSandboxUrl'))
  const rdStation = { clientId: 'other', clientSecret: 'other-secret', refreshToken: 'other-refresh' }
  const totvsCrm = { username: 'ponte@other.example', password: 'other-password' }
  await sandbox.client.rd('other').put(rdStation)
  await sandbox.client.crm('other').put(totvsCrm)
  ponte = await startPonte({
    redisUrl: inject('redisUrl'),
    sandboxUrl: sandbox.url,
    env: { WORKER_MAX_JOBS: '4', WORKER_CONCURRENCY: '20' },
    tenants: {
      [`quick-${suffix}`]: swift,
      [`slow-${suffix}`]: {
        ...swift,
        rdStation: { ...swift.rdStation, ...rdStation },
        totvsCrm: { ...totvsCrm, tenant: 'other' },
      },
    },
  })
})
afterAll(() => ponte.stop())

test('a tenant whose CRM is slow leaves places for another, and its own jobs that found none are done later', async () => {
  const [quick, slow] = ponte.tenants
  if (quick === undefined || slow === undefined) throw new Error('there are two tenants')
  const before = { quick: await countLeads(sandbox, 'demo'), slow: await countLeads(sandbox, 'other') }
  const match = { account: 'other' }
  await sandbox.client.addFault({ system: 'totvs-crm', match, kind: 'latency', delayMs: 10_000, times: 'forever' })
  for (let sent = 0; sent < FLOOD; sent++) await sendLead(slow)
  const callsOfSlow = async (): Promise<number> =>
    (await sandbox.client.calls({ system: 'totvs-crm' })).filter(({ account }) => account === 'other').length
  await expect.poll(callsOfSlow, patience).toBeGreaterThan(0)

  await sendLead(quick)
  await expect.poll(() => countLeads(sandbox, 'demo'), patience).toBe(before.quick + 1)
  // The slow one's jobs, each of several calls of 10 s, still run: the quick one's did not wait for one of them to end.
  expect(await countLeads(sandbox, 'other')).toBe(before.slow)

  await sandbox.client.clearFaults()
  await expect.poll(() => countLeads(sandbox, 'other'), patience).toBe(before.slow + FLOOD)
})
