import { createLogger, openProducerRedis } from '@ponte/runtime'
import { readOpenBreakers, stateKey } from '@ponte/state'
import type { Call } from '@ponte/testbed'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { openQueueView, type QueueView } from '../support/queue-view.ts'

const redisUrl = inject('redisUrl')
const redis = openProducerRedis(redisUrl, createLogger({ level: 'silent', process: 'test' }))
const people: { readonly uuid: string }[] = []
let company: Company
let view: QueueView
beforeAll(async () => {
  company = await shareCompany('right-credentials', { workflows: false })
  view = openQueueView(redisUrl, company.ponte.tenant.name)
})
afterAll(async () => {
  await view.close()
  await company.stop()
  redis.disconnect()
})

async function deliver(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const person = await company.convert({ name: 'Senha', email: newEmail() })
    people.push(person)
    await company.deliver(person)
  }
}

/** Nothing has failed, and each person has one opportunity. */
async function expectAllArrived(): Promise<void> {
  const counts = () => Promise.all(people.map(async person => (await company.opportunitiesOf(person)).length))
  await expect.poll(counts, patience).toEqual(people.map(() => 1))
  const jobs = await Promise.all(people.map(({ uuid }) => view.endedJob('totvs-crm', uuid)))
  expect(jobs.map(({ state, attempts }) => [state, attempts])).toEqual(people.map(() => ['completed', 1]))
  expect(await view.failed('totvs-crm')).toEqual([])
  expect(await readOpenBreakers(redis, company.ponte.tenant.name)).toEqual([])
}

const loginsOf = (after = 0): Promise<Call[]> => company.sandbox.calls({ path: '/api/login', after })

const untilRefused = (system: 'totvs-crm' | 'rd-station', code: string) =>
  expect
    .poll(() => readOpenBreakers(redis, company.ponte.tenant.name), patience)
    .toEqual([expect.objectContaining({ system, reason: 'revoked', code })])

test('the workers of a tenant share one session, where the CRM ends a session with the next login of its user', async () => {
  await company.crm.change({ settings: { oneSessionPerUser: true } })
  await deliver(12)
  await expectAllArrived()
  expect((await loginsOf()).map(({ status }) => status)).toEqual([200])
  await company.crm.expireSessions()
  await deliver(12)
  await expectAllArrived()
  expect((await loginsOf()).map(({ status }) => status)).toEqual([200, 200])
  await company.crm.change({ settings: { oneSessionPerUser: false } })
})

test('a session that the CRM refuses right after each login holds its jobs and spends no attempt', async () => {
  const before = await company.numberOfLastCall()
  const match = { resource: 'leads-integration' }
  await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'status', status: 401, times: 'forever' })
  await deliver(4)
  await untilRefused('totvs-crm', 'CRM_UNAUTHORIZED')
  await expect.poll(async () => (await loginsOf(before)).length, patience).toBeGreaterThanOrEqual(3)
  expect(await view.failed('totvs-crm')).toEqual([])
  await company.sandbox.clearFaults()
  await expectAllArrived()
})

test('an access token that RD Station refuses right after each renewal holds its jobs and spends no attempt', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Com Token', email: newEmail() })
  const match = { path: '/platform/contacts' }
  await company.sandbox.addFault({ system: 'rd-station', match, kind: 'status', status: 401, times: 'forever' })
  await company.announce('created', opportunity.id)
  await untilRefused('rd-station', 'RD_UNAUTHORIZED')
  expect(await view.failed('rd-station')).toEqual([])
  await company.sandbox.clearFaults()
  await company.untilMarks(contact, ['OPPORTUNITY'])
  expect(await view.endedJob('rd-station', opportunity.id)).toMatchObject({ state: 'completed', attempts: 1 })
})

test('a refused credential is known in Redis by a fingerprint only, and the shared session is encrypted and has an end', async () => {
  await deliver(1)
  await expectAllArrived()
  await company.crm.change({ password: 'another-password' })
  await company.crm.expireSessions()
  await deliver(1)
  await untilRefused('totvs-crm', 'CRM_LOGIN_REJECTED')
  const own = (name: string) => stateKey(company.ponte.tenant.name, name)
  const keys = [...(await redis.keys(own('refused:*'))), ...(await redis.keys(own('crm-session:*')))]
  expect(keys.length).toBeGreaterThanOrEqual(2)
  for (const key of keys) {
    const text = key.includes('refused') ? JSON.stringify(await redis.hgetall(key)) : await redis.get(key)
    expect(`${key} ${text}`).not.toMatch(/password|ponte@demo|JSESSIONID/)
    expect(await redis.pttl(key)).toBeGreaterThan(0)
  }
})
