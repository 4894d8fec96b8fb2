import { openProducerRedis, createLogger } from '@ponte/runtime'
import { readOpenBreakers } from '@ponte/state'
import type { Call, TenantOverrides } from '@ponte/testbed'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { type OwnCompany, newEmail, patience, startCompany, swift } from '../support/company.ts'
import { openGate } from '../support/servers/gate.ts'
import { announceAll, bringMany, expectAllMarked, pausesBetween } from '../support/marks/many-people.ts'
import { openQueueView, type QueueView } from '../support/queue-view.ts'
import { firstOf } from '../support/long-run.ts'

const redis = openProducerRedis(inject('redisUrl'), createLogger({ level: 'silent', process: 'test' }))
let gate: Awaited<ReturnType<typeof openGate>>
let company: OwnCompany
let view: QueueView
let before: number
beforeAll(async () => {
  gate = await openGate()
  const circuitBreaker = { ...swift.circuitBreaker, maxProbeSeconds: 0.5 }
  const tenant = (sandboxUrl: string): TenantOverrides => {
    const rd = `${gate.url}${new URL(sandboxUrl).pathname}/rd`
    return { rdStation: { ...swift.rdStation, baseUrl: rd, tokenUrl: `${rd}/auth/token` }, circuitBreaker }
  }
  company = await startCompany({ workers: 2, workflows: false, tenant })
  gate.pointAt(company.sandbox.baseUrl)
  view = openQueueView(inject('redisUrl'), company.ponte.tenant.name)
})
afterAll(async () => {
  await view.close()
  await company.stop()
  await gate.close()
  redis.disconnect()
})
beforeEach(async () => {
  before = await company.numberOfLastCall()
})
afterEach(() => company.sandbox.clearFaults())

const callsTo = (system: Call['system'], of = company, after = before): Promise<Call[]> =>
  of.sandbox.calls({ system, after })

const openBreakers = (of: OwnCompany) => readOpenBreakers(redis, of.ponte.tenant.name)

/** Lines that the workers' logs have for a sentence. */
const linesOf = (of: OwnCompany, sentence: string): string[] =>
  of.ponte.workers.flatMap(({ output }) => output().split('\n')).filter(line => line.includes(`"${sentence}`))

/** The last call of the jobs that were under way when the breaker opened: what comes after it are probes. */
async function whenOpened(system: Call['system']): Promise<number> {
  await expect.poll(() => view.queues[system].getActiveCount(), patience).toBe(0)
  return await company.numberOfLastCall()
}

/** Long enough for every attempt that the settings give (3, within a second), several times over. */
const OUTAGE_MS = 2000
const longOutage = async (since: number): Promise<void> =>
  expect.poll(() => Date.now() - since, { interval: 100 }).toBeGreaterThan(OUTAGE_MS)

test.runIf(inject('isLongRun')).each([
  ['answers 503', 'RD_UNAVAILABLE'],
  ['refuses every connection', 'RD_UNREACHABLE'],
])(
  'RD Station %s for longer than all attempts last: nothing fails, one job at a time asks, and all is marked afterwards',
  async (how, code) => {
    // An access token that is there already: its renewal would make the jobs stand in line.
    const early = await bringMany(company, 1)
    await announceAll(company, early)
    await expectAllMarked(company, early)
    const brought = await bringMany(company, 12)
    await view.untilQuiet()
    const [openedBefore, endsBefore] = [
      linesOf(company, 'a circuit breaker opened').length,
      linesOf(company, 'a circuit breaker closed').length,
    ]
    before = await company.numberOfLastCall()
    const isDown = how.startsWith('answers')
    if (isDown) await company.sandbox.addFault({ system: 'rd-station', kind: 'status', status: 503, times: 'forever' })
    else await gate.close()
    const since = Date.now()
    await announceAll(company, brought)
    await expect
      .poll(() => openBreakers(company), patience)
      .toEqual([expect.objectContaining({ system: 'rd-station', reason: 'down', code })])
    const opened = await whenOpened('rd-station')
    await longOutage(since)
    expect(await view.failed('rd-station')).toEqual([])
    expect(linesOf(company, 'a circuit breaker opened').length - openedBefore).toBe(1)
    if (isDown) {
      const probesMade = () => callsTo('rd-station', company, opened)
      await expect.poll(async () => (await probesMade()).length, patience).toBeGreaterThan(3)
      const probes = await probesMade()
      // The first pause is 300 ms, and they grow to half a second.
      expect(Math.min(...pausesBetween(probes))).toBeGreaterThan(250)
    }

    if (isDown) await company.sandbox.clearFaults()
    else await gate.open()
    await expectAllMarked(company, brought)
    await view.untilQuiet()
    expect(await openBreakers(company)).toEqual([])
    expect(await view.failed('rd-station')).toEqual([])
    await expect.poll(() => linesOf(company, 'a circuit breaker closed').length - endsBefore, patience).toBe(1)
  },
)

