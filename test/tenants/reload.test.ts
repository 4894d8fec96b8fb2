import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { openWorld, type Ponte, startPonte, type TenantAccess, type TenantOverrides, type World } from '@ponte/testbed'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { patience, swift } from '../support/company.ts'
import { countLeads as countLeadsIn, deliverLead } from '../support/new-leads.ts'

const suffix = randomBytes(4).toString('hex')
const [staying, coming] = [`staying-${suffix}`, `coming-${suffix}`]
/** Of the second company at its CRM. */
let password = 'other-password'
/** The second company has accounts of its own. */
const ofOther = () => ({
  ...swift,
  totvsCrm: { username: 'ponte@other.example', password, tenant: 'other' },
})

// None of these processes is restarted.
let sandbox: World
let ponte: Ponte
beforeAll(async () => {
  sandbox = await openWorld(inject('sharedSandboxUrl'))
  await sandbox.client.crm('other').put({ username: 'ponte@other.example', password })
  ponte = await startPonte({
    redisUrl: inject('redisUrl'),
    sandboxUrl: sandbox.url,
    board: true,
    tenants: { [staying]: swift },
  })
})
afterAll(() => ponte.stop())

const deliver = async (tenant: TenantAccess): Promise<number> => (await deliverLead(tenant)).status
const countLeads = (account: 'demo' | 'other'): Promise<number> => countLeadsIn(sandbox, account)

/** Everything that runs: name, process id and where its metrics are. */
const processes = () => [
  { name: 'ingress', pid: ponte.ingress.pid, url: ponte.ingressOpsUrl },
  ...ponte.workers.map(({ pid, opsUrl }) => ({ name: 'worker', pid, url: opsUrl })),
  ...(ponte.board === undefined ? [] : [{ name: 'board', pid: ponte.board.pid, url: ponte.board.opsUrl }]),
]
/** How often the processes have read the file again with this outcome: ingress, worker, board. */
const reloads = (outcome: string): Promise<number[]> =>
  Promise.all(
    processes().map(async ({ url }) => {
      const metrics = await (await fetch(`${url}/metrics`)).text()
      return Number(new RegExp(`reloads_total\\{outcome="${outcome}",[^}]*\\} (\\d+)`).exec(metrics)?.[1])
    }),
  )
/** How often they have read it again at all. */
async function countReads(): Promise<number[]> {
  const [applied = [], ...others] = await Promise.all(['applied', 'unchanged', 'refused'].map(reloads))
  return applied.map((count, index) => others.reduce((sum, each) => sum + (each[index] ?? 0), count))
}
const oneMore = (counts: readonly number[]): number[] => counts.map(count => count + 1)

/** Writes the file, and waits until all processes have read it. */
async function rewrite(tenants: Readonly<Record<string, TenantOverrides>>): Promise<readonly TenantAccess[]> {
  const before = await countReads()
  const written = await ponte.writeTenants(tenants)
  const haveAllRead = async (): Promise<boolean> =>
    (await countReads()).every((count, index) => count > (before[index] ?? 0))
  await expect.poll(haveAllRead, patience).toBe(true)
  return written
}

/** The second company, as the file then has it. */
async function addOther(): Promise<TenantAccess> {
  const [, other] = await rewrite({ [staying]: swift, [coming]: ofOther() })
  if (other === undefined) throw new Error('two tenants were written')
  return other
}

test('a tenant that is added is served; every delivery of another meanwhile is accepted and brought over', async () => {
  const before = await countLeads('demo')
  let isAdded = false
  const statuses: number[] = []
  const load = (async () => {
    while (!isAdded) {
      statuses.push(await deliver(ponte.tenant))
      await sleep(50)
    }
  })()
  expect(await deliver(await addOther())).toBe(202)
  await expect.poll(() => countLeads('other'), patience).toBe(1)
  isAdded = true
  await load
  expect(new Set(statuses)).toEqual(new Set([202]))
  await expect.poll(() => countLeads('demo'), patience).toBe(before + statuses.length)
})

test('events that wait because of a wrong password go on when the file has the right one', async () => {
  const other = await addOther()
  password = 'changed-password'
  await sandbox.client.crm('other').put({ username: 'ponte@other.example', password })
  const before = await countLeads('other')
  expect(await deliver(other)).toBe(202)
  const failedLogins = async (): Promise<number> =>
    (await sandbox.client.calls({ system: 'totvs-crm' })).filter(
      ({ account, path, status }) => account === 'other' && path.endsWith('/login') && status === 401,
    ).length
  await expect.poll(failedLogins, patience).toBeGreaterThan(0)
  await addOther()
  await expect.poll(() => countLeads('other'), patience).toBe(before + 1)
})

test('a job of a tenant that is removed ends, its further deliveries are refused, and others go on', async () => {
  const other = await addOther()
  const mine = await countLeads('demo')
  const before = await countLeads('other')
  // Held until all processes have read the file.
  const slow = { kind: 'latency', delayMs: 60_000, times: 1 } as const
  await sandbox.client.addFault({ system: 'totvs-crm', match: { account: 'other' }, ...slow })
  const calls = async (): Promise<number> =>
    (await sandbox.client.calls({ system: 'totvs-crm' })).filter(({ account }) => account === 'other').length
  const callsBefore = await calls()
  expect(await deliver(other)).toBe(202)
  await expect.poll(calls, patience).toBeGreaterThan(callsBefore)
  await rewrite({ [staying]: swift })
  expect(await deliver(other)).toBe(401)
  expect(await countLeads('other')).toBe(before)
  await sandbox.client.clearFaults()
  expect(await deliver(ponte.tenant)).toBe(202)
  await expect.poll(() => countLeads('demo'), patience).toBe(mine + 1)
  await expect.poll(() => countLeads('other'), patience).toBe(before + 1)
})

test('a file with a mistake changes nothing: all processes stay ready, say so, and take the next right one', async () => {
  const refused = await reloads('refused')
  await writeFile(ponte.settings.PONTE_CONFIG, 'tenants: {}')
  await expect.poll(() => reloads('refused'), patience).toEqual(oneMore(refused))
  for (const { url } of processes()) expect((await fetch(`${url}/readyz`)).status).toBe(200)
  expect(await deliver(ponte.tenant)).toBe(202)
  const { url = '', user = '', password: word = '' } = ponte.board ?? {}
  const headers = {
    authorization: `Basic ${Buffer.from(`${user}:${word}`).toString('base64')}`,
    'accept-language': 'en',
  }
  const overview = async (): Promise<string> => await (await fetch(`${url}/`, { headers })).text()
  await expect.poll(overview, patience).toContain('Its change is not used by the ingress, the workers, and the board.')
  expect(await overview()).toContain('name at least one tenant')
  expect(await deliver(await addOther())).toBe(202)
  await expect.poll(overview, patience).not.toContain('Its change is not used')
})

test.runIf(inject('isLongRun'))('on SIGHUP every process reads the file, and goes on', async () => {
  const unchanged = await reloads('unchanged')
  for (const { pid } of processes()) process.kill(pid, 'SIGHUP')
  await expect.poll(() => reloads('unchanged'), patience).toEqual(oneMore(unchanged))
  expect(await deliver(ponte.tenant)).toBe(202)
})
