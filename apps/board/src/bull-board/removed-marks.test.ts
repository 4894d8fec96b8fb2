import { HOUR_MS } from '@ponte/contracts'
import { createFailedJobs } from '@ponte/operations'
import { createStatusLedger, timelineId } from '@ponte/state'
import type { Job } from 'bullmq'
import { expect, test } from 'vitest'
import { credentials } from '../testing/open-board.ts'
import { useBoard } from '../testing/use-board.ts'
import { mark, options } from '../testing/operate.ts'

const opportunity = '9d1f3a52-0000-4000-8000-000000000001'

const { board, read, fail, failRound, ownAudit } = useBoard()
const queueOf = () => board()['rd-station']
const act = (action: string) => board().ask('PUT', `/queues/api/queues/${queueOf().name}/${action}`)
const timelineOf = async (key: string) => await board().timelines.read(timelineId(key))

/** An earlier event of the opportunity and the event of its mark have failed, and so has a round of the latter. Another one waits. */
async function failMark({ nextAt = Date.now() + HOUR_MS } = {}): Promise<readonly string[]> {
  const first = mark('won', opportunity)
  const jobs = [mark('earlier', opportunity), first, { ...first, id: 'round-2-job-won' }]
  const failedJobs = jobs.map(({ id }) => id)
  const timelines = board().timelines
  for (const { id: jobId, name: event, data, ...job } of jobs) {
    await fail(queueOf(), [{ ...job, id: jobId, name: event, data }])
    const of = { event, key: data.key, receivedAt: data.receivedAt, jobId, identities: [] }
    const run = { kind: 'run', at: Date.now(), event, jobId, outcome: 'failed', code: 'RD_REJECTED' } as const
    await timelines.record(of, run)
  }
  await queueOf().add(first.name, { ...first.data, round: 3 }, { ...options, jobId: 'round', delay: HOUR_MS })
  await failRound(opportunity, { round: 2, failedJobs, nextAt })
  return failedJobs
}
const failing = async () => (await createStatusLedger(board().redis, board().name).peek([opportunity]))[0]?.failing
const idsIn = (jobs: readonly Job[]): readonly (string | undefined)[] => jobs.map(({ id }) => id)

test.each(['job-won', 'round-2-job-won'])(
  'whoever removes a failed job of a mark ends the mark: its other failed jobs and its next round go too, and nothing asks for a person (%s)',
  async id => {
    await failMark()
    const other = mark('other', '9d1f3a52-0000-4000-8000-000000000002')
    await fail(queueOf(), [other])
    expect((await act(`${id}/clean`)).statusCode).toBe(204)

    expect(idsIn(await queueOf().getFailed())).toEqual([other.id])
    expect(await queueOf().getDelayed()).toEqual([])
    const failed = await createFailedJobs(board().redis).count({ kind: 'rd-station', queue: queueOf() })
    expect(failed.map(({ count }) => count)).toEqual([1])
    const removedOf = async (key: string) =>
      (await timelineOf(key)).flatMap(entry => (entry.kind === 'removed' ? `${entry.jobId} by ${entry.by}` : []))
    const by = credentials.user
    expect(new Set(await removedOf('won'))).toEqual(new Set([`job-won by ${by}`, `round-2-job-won by ${by}`]))
    expect(await removedOf('earlier')).toEqual([`job-earlier by ${by}`])
    for (const key of ['won', 'earlier'])
      expect(await read(`/events/${board().name}/${timelineId(key)}`)).toMatch(
        /Removed from the queue by (?!.*needs you)/,
      )
    expect((await ownAudit()).map(({ action, jobId }) => `${action} ${jobId}`)).toEqual([`remove ${id}`])
  },
)

test('the failure of a mark that was removed stays recorded without a next round, so that only a person begins new ones', async () => {
  const failedJobs = await failMark()
  await act('round-2-job-won/clean')
  expect(await failing()).toEqual({ round: 2, code: 'RD_REJECTED', fingerprint: 'b', failedJobs })
})

test('what has failed in a queue is removed with the next rounds of its marks', async () => {
  await failMark()
  const queue = queueOf()
  for (const id of await board().redis.zrange(queue.toKey('failed'), '0', '-1'))
    await board().redis.zadd(queue.toKey('failed'), Date.now() - HOUR_MS, id)
  expect((await act('clean/failed')).statusCode).toBe(200)
  expect(await queue.getJobCounts('failed', 'delayed')).toEqual({ failed: 0, delayed: 0 })
  expect(await failing()).not.toHaveProperty('next')
})

test('a delivered event of a mark that is removed leaves its failure and its next round as they are', async () => {
  const failedJobs = await failMark()
  await queueOf().add('opportunity.won', mark('done', opportunity).data, { ...options, jobId: 'done' })
  await board().redis.lrem(queueOf().toKey('wait'), 0, 'done')
  await board().redis.zadd(queueOf().toKey('completed'), Date.now(), 'done')
  expect((await act('done/clean')).statusCode).toBe(204)
  expect(new Set(idsIn(await queueOf().getFailed()))).toEqual(new Set(failedJobs))
  expect(idsIn(await queueOf().getDelayed())).toEqual(['round'])
  expect(await failing()).toHaveProperty('next')
})