test.runIf(inject('isLongRun'))(
  'one job alone outlives an outage too, although it has fewer attempts than open a breaker',
  async () => {
    const [only, ...none] = await bringMany(company, 1)
    expect(none).toEqual([])
    await company.sandbox.addFault({ system: 'rd-station', kind: 'status', status: 502, times: 'forever' })
    const since = Date.now()
    await company.announce('created', only?.opportunity.id ?? '')
    await longOutage(since)
    expect(await view.failed('rd-station')).toEqual([])
    await company.sandbox.clearFaults()
    await company.untilMarks(only?.contact ?? { uuid: '' }, ['OPPORTUNITY'])
  },
)

test('TOTVS CRM is down for longer than all attempts last: no lead fails, and all arrive once afterwards', async () => {
  const people = await Promise.all(
    Array.from({ length: 12 }, () => company.convert({ name: 'Fora do Ar', email: newEmail() })),
  )
  before = await company.numberOfLastCall()
  await company.sandbox.addFault({ system: 'totvs-crm', kind: 'html', times: 'forever' })
  const since = Date.now()
  await Promise.all(people.map(person => company.deliver(person)))
  await expect
    .poll(() => openBreakers(company), patience)
    .toEqual([expect.objectContaining({ system: 'totvs-crm', reason: 'down', code: 'CRM_UNAVAILABLE' })])
  const opened = await whenOpened('totvs-crm')
  await longOutage(since)
  expect(await view.failed('totvs-crm')).toEqual([])
  const probesMade = () => callsTo('totvs-crm', company, opened)
  await expect.poll(async () => (await probesMade()).length, patience).toBeGreaterThan(1)
  const probes = await probesMade()
  expect(Math.min(...pausesBetween(probes))).toBeGreaterThan(250)

  await company.sandbox.clearFaults()
  for (const person of people)
    await expect.poll(async () => (await company.opportunitiesOf(person)).length, patience).toBe(1)
  await view.untilQuiet()
  expect((await company.leads()).filter(({ name }) => name === 'Fora do Ar')).toHaveLength(12)
  expect(await view.failed('totvs-crm')).toEqual([])
})

test.each(
  firstOf(1, [
    ['gateway errors', 503],
    ['errors of its own', 500],
  ]),
)(
  'TOTVS CRM answers every question and refuses every change with %s: the breaker opens, nothing fails, and all arrives once',
  async (_what, status) => {
    const people = await Promise.all(
      Array.from({ length: 8 }, () => company.convert({ name: 'Meio Fora', email: newEmail() })),
    )
    const match = { action: 'create' }
    await company.sandbox.addFault({ system: 'totvs-crm', kind: 'status', status, match, times: 'forever' })
    const since = Date.now()
    await Promise.all(people.map(person => company.deliver(person)))
    await expect
      .poll(() => openBreakers(company), patience)
      .toEqual([expect.objectContaining({ system: 'totvs-crm', reason: 'down', code: 'CRM_UNAVAILABLE' })])
    await longOutage(since)
    expect(await view.failed('totvs-crm')).toEqual([])

    await company.sandbox.clearFaults()
    for (const person of people)
      await expect.poll(async () => (await company.opportunitiesOf(person)).length, patience).toBe(1)
    for (const person of people) expect(await company.leadOf(person)).toBeDefined()
    await view.untilQuiet()
    expect(await openBreakers(company)).toEqual([])
    expect(await view.failed('totvs-crm')).toEqual([])
  },
)

