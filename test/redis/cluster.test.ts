import { randomBytes } from 'node:crypto'
import { checkRedis, createLogger, openRedis, type RedisConnections } from '@ponte/runtime'
import { scanKeys } from '@ponte/state'
import { type RedisCluster, startCluster, testAuthority, trustTestAuthority } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { newEmail, type OwnCompany, patience, sendUntilAccepted, startCompany } from '../support/company.ts'
import { openShell, type Shell } from '../support/commands/shell.ts'
import { redisUser, requireRedisUser } from '../support/redis/redis-user.ts'

// This whole file works by TLS, as a user with the rights of the operators' page.
let cluster: RedisCluster
let servers: readonly Redis[]
let company: OwnCompany
let shell: Shell
let endTrust: () => void
beforeAll(async () => {
  endTrust = trustTestAuthority()
  cluster = await startCluster({ tls: true })
  servers = cluster.members.map(({ url }) => new Redis(url))
  for (const server of servers) await requireRedisUser(server)
  const secretKey = randomBytes(32).toString('base64')
  const where = {
    REDIS_CLUSTER: cluster.addresses,
    REDIS_TLS: 'true',
    NODE_EXTRA_CA_CERTS: testAuthority,
    ...redisUser,
    // Its primaries have no replicas.
    REDIS_WAIT_REPLICAS: '0',
  }
  company = await startCompany({
    redisUrl: '',
    otherTenants: await oneOnEachServer(),
    board: true,
    env: { ...where, PONTE_SECRET_KEY: secretKey },
  })
  shell = await openShell(company, { secretKey, redisUrl: '', ...where })
})
afterAll(async () => {
  await company.stop()
  await shell.close()
  for (const server of servers) server.disconnect()
  await cluster.stop()
  endTrust()
})

/** Names of tenants, each of which has its keys on another server. */
async function oneOnEachServer(): Promise<readonly string[]> {
  const byServer = new Map<number, string>()
  for (let count = 0; byServer.size < servers.length; count += 1) {
    const name = `t-${count}`
    byServer.set((await cluster.primaryOf(`{${name}}:any`)).port, name)
  }
  return [...byServer.values()]
}

const keysOf = async (server: Redis): Promise<readonly string[]> => await server.keys('*')

/** What any of the servers holds of a text, in keys and values. */
async function find(text: string): Promise<readonly string[]> {
  const found = await Promise.all(
    servers.map(async server => {
      const keys = await keysOf(server)
      const values = await Promise.all(keys.map(key => server.dump(key)))
      return keys.filter((key, index) => key.includes(text) || values[index]?.includes(text))
    }),
  )
  return found.flat()
}

async function readBoard(address: string, fields?: Readonly<Record<string, string>>): Promise<string> {
  const { board } = company.ponte
  if (board === undefined) throw new Error('there is no board')
  const authorization = `Basic ${Buffer.from(`${board.user}:${board.password}`).toString('base64')}`
  const response = await fetch(`${board.url}${address}`, {
    headers: { authorization, origin: board.url },
    ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
  })
  expect(response.status).toBe(200)
  return await response.text()
}

test('on a Cluster, by TLS and as a user with the rights of the docs, a lead comes over, is won and marked, is seen and erased', async () => {
  const email = newEmail()
  const { contact, opportunity } = await company.bring({ name: 'Clara', email })
  await company.crm.win(opportunity.id, 900)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])

  const { name } = company.ponte.tenant
  const held = await Promise.all(servers.map(keysOf))
  expect(held.filter(keys => keys.some(key => key.startsWith(`{${name}}:`)))).toHaveLength(1)

  for (const page of ['/', '/connections']) expect(await readBoard(page)).toContain(name)
  expect(await readBoard('/search', { q: email })).toContain(opportunity.id)
  const metrics = await fetch(`${company.ponte.board?.opsUrl}/metrics`)
  expect(await metrics.text()).toMatch(/^ponte_redis_used_memory_bytes\{process="board"\} [1-9]/m)

  const doctor = await shell.ponte(['doctor', '--json'])
  const { findings }: { findings: { check: string; status: string }[] } = JSON.parse(doctor.stdout)
  const ofRedis = findings.filter(({ check }) => check.startsWith('redis'))
  expect(ofRedis.length).toBeGreaterThan(2)
  expect(ofRedis.filter(({ status }) => status !== 'ok')).toEqual([])

  const erased = await shell.ponte(['erase', '--email', email, '--yes', '--json'])
  expect(erased).toMatchObject({ code: 0 })
  expect(JSON.parse(erased.stdout)).toMatchObject({ appendOnlyFileRewritten: true })
  expect(await find(email)).toEqual([])
})

