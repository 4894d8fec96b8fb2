import { createLogger, openProducerRedis } from '@ponte/runtime'
import { readOpenBreakers } from '@ponte/state'
import type { Call } from '@ponte/testbed'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { announceAll, bringMany, expectAllMarked } from '../support/marks/many-people.ts'
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

/** Long enough for a busy machine to look at it meanwhile. */
const ASKED_MS = 8000
const ASKED_S = String(ASKED_MS / 1000)

const callsTo = (system: Call['system']): Promise<Call[]> => company.sandbox.calls({ system, after: before })

/** The job that was refused has told all workers of it. */
async function untilRefused(system: Call['system'], status: number): Promise<void> {
  await expect.poll(async () => (await callsTo(system)).some(call => call.status === status), patience).toBe(true)
  await expect.poll(() => view.queues[system].getActiveCount(), patience).toBe(0)
}

/** Milliseconds from the call that was refused to the next one, of those that hold the text. */
async function pauseAfter(system: Call['system'], status: number, text = ''): Promise<number> {
  const calls = (await callsTo(system)).filter(({ body }) => text === '' || JSON.stringify(body ?? '').includes(text))
  const refused = calls.findIndex(call => call.status === status)
  const [one, next] = calls.slice(refused).map(({ at }) => Date.parse(at))
  return (next ?? Infinity) - (one ?? NaN)
}

const openBreakers = () => readOpenBreakers(redis, company.ponte.tenant.name)

test.each(
  firstOf(1, [
    ['retry-after-quotas', { headers: { 'retry-after-quotas': ASKED_S } }],
    ['Retry-After', { headers: { 'retry-after': ASKED_S } }],
    [
      'remaining_time',
      {
        body: { error: "'account_limiter' rate limit exceeded", max: 120, usage: 121, remaining_time: ASKED_MS / 1000 },
      },
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
    await announceAll(company, brought.slice(0, 1))
    await untilRefused('rd-station', 429)
    const throttled = { system: 'rd-station', reason: 'throttled', code: 'RD_QUOTA_EXCEEDED' }
    expect(await openBreakers()).toEqual([expect.objectContaining(throttled)])
    await announceAll(company, brought.slice(1))
    await expectAllMarked(company, brought)
    expect(await pauseAfter('rd-station', 429)).toBeGreaterThanOrEqual(ASKED_MS - 100)
    const jobs = await Promise.all(brought.map(({ opportunity }) => view.endedJob('rd-station', opportunity.id)))
    expect(jobs.map(({ attempts }) => attempts)).toEqual(brought.map(() => 1))
  },
)

test('429 for one contact delays only that job, for as long as RD Station asks, and spends no attempt', async () => {
  const brought = await bringMany(company, 4)
  const [limited] = brought
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
  await announceAll(company, brought.slice(0, 1))
  await untilRefused('rd-station', 429)
  // Nothing holds up the others but the turns of the quota, a fraction of a second.
  expect(await openBreakers()).toEqual([])
  expect(await view.queues['rd-station'].getRateLimitTtl()).toBeLessThan(1000)
  await announceAll(company, brought.slice(1))
  await expectAllMarked(company, brought)
  expect(await pauseAfter('rd-station', 429, email)).toBeGreaterThan(3900)
  expect(await view.endedJob('rd-station', limited?.opportunity.id ?? '')).toMatchObject({ attempts: 1 })
})

test.runIf(inject('isLongRun'))(
  '503 with Retry-After stops all calls to TOTVS CRM for as long as it asks, and spends no attempt',
  async () => {
    const people = await Promise.all(
      Array.from({ length: 6 }, () => company.convert({ name: 'Aguardar', email: newEmail() })),
    )
    before = await company.numberOfLastCall()
    const match = { action: 'create', resource: 'leads-integration' }
    const headers = { 'retry-after': ASKED_S }
    await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'status', status: 503, headers })
    const [one, ...others] = people
    await company.deliver(one ?? expect.unreachable())
    await untilRefused('totvs-crm', 503)
    const throttled = { system: 'totvs-crm', reason: 'throttled', code: 'CRM_THROTTLED' }
    expect(await openBreakers()).toEqual([expect.objectContaining(throttled)])
    await Promise.all(others.map(person => company.deliver(person)))
    const jobs = await Promise.all(people.map(({ uuid }) => view.endedJob('totvs-crm', uuid)))
    expect(jobs.map(({ attempts }) => attempts)).toEqual(people.map(() => 1))
    expect(await pauseAfter('totvs-crm', 503)).toBeGreaterThanOrEqual(ASKED_MS - 100)
  },
)
