import { randomBytes } from 'node:crypto'
import { createLogger, openProducerRedis } from '@ponte/runtime'
import { readOpenBreakers, refusalsKey, stateKey } from '@ponte/state'
import { type Call, startPonte, startSandbox } from '@ponte/testbed'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany, startCompany, swift } from '../support/company.ts'
import { openGate } from '../support/servers/gate.ts'
import { openQueueView } from '../support/queue-view.ts'

const redisUrl = inject('redisUrl')
const env = { PONTE_SECRET_KEY: randomBytes(32).toString('base64') }
const redis = openProducerRedis(redisUrl, createLogger({ level: 'silent', process: 'test' }))
afterAll(() => redis.disconnect())

function follow(company: Company) {
  const view = openQueueView(redisUrl, company.ponte.tenant.name)
  const people: { readonly uuid: string }[] = []
  return {
    view,
    people,
    async deliver(count: number): Promise<void> {
      for (let i = 0; i < count; i++) {
        const person = await company.convert({ name: 'Senha', email: newEmail() })
        people.push(person)
        await company.deliver(person)
      }
    },
    /** Nothing has failed, and each person has one opportunity. */
    async expectAllArrived(): Promise<void> {
      const counts = () => Promise.all(people.map(async person => (await company.opportunitiesOf(person)).length))
      await expect.poll(counts, patience).toEqual(people.map(() => 1))
      const jobs = await Promise.all(people.map(({ uuid }) => view.endedJob('totvs-crm', uuid)))
      expect(jobs.map(({ state, attempts }) => [state, attempts])).toEqual(people.map(() => ['completed', 1]))
      expect(await view.failed('totvs-crm')).toEqual([])
      expect(await readOpenBreakers(redis, company.ponte.tenant.name)).toEqual([])
    },
    async stop(): Promise<void> {
      await view.close()
      await company.stop()
    },
  }
}

const loginsOf = (company: Company, after = 0): Promise<Call[]> => company.sandbox.calls({ path: '/api/login', after })

const untilRefused = (company: Company, system: 'totvs-crm' | 'rd-station', code: string) =>
  expect
    .poll(() => readOpenBreakers(redis, company.ponte.tenant.name), patience)
    .toEqual([expect.objectContaining({ system, reason: 'revoked', code })])

const slow = { failureThreshold: 5, probeSeconds: 300, maxProbeSeconds: 300 }

test.runIf(inject('isLongRun'))(
  'a wrong CRM password for long is a handful of logins with growing pauses, fails nothing, and then all goes through',
  async () => {
    const company = await shareCompany('wrong-password', { workflows: false })
    const { view, deliver, expectAllArrived, stop } = follow(company)
    onTestFinished(stop)
    await company.crm.change({ password: 'another-password' })
    await deliver(10)
    await untilRefused(company, 'totvs-crm', 'CRM_LOGIN_REJECTED')
    await expect.poll(async () => (await loginsOf(company)).length, patience).toBeGreaterThanOrEqual(4)
    const logins = (await loginsOf(company)).slice(0, 4)
    expect(logins.map(({ status }) => status)).toEqual([401, 401, 401, 401])
    const at = logins.map(login => Date.parse(login.at))
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0))
    for (const [index, least] of [450, 1950, 2950].entries()) expect(pauses[index]).toBeGreaterThan(least)
    expect(await view.failed('totvs-crm')).toEqual([])
    await company.crm.change({ password: 'demo-password' })
    await expectAllArrived()
  },
)

test.runIf(inject('isLongRun'))(
  'another password in the tenants file and a restart end the wait at once, also while old workers still run',
  async () => {
    const company = await startCompany({ workers: 2, workflows: false, env, tenant: { circuitBreaker: slow } })
    const { deliver, expectAllArrived, stop } = follow(company)
    onTestFinished(stop)
    await company.crm.change({ password: 'another-password' })
    await deliver(6)
    await untilRefused(company, 'totvs-crm', 'CRM_LOGIN_REJECTED')
    expect(await loginsOf(company)).toHaveLength(1)

    const restarted = { ...swift, circuitBreaker: slow, totvsCrm: { password: 'another-password' } }
    const newer = await startPonte({
      redisUrl,
      sandboxUrl: company.sandbox.baseUrl,
      tenants: { [company.ponte.tenant.name]: restarted },
      env,
    })
    onTestFinished(() => newer.stop())
    await expectAllArrived()
    // One of the new password; the old workers found out once more, at most.
    const statuses = (await loginsOf(company)).map(({ status }) => status)
    expect(statuses.filter(status => status === 200)).toHaveLength(1)
    expect(statuses.length).toBeLessThanOrEqual(3)
  },
)

