import { PermanentFailure } from '@ponte/contracts'
import { createLogger, openQueues, type Tenant } from '@ponte/runtime'
import {
  createCalendar,
  createFigureCounts,
  createFingerprint,
  createStatusLedger,
  createTimelines,
  opportunityLock,
  readFigures,
  readOne,
  sumFigures,
} from '@ponte/state'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openTestLocks } from '../testing/test-locks.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { recordFailedRound, restartRounds } from './record-failed-round.ts'
import { openTestRedis } from '../testing/test-context.ts'

const log = createLogger({ level: 'silent', process: 'test' })
const redis = openTestRedis()
// The clock stands still, so that counted seconds do not depend on the machine.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

const data = {
  v: 1,
  key: 'k',
  receivedAt: '2026-01-02T03:04:05.000Z',
  opportunityId: 'o',
  contextUrl: '/api/v1/opportunity/opportunities',
} as const

const of = { event: 'opportunity.won', key: 'k', receivedAt: data.receivedAt, jobId: 'job', identities: [] }
const calendar = createCalendar('UTC')
const timelinesOf = ({ name }: Tenant) => createTimelines(redis, name, createFingerprint(Buffer.alloc(32, 1)), calendar)

/** All rounds of a mark fail, one after the other, from the job `first` on. Returns what each has left behind. */
async function failAllRounds(
  statusRd: { readonly rounds?: number; readonly pauseSeconds?: number },
  { times = 1, first = 'job' } = {},
) {
  const tenant = testTenant({ statusRd })
  const { rounds } = tenant.settings.statusRd
  const all = openQueues([tenant], redis, log)
  const queues = all.of(tenant.name)
  const locks = openTestLocks(redis, tenant)
  const statuses = createStatusLedger(redis, tenant.name, locks.fenceOf)
  const timelines = timelinesOf(tenant)
  const waits: (number | undefined)[] = []
  const delayed: unknown[] = []
  await queues['rd-station'].add('opportunity.won', data, { jobId: first, delay: 3_600_000 })
  let jobId = first
  async function record(round: number): Promise<void> {
    const failure = new PermanentFailure('RD_REJECTED')
    const tried = { round, fingerprint: 'f', humanAction: undefined }
    const context = { tenant, queues, statuses, timelines, underLocks: locks.underLocks, jobId, retry: undefined }
    const reading = statuses.readingOf('o')
    const event = 'opportunity.won'
    const valueOf = await locks.lock([opportunityLock('o')], { readings: [reading] })
    await recordFailedRound({ data, event, round: tried, failure, status: valueOf(reading) }, context)
  }
  const jobIds: string[] = []
  for (let round = 1; round <= rounds; round += 1) {
    jobIds.push(jobId)
    const now = Date.now()
    for (let time = 0; time < times; time += 1) await record(round)
    const run = {
      kind: 'run',
      at: now,
      event: 'opportunity.won',
      jobId,
      outcome: 'failed',
      code: 'RD_REJECTED',
    } as const
    const ends = createFigureCounts()
    ends.ended(run.event, run.outcome, run.code)
    await timelines.record(of, run, { figures: { counts: new Map(), ends: ends.counts } })
    const next = (await readOne(redis, statuses.readingOf('o'))).failing?.next
    waits.push(next === undefined ? undefined : Math.round((next.at - now) / 1000))
    if (next !== undefined) jobId = next.jobId
    const jobs = (await queues['rd-station'].getDelayed()).filter(job => job.data.round === round + 1)
    delayed.push(...jobs.map(({ name, data: { round: number }, opts }) => [name, number, opts.delay]))
  }
  const text = (await readOne(redis, statuses.readingOf('o'))).field?.text
  const left = []
  for (const id of jobIds) if ((await queues['rd-station'].getJob(id)) !== undefined) left.push(id)
  for (const queue of all.all()) await queue.obliterate({ force: true })
  await all.close()
  return { waits, delayed, text, left, tenant }
}

const roundJob = (number: number, seconds: number) => ['opportunity.won', number, seconds * 1000]

