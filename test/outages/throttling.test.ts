import { createLogger, openProducerRedis } from '@ponte/runtime'
import { readOpenBreakers } from '@ponte/state'
import type { Call } from '@ponte/testbed'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { announceAll, bringMany, expectAllMarked } from '../support/many-people.ts'
import { openQueueView, type QueueView } from '../support/queue-view.ts'
import { firstOf } from '../support/long-run.ts'

const redis = openProducerRedis(inject('redisUrl'), createLogger({ level: 'silent', process: 'test' }))
let company: Company
let view: QueueView
let before: number
beforeAll(async () => {
  company = await shareCompany('throttling', { workflows: false })
  view = openQueueView(inject('redisUrl'), company.ponte.tenant.name)
})
afterAll(async () => {
  await view.close()
  await company.stop()
  redis.disconnect()
})
beforeEach(async () => {
  before = await company.numberOfLastCall()
})
afterEach(() => company.sandbox.clearFaults())

const callsTo = (system: Call['system']): Promise<Call[]> => company.sandbox.calls({ system, after: before })

const openBreakers = () => readOpenBreakers(redis, company.ponte.tenant.name)

test.each(
  firstOf(1, [
    ['retry-after-quotas', { headers: { 'retry-after-quotas': '3' } }],
    ['Retry-After', { headers: { 'retry-after': '3' } }],
    [
      'remaining_time',
      { body: { error: "'account_limiter' rate limit exceeded", max: 120, usage: 121, remaining_time: 3 } },
    ],
  ]),
)(
  '429 for the account stops all calls to RD Station for as long as %s asks, and spends no attempt',
  async (_how, answer) => {
    const brought = await bringMany(company, 6)
    await view.untilQuiet()
    before = await company.numberOfLastCall()
    const match = { path: '/platform/events' }
    await company.sandbox.addFault({ system: 'rd-station', match, kind: 'status', status: 429, ...answer })
    await announceAll(company, brought)
    await expect
      .poll(() => openBreakers(), patience)
      .toEqual([expect.objectContaining({ system: 'rd-station', reason: 'throttled', code: 'RD_QUOTA_EXCEEDED' })])
    await expectAllMarked(company, brought)
    const calls = await callsTo('rd-station')
    const refused = Date.parse(calls.find(({ status }) => status === 429)?.at ?? '')
    const later = calls.map(({ at }) => Date.parse(at) - refused).filter(after => after > 150)
    expect(Math.min(...later)).toBeGreaterThanOrEqual(2900)
    const jobs = await Promise.all(brought.map(({ opportunity }) => view.endedJob('rd-station', opportunity.id)))
    expect(jobs.map(({ attempts }) => attempts)).toEqual(brought.map(() => 1))
  },
)

test('429 for one contact delays only that job, for as long as RD Station asks, and spends no attempt', async () => {
  const brought = await bringMany(company, 4)
  const [limited, ...others] = brought
  const email = limited?.contact.email ?? ''
  await company.sandbox.addFault({
    system: 'rd-station',
    match: { path: '/platform/events', body: email },
    kind: 'status',
    status: 429,
    body: {
      error: `'lead_limiter' rate limit exceeded for 86400 second(s) period for key '${email}'`,
      max: 24,
      usage: 25,
      remaining_time: 4,
    },
  })
  const since = Date.now()
  await announceAll(company, brought)
  await expectAllMarked(company, others)
  expect(await company.marksOf(limited?.contact ?? { uuid: '' })).toEqual([])
  expect(await openBreakers()).toEqual([])
  await expectAllMarked(company, brought)
  expect(Date.now() - since).toBeGreaterThan(3900)
  expect(await view.endedJob('rd-station', limited?.opportunity.id ?? '')).toMatchObject({ attempts: 1 })
})

test('503 with Retry-After stops all calls to TOTVS CRM for as long as it asks, and spends no attempt', async () => {
  const people = await Promise.all(
    Array.from({ length: 6 }, () => company.convert({ name: 'Aguardar', email: newEmail() })),
  )
  before = await company.numberOfLastCall()
  const match = { action: 'create', resource: 'leads-integration' }
  const headers = { 'retry-after': '3' }
  await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'status', status: 503, headers })
  await Promise.all(people.map(person => company.deliver(person)))
  await expect
    .poll(() => openBreakers(), patience)
    .toEqual([expect.objectContaining({ system: 'totvs-crm', reason: 'throttled', code: 'CRM_THROTTLED' })])
  const jobs = await Promise.all(people.map(({ uuid }) => view.endedJob('totvs-crm', uuid)))
  expect(jobs.map(({ attempts }) => attempts)).toEqual(people.map(() => 1))
  const calls = await callsTo('totvs-crm')
  const refused = Date.parse(calls.find(({ status }) => status === 503)?.at ?? '')
  const later = calls.map(({ at }) => Date.parse(at) - refused).filter(after => after > 150)
  expect(Math.min(...later)).toBeGreaterThanOrEqual(2900)
})