test.runIf(inject('isLongRun'))(
  'a worker that is started while Redis is away says which credentials it has once Redis is back',
  async () => {
    const gate = await openGate()
    gate.pointAt(redisUrl)
    await gate.close()
    onTestFinished(() => gate.close())
    const sandbox = await startSandbox()
    onTestFinished(async () => {
      await sandbox.stop()
    })
    const name = `t-${crypto.randomUUID().slice(0, 8)}`
    const starting = startPonte({
      redisUrl: gate.url.replace('http:', 'redis:'),
      sandboxUrl: sandbox.url,
      tenants: { [name]: swift },
    })
    onTestFinished(async () => {
      await (await starting).stop()
    })
    const since = Date.now()
    await expect.poll(() => Date.now() - since, patience).toBeGreaterThan(6000)
    await gate.open()
    await starting
    for (const system of ['totvs-crm', 'rd-station'] as const)
      await expect.poll(() => redis.hget(refusalsKey(name, system), 'newest'), patience).toEqual(expect.any(String))
  },
)

describe('a company whose credentials are right at first', () => {
  let company: Company
  let followed: ReturnType<typeof follow>
  beforeAll(async () => {
    company = await shareCompany('right-credentials', { workflows: false })
    followed = follow(company)
  })
  afterAll(() => followed.stop())

  test('the workers of a tenant share one session, where the CRM ends a session with the next login of its user', async () => {
    const { deliver, expectAllArrived } = followed
    await company.crm.change({ settings: { oneSessionPerUser: true } })
    await deliver(12)
    await expectAllArrived()
    expect((await loginsOf(company)).map(({ status }) => status)).toEqual([200])
    await company.crm.expireSessions()
    await deliver(12)
    await expectAllArrived()
    expect((await loginsOf(company)).map(({ status }) => status)).toEqual([200, 200])
    await company.crm.change({ settings: { oneSessionPerUser: false } })
  })

  test('a session that the CRM refuses right after each login holds its jobs and spends no attempt', async () => {
    const { view, deliver, expectAllArrived } = followed
    const before = await company.numberOfLastCall()
    const match = { resource: 'leads-integration' }
    await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'status', status: 401, times: 'forever' })
    await deliver(4)
    await untilRefused(company, 'totvs-crm', 'CRM_UNAUTHORIZED')
    await expect.poll(async () => (await loginsOf(company, before)).length, patience).toBeGreaterThanOrEqual(3)
    expect(await view.failed('totvs-crm')).toEqual([])
    await company.sandbox.clearFaults()
    await expectAllArrived()
  })

  test('an access token that RD Station refuses right after each renewal holds its jobs and spends no attempt', async () => {
    const { view } = followed
    const { contact, opportunity } = await company.bring({ name: 'Com Token', email: newEmail() })
    const match = { path: '/platform/contacts' }
    await company.sandbox.addFault({ system: 'rd-station', match, kind: 'status', status: 401, times: 'forever' })
    await company.announce('created', opportunity.id)
    await untilRefused(company, 'rd-station', 'RD_UNAUTHORIZED')
    expect(await view.failed('rd-station')).toEqual([])
    await company.sandbox.clearFaults()
    await company.untilMarks(contact, ['OPPORTUNITY'])
    expect(await view.endedJob('rd-station', opportunity.id)).toMatchObject({ state: 'completed', attempts: 1 })
  })

  test('a refused credential is known in Redis by a fingerprint only, and the shared session is encrypted and has an end', async () => {
    const { deliver, expectAllArrived } = followed
    await deliver(1)
    await expectAllArrived()
    await company.crm.change({ password: 'another-password' })
    await company.crm.expireSessions()
    await deliver(1)
    await untilRefused(company, 'totvs-crm', 'CRM_LOGIN_REJECTED')
    const own = (name: string) => stateKey(company.ponte.tenant.name, name)
    const keys = [...(await redis.keys(own('refused:*'))), ...(await redis.keys(own('crm-session:*')))]
    expect(keys.length).toBeGreaterThanOrEqual(2)
    for (const key of keys) {
      const text = key.includes('refused') ? JSON.stringify(await redis.hgetall(key)) : await redis.get(key)
      expect(`${key} ${text}`).not.toMatch(/password|ponte@demo|JSESSIONID/)
      expect(await redis.pttl(key)).toBeGreaterThan(0)
    }
  })
})