test('a mark has 3 rounds, the second after 60 seconds and the third after 120, and the last says so', async () => {
  const { waits, delayed, text } = await failAllRounds({})
  expect(delayed).toEqual([roundJob(2, 60), roundJob(3, 120)])
  expect(waits).toEqual([60, 120, undefined])
  expect(text).toMatch(/^ERRO FINAL 3\/3 RD_REJECTED: /)
})

test('rounds that a person has begin afresh during the last one are jobs of their own', async () => {
  const { delayed } = await failAllRounds({}, { first: 'round-3-job' })
  expect(delayed).toEqual([roundJob(2, 60), roundJob(3, 120)])
})

test('each pause between rounds is twice the one before it', async () => {
  const { waits, delayed } = await failAllRounds({ rounds: 5, pauseSeconds: 10 })
  expect(delayed).toEqual([roundJob(2, 10), roundJob(3, 20), roundJob(4, 40), roundJob(5, 80)])
  expect(waits).toEqual([10, 20, 40, 80, undefined])
})

test('once a person has removed all failed jobs that are left of the rounds, the event counts as removed', async () => {
  const { left, tenant } = await failAllRounds({ rounds: 4 })
  expect(left).toEqual(['job', 'round-4-job'])
  const endsOf = async () => {
    const request = { period: '24h', now: Date.now(), timeZone: 'UTC' } as const
    const spans = (await readFigures(redis, [tenant.name], request)).get(tenant.name) ?? []
    const { ended } = sumFigures(spans.map(({ figures }) => figures))
    return ended.flatMap(({ outcome, count }) => (count > 0 ? [`${outcome} ${count}`] : []))
  }
  expect(await endsOf()).toEqual(['failed 1'])
  const removed = { kind: 'removed', at: Date.now(), by: 'ana' } as const
  for (const jobId of left.toReversed()) await timelinesOf(tenant).record(of, { ...removed, jobId })
  expect(await endsOf()).toEqual(['removed 1'])
})

test('with one round nothing is tried again by itself', async () => {
  expect(await failAllRounds({ rounds: 1 })).toMatchObject({ waits: [undefined], delayed: [] })
})

test('a failed round that is recorded once more, because its answer was lost, has one next round', async () => {
  const [{ tenant: _one, ...once }, { tenant: _other, ...twice }] = [
    await failAllRounds({}),
    await failAllRounds({}, { times: 2 }),
  ]
  expect(twice).toEqual(once)
})

test('fresh rounds that a worker had begun, and died before it recorded them, begin all the same', async () => {
  const tenant = testTenant({})
  const all = openQueues([tenant], redis, log)
  const queues = all.of(tenant.name)
  const locks = openTestLocks(redis, tenant)
  const statuses = createStatusLedger(redis, tenant.name, locks.fenceOf)
  const timelines = timelinesOf(tenant)
  const context = { tenant, queues, statuses, timelines, jobId: 'status-rd-x', retry: undefined }
  const failing = { round: 3, code: 'RD_REJECTED', fingerprint: 'f', failedJobs: ['job'] }
  const field = { text: 'ERRO FINAL', state: 'wanted', writes: 3 } as const
  const restart = (underLocks: typeof locks.underLocks) =>
    restartRounds({ data, status: { failing, field } }, { ...context, underLocks })
  const reading = statuses.readingOf('o')
  const valueOf = await locks.lock([opportunityLock('o')], { readings: [reading] })
  valueOf(reading)
  await expect(restart(() => Promise.reject(new Error('killed')))).rejects.toThrow('killed')
  // No record names the job, so it ends at once.
  for (const job of await queues['rd-station'].getJobs(['waiting'])) await job.remove()
  await restart(locks.underLocks)
  const { failing: after, field: asked } = await readOne(redis, statuses.readingOf('o'))
  expect(after).toMatchObject({ round: 0, failedJobs: ['job'] })
  expect(asked).toMatchObject({ followed: true, writes: 0 })
  const waiting = await queues['rd-station'].getJobs(['waiting'])
  expect(waiting.map(job => [job.id, job.name, job.data.round])).toEqual([
    [after?.next?.jobId, 'opportunity.updated', 1],
  ])
  for (const queue of all.all()) await queue.obliterate({ force: true })
  await all.close()
})
