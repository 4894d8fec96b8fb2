import {
  type RedisCluster,
  type RedisMember,
  startCluster,
  type TenantAccess,
  type WorkerProcess,
} from '@ponte/testbed'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openWebhookSink } from '../support/servers/alert-sinks.ts'
import { newEmail, type OwnCompany, patience, sendUntilAccepted, startCompany, swift } from '../support/company.ts'

let cluster: RedisCluster
/** Stands still during a test, and no replica takes its place. */
let frozen: RedisMember
let company: OwnCompany
let alerts: Awaited<ReturnType<typeof openWebhookSink>>
/** Names of the tenants of the frozen primary, and of another one. The last of each is not in the tenants file. */
let away: readonly string[]
let there: readonly string[]

beforeAll(async () => {
  cluster = await startCluster({ settings: { 'cluster-require-full-coverage': 'no' } })
  alerts = await openWebhookSink()
  const primaries = new Map<RedisMember, string[]>()
  for (let index = 0; index < 40; index += 1) {
    const name = `t-${index}`
    const primary = await cluster.primaryOf(`{${name}}:any`)
    primaries.set(primary, [...(primaries.get(primary) ?? []), name])
  }
  const [first, second] = [...primaries]
  if (first === undefined || second === undefined) throw new Error('the tenants are on one primary')
  ;[[frozen, away], [, there]] = [first, second]
  company = await startCompany({
    redisUrl: '',
    workflows: false,
    otherTenants: [...away.slice(0, -1), ...there.slice(0, -1)],
    env: {
      REDIS_CLUSTER: cluster.addresses,
      REDIS_WAIT_REPLICAS: '0',
      ALERT_WEBHOOK_URL: alerts.url,
      ALERT_CHECK_SECONDS: '0.2',
    },
  })
})
afterEach(async () => {
  frozen.resume()
  await cluster.untilWhole('any')
})
afterAll(async () => {
  await company.stop()
  await alerts.close()
  await cluster.stop()
})

function accessTo(name: string | undefined, tenants = company.ponte.tenants): TenantAccess {
  const found = tenants.find(each => each.name === name)
  if (found === undefined) throw new Error(`there is no tenant ${name}`)
  return found
}

const post = ({ rdStationUrl, tokens }: TenantAccess, lead: object) =>
  fetch(rdStationUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', apiToken: tokens.rdStation },
    body: JSON.stringify({ leads: [lead] }),
  })

function newLead() {
  const last_conversion = { created_at: new Date().toISOString(), content: { identificador: 'formulário' } }
  return { uuid: crypto.randomUUID(), email: newEmail(), name: 'Lead', last_conversion }
}

const isBrought = async ({ email }: { readonly email: string }): Promise<boolean> =>
  (await company.leads()).some(({ emails }) => emails.some(each => each.email === email))
const untilBrought = (lead: { readonly email: string }) => expect.poll(() => isBrought(lead), patience).toBe(true)

function lastWorker(): WorkerProcess {
  const worker = company.ponte.workers.at(-1)
  if (worker === undefined) throw new Error('no worker was started')
  return worker
}

const readiness = async ({ opsUrl }: WorkerProcess) => await (await fetch(`${opsUrl}/readyz`)).json()
const namesFrozen = () => ({
  ready: true,
  warnings: expect.arrayContaining([`redis does not answer at 127.0.0.1:${frozen.port}`]),
})

test('a worker that starts beside a frozen primary serves the tenants of the others, is ready and says so, and serves the rest later', async () => {
  await lastWorker().stop()
  const [waiting, meanwhile] = [newLead(), newLead()]
  await sendUntilAccepted(() => post(accessTo(away[0]), waiting))
  frozen.pause()
  const worker = await company.ponte.startWorker()
  await sendUntilAccepted(() => post(accessTo(there[0]), meanwhile))
  await untilBrought(meanwhile)
  await expect.poll(() => readiness(worker), patience).toMatchObject(namesFrozen())
  expect(await isBrought(waiting)).toBe(false)
  frozen.resume()
  await untilBrought(waiting)
  await expect.poll(() => readiness(worker), patience).toMatchObject({ ready: true, warnings: [] })
})

test('of the tenants that a changed file adds, one of another primary is served meanwhile, and the rest later', async () => {
  frozen.pause()
  const names = [company.ponte.tenant.name, ...away, ...there]
  const tenants = await company.ponte.writeTenants(Object.fromEntries(names.map(name => [name, swift])))
  const [waiting, meanwhile] = [newLead(), newLead()]
  const statusOf = async (name: string | undefined, lead: object) => (await post(accessTo(name, tenants), lead)).status
  await expect.poll(() => statusOf(there.at(-1), meanwhile), patience).toBe(202)
  await untilBrought(meanwhile)
  expect(await statusOf(away.at(-1), waiting)).toBe(503)
  frozen.resume()
  await expect.poll(() => statusOf(away.at(-1), waiting), patience).toBe(202)
  await untilBrought(waiting)
})

test('alerts of the tenants of other primaries come while one is frozen, however many tenants it has', async () => {
  frozen.pause()
  await expect.poll(() => readiness(lastWorker()), patience).toMatchObject(namesFrozen())
  const unreadable = { id: 5 }
  await sendUntilAccepted(() => post(accessTo(there[1]), unreadable))
  await expect.poll(() => alerts.texts().join('\n'), patience).toContain(`${there[1]}: `)
})

test('a worker that is asked to stop beside a frozen primary takes no further job from then on, and ends by itself', async () => {
  frozen.pause()
  const worker = lastWorker()
  await expect.poll(() => readiness(worker), patience).toMatchObject(namesFrozen())
  const stopped = worker.stop()
  await expect.poll(worker.output, patience).toContain('shutting down')
  const late = newLead()
  await sendUntilAccepted(() => post(accessTo(there[0]), late))
  // One that does not end in time is killed, which is a signal.
  expect(await stopped).toMatchObject({ signal: null })
  expect(await isBrought(late)).toBe(false)
  await company.ponte.startWorker()
  await untilBrought(late)
})