test('of tenants on different servers, each one has its queues watched', async () => {
  const state = openConnections().state()
  const unreadable = { leads: [{ id: 5 }] }
  for (const { rdStationUrl, tokens } of company.ponte.tenants) {
    const send = () =>
      fetch(`${rdStationUrl}?token=${tokens.rdStation}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(unreadable),
      })
    await sendUntilAccepted(send)
  }
  // The worker of a quarantine waits on no connection: it is woken by who looks at all queues.
  const failed = () =>
    Promise.all(company.ponte.tenants.map(({ name }) => state.zcard(`{${name}}:${name}.quarantine:failed`)))
  await expect.poll(failed).toEqual(company.ponte.tenants.map(() => 1))
})

/** The connections that a worker opens, in this process, under a name of their own. */
function openConnections(): RedisConnections {
  const nodes = cluster.members.map(({ port }) => ({ host: '127.0.0.1', port }))
  const log = createLogger({ level: 'silent', process: 'test' })
  const { REDIS_USERNAME: username, REDIS_PASSWORD: password } = redisUser
  const connections = openRedis({ kind: 'cluster', nodes, username, password, tls: true }, log)
  onTestFinished(connections.close)
  return connections
}

/** How many connections the servers have. */
async function countConnections(): Promise<number> {
  const lists = await Promise.all(servers.map(server => server.client('LIST')))
  return lists
    .join('')
    .split('\n')
    .filter(line => line !== '').length
}

test('a worker has two connections for each of its tenants, and at most four for each primary', async () => {
  const before = await countConnections()
  const connections = openConnections()
  const tenants = Array.from({ length: 20 }, (_, index) => `{tenant-${index}}`)
  const clients = [connections.worker(), connections.state(), connections.state()]
  await Promise.all(clients.flatMap(client => tenants.map(tenant => client.get(`${tenant}:ponte:any`))))
  const waiting = tenants.flatMap(tenant =>
    ['one', 'two'].map(kind => connections.waiting({ name: tenant, key: `${tenant}:${kind}` })),
  )
  onTestFinished(() => waiting.forEach(each => each.disconnect()))
  await Promise.all(waiting.map(each => each.ping()))
  const most = 2 * tenants.length + 4 * servers.length
  // Some that find out who has which slot end at once.
  await expect.poll(async () => (await countConnections()) - before).toBeLessThanOrEqual(most)
})

test('a connection that waits for jobs follows its key to another server', async () => {
  const key = '{moving}:marker'
  const connections = openConnections()
  const state = connections.state()
  const waiting = connections.waiting({ name: '{moving}', key })
  onTestFinished(() => waiting.disconnect())
  waiting.options.socketTimeout = 63_000
  const job = waiting.bzpopmin(key, 60)
  // Nobody waits for it when the test fails before.
  job.catch(() => undefined)
  const from = await cluster.primaryOf(key)
  const portOf = (): number | undefined => waiting.stream?.remotePort
  await expect.poll(portOf, patience).toBe(from.port)
  const to = await cluster.moveSlotOf(key)
  await expect.poll(portOf, patience).toBe(to.port)
  await state.zadd(key, 1, 'job')
  expect(await job).toEqual([key, 'job', '1'])
})

test('a scan reads every server, and a setting that differs on one of them is named', async () => {
  const state = openConnections().state()
  const keys = Array.from({ length: 30 }, (_, index) => `{scanned-${index}}:ponte:any`)
  await Promise.all(keys.map(key => state.set(key, '1')))
  const found: string[] = []
  for await (const batch of scanKeys(state, '{scanned-*}:*')) found.push(...batch)
  expect(found.toSorted()).toEqual(keys.toSorted())

  const [server] = servers
  expect(await checkRedis(state)).toEqual({ answers: true, warnings: [] })
  await server?.config('SET', 'appendfsync', 'everysec')
  const { warnings } = await checkRedis(state)
  await server?.config('SET', 'appendfsync', 'always')
  expect(warnings).toEqual([expect.stringMatching(/appendfsync .*everysec/)])
})
