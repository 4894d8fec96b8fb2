import { createLogger, openProducerRedis } from '@ponte/runtime'
import { readOpenBreakers } from '@ponte/state'
import type { Call, FaultOrder } from '@ponte/testbed'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { firstOf } from '../support/long-run.ts'
import { announceAll, bringMany, expectAllMarked } from '../support/marks/many-people.ts'
import { openQueueView, type QueueView } from '../support/queue-view.ts'

const redis = openProducerRedis(inject('redisUrl'), createLogger({ level: 'silent', process: 'test' }))
let company: Company
let view: QueueView
let before: number
beforeAll(async () => {
  company = await shareCompany('circuit-breaker', { workflows: false })
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

const untilOpen = (breaker: object) =>
  expect
    .poll(() => readOpenBreakers(redis, company.ponte.tenant.name), patience)
    .toEqual([expect.objectContaining(breaker)])

/** The jobs that were under way have ended: what comes after this call are probes. */
async function lastCallOf(system: Call['system']): Promise<number> {
  await expect.poll(() => view.queues[system].getActiveCount(), patience).toBe(0)
  return await company.numberOfLastCall()
}

/** Milliseconds between each call and the one before. */
const pausesBetween = (calls: readonly Call[]): number[] =>
  calls.slice(1).map(({ at }, index) => Date.parse(at) - Date.parse(calls[index]?.at ?? ''))

/** Each opportunity is there once, and marked once. */
async function expectAllDone(people: readonly { uuid: string }[]): Promise<void> {
  for (const person of people)
    await expect.poll(async () => (await company.opportunitiesOf(person)).length, patience).toBe(1)
  await view.untilQuiet()
  for (const kind of ['totvs-crm', 'rd-station'] as const) expect(await view.failed(kind)).toEqual([])
  expect(await readOpenBreakers(redis, company.ponte.tenant.name)).toEqual([])
}

const outages: readonly [what: string, fault: Omit<FaultOrder, 'system' | 'times'>, kind: object][] = [
  ['answers nothing but gateway pages', { kind: 'html' }, {}],
  [
    'answers every question and refuses every change',
    { kind: 'status', status: 500, match: { action: 'create' } },
    { kind: 'write' },
  ],
]

test.each(firstOf(1, outages))(
  'TOTVS CRM %s for longer than all attempts last: no lead fails, one job at a time asks, and all arrive once afterwards',
  async (_what, fault, kind) => {
    const people = await Promise.all(
      Array.from({ length: 8 }, () => company.convert({ name: 'Fora do Ar', email: newEmail() })),
    )
    before = await company.numberOfLastCall()
    await company.sandbox.addFault({ ...fault, system: 'totvs-crm', times: 'forever' })
    await Promise.all(people.map(person => company.deliver(person)))
    await untilOpen({ system: 'totvs-crm', reason: 'down', code: 'CRM_UNAVAILABLE', ...kind })
    const opened = await lastCallOf('totvs-crm')
    // All attempts of a job would be over by then.
    const probesMade = () => company.sandbox.calls({ system: 'totvs-crm', after: opened })
    await expect.poll(async () => (await probesMade()).length, patience).toBeGreaterThan(4)
    expect(await view.failed('totvs-crm')).toEqual([])
    if (fault.kind === 'html') expect(Math.min(...pausesBetween(await probesMade()))).toBeGreaterThan(250)
    await company.sandbox.clearFaults()
    await expectAllDone(people)
  },
)

test('marks go on while TOTVS CRM answers questions and lets every new lead time out', async () => {
  const brought = await bringMany(company, 3)
  const match = { action: 'create' }
  await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'status', status: 504, times: 'forever' })
  const late = await company.convert({ name: 'Demora', email: newEmail() })
  await company.deliver(late)
  const isOpen = { system: 'totvs-crm', reason: 'down', kind: 'write' }
  await untilOpen(isOpen)
  await announceAll(company, brought)
  await expectAllMarked(company, brought)
  await untilOpen(isOpen)
  await company.sandbox.clearFaults()
  await expectAllDone([late])
})

/** Long enough for a busy machine to look at it meanwhile. */
const ASKED_MS = 4000

test('429 for the account stops all calls to RD Station for as long as it asks, and spends no attempt', async () => {
  const brought = await bringMany(company, 4)
  await view.untilQuiet()
  before = await company.numberOfLastCall()
  await company.sandbox.addFault({
    ...{ system: 'rd-station', match: { path: '/platform/events' }, kind: 'status', status: 429 },
    headers: { 'retry-after-quotas': String(ASKED_MS / 1000) },
  })
  await announceAll(company, brought.slice(0, 1))
  await untilOpen({ system: 'rd-station', reason: 'throttled', code: 'RD_QUOTA_EXCEEDED' })
  await lastCallOf('rd-station')
  await announceAll(company, brought.slice(1))
  await expectAllMarked(company, brought)
  const calls = await callsTo('rd-station')
  const refused = calls.findIndex(({ status }) => status === 429)
  expect(pausesBetween(calls)[refused]).toBeGreaterThanOrEqual(ASKED_MS - 100)
  const jobs = await Promise.all(brought.map(({ opportunity }) => view.endedJob('rd-station', opportunity.id)))
  expect(jobs.map(({ attempts }) => attempts)).toEqual(brought.map(() => 1))
})