test.runIf(inject('isLongRun'))(
  'RD Station finds every contact and refuses every event: the breaker opens, nothing fails, and all is marked once',
  async () => {
    const brought = await bringMany(company, 8)
    const match = { path: '/platform/events' }
    await company.sandbox.addFault({ system: 'rd-station', kind: 'status', status: 500, match, times: 'forever' })
    const since = Date.now()
    await announceAll(company, brought)
    await expect
      .poll(() => openBreakers(company), patience)
      .toEqual([expect.objectContaining({ system: 'rd-station', reason: 'down', code: 'RD_UNAVAILABLE' })])
    await longOutage(since)
    expect(await view.failed('rd-station')).toEqual([])
    await company.sandbox.clearFaults()
    await expectAllMarked(company, brought)
    await view.untilQuiet()
    expect(await openBreakers(company)).toEqual([])
  },
)

test('one job that always meets a 500 fails after its attempts and opens no breaker, alone or while others go through', async () => {
  const openedBefore = linesOf(company, 'a circuit breaker opened').length
  await company.sandbox.addFault({
    system: 'totvs-crm',
    match: { action: 'create', body: 'Veneno' },
    kind: 'status',
    status: 500,
    times: 'forever',
  })
  const expectFailed = async ({ uuid }: { uuid: string }): Promise<void> => {
    expect(await view.endedJob('totvs-crm', uuid)).toMatchObject({
      state: 'failed',
      attempts: 3,
      failedReason: expect.stringMatching(/^CRM_UNAVAILABLE: /),
    })
  }
  const alone = await company.convert({ name: 'Veneno', email: newEmail() })
  await company.deliver(alone)
  await expectFailed(alone)
  const among = await company.convert({ name: 'Veneno', email: newEmail() })
  await company.deliver(among)
  expect(await bringMany(company, 8)).toHaveLength(8)
  await expectFailed(among)
  expect(linesOf(company, 'a circuit breaker opened').length).toBe(openedBefore)
})

test.runIf(inject('isLongRun'))(
  'two conversions of one person whose lead TOTVS CRM always fails on count once: they fail, and open no breaker',
  async () => {
    const match = { action: 'create', body: 'Veneno' }
    await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'status', status: 500, times: 'forever' })
    const person = await company.convert({ name: 'Veneno', email: newEmail() })
    await company.deliver(person)
    await company.deliver(await company.rd.convert(person.uuid, { identifier: 'outra-vez' }))
    await expect
      .poll(
        async () => (await view.jobs('totvs-crm', person.uuid)).map(({ state, attempts }) => [state, attempts]),
        patience,
      )
      .toEqual([
        ['failed', 3],
        ['failed', 3],
      ])
    expect(await openBreakers(company)).toEqual([])
  },
)

test('marks go on while TOTVS CRM answers questions and lets every new lead time out', async () => {
  const brought = await bringMany(company, 3)
  const match = { action: 'create' }
  await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'status', status: 504, times: 'forever' })
  await company.deliver(await company.convert({ name: 'Demora', email: newEmail() }))
  await expect
    .poll(() => openBreakers(company), patience)
    .toEqual([expect.objectContaining({ system: 'totvs-crm', reason: 'down', kind: 'write' })])
  await announceAll(company, brought)
  await expectAllMarked(company, brought)
  expect(await openBreakers(company)).toMatchObject([{ system: 'totvs-crm', kind: 'write' }])
  await company.sandbox.clearFaults()
  await view.untilQuiet()
  expect(await view.failed('totvs-crm')).not.toContainEqual(expect.objectContaining({ name: 'Demora' }))
})

test.runIf(inject('isLongRun'))(
  'a revoked connection opens the breaker of RD Station and spends no attempt; a new authorization lets everything go on',
  async () => {
    const brought = await bringMany(company, 5)
    await view.untilQuiet()
    await company.rd.revokeTokens()
    const openedBefore = linesOf(company, 'a circuit breaker opened').length
    const since = Date.now()
    await announceAll(company, brought)
    await expect
      .poll(() => openBreakers(company), patience)
      .toEqual([expect.objectContaining({ system: 'rd-station', reason: 'revoked', code: 'RD_TOKEN_REVOKED' })])
    await longOutage(since)
    expect(await view.failed('rd-station')).toEqual([])
    expect(await view.countPending('rd-station')).toBe(5)
    expect(linesOf(company, 'a circuit breaker opened').length - openedBefore).toBe(1)

    await company.rd.change({ refreshToken: 'demo-refresh' })
    await expectAllMarked(company, brought)
    const jobs = await Promise.all(brought.map(({ opportunity }) => view.endedJob('rd-station', opportunity.id)))
    expect(jobs.map(({ attempts }) => attempts)).toEqual(brought.map(() => 1))
  },
)
