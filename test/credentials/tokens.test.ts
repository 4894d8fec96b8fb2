import { randomBytes } from 'node:crypto'
import { readOpenBreakers } from '@ponte/state'
import { type RedisServer, startPonte, startRedis } from '@ponte/testbed'
import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type OwnCompany, patience, startCompany, swift } from '../support/company.ts'
import { announceAll, bringMany, type Brought, expectAllMarked } from '../support/marks/many-people.ts'
import { openQueueView, type QueueView } from '../support/queue-view.ts'
import { openTestRedis, readRedis } from '../support/redis/redis-contents.ts'

// A Redis of its own, so that everything in it is Ponte's.
let server: RedisServer
let redis: Redis
let company: OwnCompany
let view: QueueView
const env = { PONTE_SECRET_KEY: randomBytes(32).toString('base64') }
beforeAll(async () => {
  server = await startRedis()
  redis = openTestRedis(server.url)
  const tenant = { statusRd: { rounds: 1 } }
  company = await startCompany({ workers: 2, workflows: false, redisUrl: server.url, env, tenant })
  view = openQueueView(server.url, company.ponte.tenant.name)
})
afterAll(async () => {
  await view.close()
  await company.stop()
  redis.disconnect()
  await server.stop()
})
afterEach(() => company.sandbox.clearFaults())

const renewalsAfter = async (after: number): Promise<(number | null)[]> =>
  (await company.sandbox.calls({ path: '/auth/token', after })).map(({ status }) => status)

async function bring(count: number): Promise<Brought> {
  const brought = await bringMany(company, count)
  await view.untilQuiet('totvs-crm')
  return brought
}

test('refresh tokens that roll survive renewals, races, a killed worker and a restart', async () => {
  await company.rd.change({ settings: { rollingRefreshTokens: true } })
  for (let round = 1; round <= 4; round++) {
    const brought = await bring(6)
    await company.rd.expireTokens()
    const before = await company.numberOfLastCall()
    await announceAll(company, brought)
    if (round === 2) {
      // Not in the middle of a renewal: a token that only the killed process ever saw is lost to everybody.
      await expect.poll(() => renewalsAfter(before), patience).toEqual([200])
      await expect
        .poll(async () => await redis.exists(`{${company.ponte.tenant.name}}:ponte:lock:rd-tokens`), patience)
        .toBe(0)
      await company.ponte.workers[0]?.kill('SIGKILL')
    }
    await expectAllMarked(company, brought)
    expect(await renewalsAfter(before)).toEqual([200])
    if (round === 3) {
      await Promise.all(company.ponte.workers.map(worker => worker.stop()))
      await company.ponte.startWorker()
      await company.ponte.startWorker()
    }
  }
  expect((await company.rd.state()).isConnected).toBe(true)
  await company.rd.change({ settings: { rollingRefreshTokens: false } })
})

test('a rolling refresh token is kept although Redis dies while it is on its way', async () => {
  await company.rd.change({ settings: { rollingRefreshTokens: true } })
  const [brought] = await bring(1)
  await company.rd.expireTokens()
  const before = await company.numberOfLastCall()
  await company.sandbox.addFault({
    system: 'rd-station',
    match: { path: '/auth/token' },
    kind: 'latency',
    delayMs: 1000,
  })
  await announceAll(company, brought === undefined ? [] : [brought])
  await expect.poll(() => renewalsAfter(before), patience).toHaveLength(1)
  await server.kill()
  await expect.poll(() => renewalsAfter(before), patience).toEqual([200])
  const since = Date.now()
  await expect.poll(() => Date.now() - since, patience).toBeGreaterThan(6000)
  await server.restart()
  await expectAllMarked(company, brought === undefined ? [] : [brought])
  expect((await company.rd.state()).isConnected).toBe(true)
  await company.rd.change({ settings: { rollingRefreshTokens: false } })
})

test('Redis never holds a token or a password in clear', async () => {
  const entries = await readRedis(redis)
  expect(entries.length).toBeGreaterThan(50)
  expect(entries.map(({ key }) => key)).toContain(`{${company.ponte.tenant.name}}:ponte:rd-tokens`)
  const secret = /(?:access|refresh)-[0-9a-f]{8}-|demo-(?:refresh|secret|password)|JSESSIONID|Bearer/i
  for (const { key, text } of entries) {
    expect(key).not.toMatch(secret)
    expect(text, key).not.toMatch(secret)
    for (const token of Object.values(company.ponte.tenant.tokens)) expect(text, key).not.toContain(token)
    expect(text, key).not.toContain(env.PONTE_SECRET_KEY)
  }
})

const startWithRefreshToken = (refreshToken: string) =>
  startPonte({
    redisUrl: server.url,
    sandboxUrl: company.sandbox.baseUrl,
    tenants: { [company.ponte.tenant.name]: { ...swift, rdStation: { ...swift.rdStation, refreshToken } } },
    env,
  })

test('a new refresh token in the tenants file and a restart bring a revoked account back at once', async () => {
  await company.rd.revokeTokens()
  await Promise.all(company.ponte.workers.map(worker => worker.stop()))
  await company.ponte.startWorker()
  const [brought] = await bring(1)
  await announceAll(company, brought === undefined ? [] : [brought])
  await expect
    .poll(() => readOpenBreakers(redis, company.ponte.tenant.name), patience)
    .toMatchObject([{ reason: 'revoked', code: 'RD_TOKEN_REVOKED' }])
  await Promise.all(company.ponte.workers.map(worker => worker.stop()))
  await company.rd.change({ refreshToken: 'connected-anew' })
  const again = await startWithRefreshToken('connected-anew')
  try {
    await expectAllMarked(company, brought === undefined ? [] : [brought])
    expect(await view.endedJob('rd-station', brought?.opportunity.id ?? '')).toMatchObject({ attempts: 1 })
  } finally {
    await again.stop()
  }
})
