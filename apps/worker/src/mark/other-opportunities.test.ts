import { message, PermanentFailure } from '@ponte/contracts'
import { createLogger, openWorkerRedis } from '@ponte/runtime'
import { contactLock, LockLost, opportunityLock, readOne, stateKey } from '@ponte/state'
import { afterAll, expect, inject, onTestFinished, test, vi } from 'vitest'
import { JobDelayed } from '../calls/job-delayed.ts'
import { type Change, contact, lost, openRecordedMarks } from '../testing/recorded-marks.ts'
import { TEST_LOCK_MS } from '../testing/test-locks.ts'

// RD Station keeps one state for all opportunities of a contact: the end of one hides the mark of the others.
const redis = openWorkerRedis(inject('redisUrl'), createLogger({ level: 'silent', process: 'test' }))
afterAll(() => redis.disconnect())

const fromBefore = { createdAt: '2020-01-01T00:00:00Z' }

/** Two opportunities of one contact, both marked. Then the CRM has them as won and as lost, and the loss is marked. */
async function openWithEnds() {
  const world = openRecordedMarks(redis)
  const { opportunities, run } = world
  for (const id of ['one', 'two']) {
    opportunities.set(id, { status: 'PROGRESS' })
    await run(id)
  }
  opportunities.set('one', { status: 'WON', totalValue: 5 })
  opportunities.set('two', { status: 'LOST' })
  await run('two')
  return world
}

/** RD Station takes the mark, and the answer is lost. */
const unanswered: Change = ({ rd }) => ({
  rd: { ...rd, sendMark: async mark => (await rd.sendMark(mark), await lost()) },
})
/** RD Station never takes it. */
const dropped: Change = ({ rd }) => ({ rd: { ...rd, sendMark: lost } })

test('a sale of a client that did not arrive is sent again, although a loss before it had ended the contact as an opportunity', async () => {
  const { rememberSale, funnel, marks, run } = await openWithEnds()
  await rememberSale()
  funnel.lifecycle_stage = 'Client'
  await expect(run('one', dropped)).rejects.toThrow('RD_UNREACHABLE')
  await run('one')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'OPPORTUNITY_LOST', 'SALE'])
})

test.each([
  ['', 0],
  [', although RD Station’s clock is 90 s behind', -90_000],
])('an opportunity mark that arrived is not sent again when its answer is lost%s', async (_although, aheadMs) => {
  const { opportunities, marks, run } = openRecordedMarks(redis)
  const behind: Change = ({ rd }) => ({
    rd: {
      ...rd,
      async listMarkTimes(uuid) {
        const { times } = await rd.listMarkTimes(uuid)
        return { times: times.map(at => at + aheadMs), aheadMs }
      },
    },
  })
  opportunities.set('one', { status: 'PROGRESS' })
  await expect(run('one', unanswered)).rejects.toThrow('RD_UNREACHABLE')
  await run('one', behind)
  expect(marks).toEqual(['OPPORTUNITY'])
})

test('the mark of another opportunity right after the first one’s is sent again when it did not arrive', async () => {
  const { opportunities, marks, run } = openRecordedMarks(redis)
  opportunities.set('one', { status: 'PROGRESS' })
  await run('one')
  opportunities.set('two', { status: 'PROGRESS' })
  await expect(run('two', dropped)).rejects.toThrow('RD_UNREACHABLE')
  await run('two')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY'])
})

test('the event of an earlier mark that RD Station lists late is not taken for that of the next one, which did not arrive', async () => {
  const { opportunities, marks, run } = openRecordedMarks(redis)
  opportunities.set('one', { status: 'PROGRESS' })
  await run('one')
  opportunities.set('two', { status: 'PROGRESS' })
  const listMarkTimes = () => Promise.resolve({ times: [], aheadMs: 0 })
  const listsLate: Change = ({ rd }) => ({ rd: { ...rd, listMarkTimes, sendMark: lost } })
  await expect(run('two', listsLate)).rejects.toThrow('RD_UNREACHABLE')
  await run('two')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY'])
})

test('an opportunity that reopens before its sale arrived is marked again, once, when another was lost meanwhile', async () => {
  const { opportunities, funnel, marks, run } = await openWithEnds()
  opportunities.set('one', { status: 'PROGRESS' })
  await expect(run('one', unanswered)).rejects.toThrow('RD_UNREACHABLE')
  await run('one')
  await run('one')
  expect(funnel.opportunity).toBe(true)
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'OPPORTUNITY_LOST', 'OPPORTUNITY'])
})

test('the job of an opportunity that ends of others had hidden says that it was marked, and of no other one', async () => {
  const { opportunities, run } = await openWithEnds()
  opportunities.set('one', { status: 'PROGRESS' })
  expect(await run('one')).toMatchObject({ outcome: 'done', summary: [{ key: 'marked' }] })
})

test('the job whose end hides another open opportunity says that the contact was marked again', async () => {
  const { opportunities, marks, run } = openRecordedMarks(redis)
  for (const id of ['one', 'two']) {
    opportunities.set(id, { status: 'PROGRESS' })
    await run(id)
  }
  opportunities.set('two', { status: 'LOST' })
  expect(await run('two')).toMatchObject({ summary: [{ key: 'marked' }, { key: 'contact-marked-again' }] })
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'OPPORTUNITY_LOST', 'OPPORTUNITY'])
})

test('a funnel that shows the loss only a moment later keeps no opportunity from being marked again', async () => {
  const { opportunities, funnel, run } = await openWithEnds()
  opportunities.set('one', { status: 'PROGRESS' })
  await run('one', ({ rd }) => ({ rd: { ...rd, findFunnel: () => Promise.resolve({ ...funnel, opportunity: true }) } }))
  expect(funnel.opportunity).toBe(true)
})

test('a mark that is made again and carried out late does not outlive the end of the last opportunity', async () => {
  const { connection, opportunities, funnel, take, run } = openRecordedMarks(redis)
  Object.assign(connection.tenant.settings.retry, { firstDelaySeconds: 60 })
  for (const id of ['one', 'two']) {
    opportunities.set(id, { status: 'PROGRESS' })
    await run(id)
  }
  opportunities.set('one', { status: 'LOST' })
  const late: Change = ({ rd }) => ({
    rd: { ...rd, sendMark: mark => (mark.type === 'OPPORTUNITY' ? lost() : rd.sendMark(mark)) },
  })
  await expect(run('one', late)).rejects.toThrow('RD_UNREACHABLE')
  opportunities.set('two', { status: 'LOST' })
  await expect(run('two')).rejects.toThrow(JobDelayed)
  take({ type: 'OPPORTUNITY', email: contact.email })
  await run('one')
  await run('two')
  expect(funnel.opportunity).toBe(false)
})

const lockKeysOf = (tenant: string): string[] =>
  [opportunityLock('one'), contactLock(contact.uuid)].map(name => stateKey(tenant, 'lock', name))

test('a mark that is not made because its locks were lost right before the call does not count as made by Ponte', async () => {
  const { connection, contactMarks, opportunities, run } = openRecordedMarks(redis)
  const { tenant } = connection
  opportunities.set('one', { status: 'PROGRESS' })
  const isOwnMark = async (): Promise<boolean> => {
    const reading = contactMarks.readingOf(contact)
    return (await readOne(redis, reading)).isOwn(Date.now())
  }
  const notMade: Change = ({ rd }) => ({
    rd: {
      ...rd,
      sendMark: async () => {
        expect(await isOwnMark()).toBe(true)
        await redis.del(lockKeysOf(tenant.name))
        throw new JobDelayed(message('call-not-made'), 1000)
      },
    },
  })
  await expect(run('one', notMade)).rejects.toThrow(LockLost)
  expect(await isOwnMark()).toBe(false)
})

test('a worker that stood still past its locks takes back nothing that others recorded meanwhile', async () => {
  const { connection, opportunities, funnel, run } = openRecordedMarks(redis)
  for (const id of ['one', 'two']) opportunities.set(id, { status: 'PROGRESS' })
  await run('two')
  const asleep = Promise.withResolvers<undefined>()
  const awake = Promise.withResolvers<undefined>()
  const first = run('one', ({ rd }) => ({
    rd: {
      ...rd,
      sendMark: async mark => {
        const answer = await rd.sendMark(mark)
        asleep.resolve(undefined)
        await awake.promise
        return answer
      },
    },
  }))
  await asleep.promise
  // Another job has the locks by the time that the answer is read.
  expect(await redis.del(lockKeysOf(connection.tenant.name))).toBe(2)
  await run('one')
  opportunities.set('one', { status: 'WON', totalValue: 7 })
  opportunities.set('two', { status: 'LOST' })
  await run('two')
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + TEST_LOCK_MS })
  onTestFinished(() => void vi.useRealTimers())
  awake.resolve(undefined)
  await expect(first).rejects.toThrow(LockLost)
  opportunities.set('one', { status: 'PROGRESS' })
  await run('one')
  expect(funnel.opportunity).toBe(true)
})

test('of two adopted opportunities one is lost: the contact stays an opportunity', async () => {
  const { opportunities, funnel, marks, run } = openRecordedMarks(redis)
  funnel.opportunity = true
  for (const id of ['one', 'two']) {
    opportunities.set(id, { ...fromBefore, status: 'PROGRESS' })
    await run(id)
  }
  opportunities.set('one', { ...fromBefore, status: 'LOST' })
  await run('one')
  expect(funnel.opportunity).toBe(true)
  expect(marks).toEqual(['OPPORTUNITY_LOST', 'OPPORTUNITY'])
})

test('a new opportunity that is lost leaves the contact an opportunity while an adopted one is open', async () => {
  const { opportunities, funnel, marks, run } = openRecordedMarks(redis)
  funnel.opportunity = true
  opportunities.set('one', { ...fromBefore, status: 'PROGRESS' })
  const unreachable: Change = ({ rd }) => ({ rd: { ...rd, findContact: lost } })
  await expect(run('one', unreachable)).rejects.toThrow('RD_UNREACHABLE')
  await run('one')
  opportunities.set('two', { status: 'PROGRESS' })
  await run('two')
  opportunities.set('two', { status: 'LOST' })
  await run('two')
  expect(funnel.opportunity).toBe(true)
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY_LOST', 'OPPORTUNITY'])
})

test('of two adopted opportunities one is sold: the sale of the other that did not arrive is sent again', async () => {
  const { opportunities, funnel, marks, run } = openRecordedMarks(redis)
  funnel.opportunity = true
  for (const id of ['one', 'two']) {
    opportunities.set(id, { ...fromBefore, status: 'PROGRESS' })
    await run(id)
  }
  opportunities.set('one', { ...fromBefore, status: 'WON', totalValue: 5 })
  await run('one')
  opportunities.set('two', { ...fromBefore, status: 'WON', totalValue: 6 })
  await expect(run('two', dropped)).rejects.toThrow('RD_UNREACHABLE')
  await run('two')
  expect(marks.filter(type => type === 'SALE')).toHaveLength(2)
})

test('the end of an opportunity asks for no look at the funnel, which RD Station allows only a few times a day', async () => {
  const { marks, run } = await openWithEnds()
  await run('one', ({ rd }) => ({ rd: { ...rd, findFunnel: lost } }))
  expect(marks.at(-1)).toBe('SALE')
})

/** One of two open opportunities is lost. Whether the other one is still open cannot be read. */
async function openWithUnreadable() {
  const world = openRecordedMarks(redis)
  const { opportunities, run } = world
  for (const id of ['one', 'two']) {
    opportunities.set(id, { status: 'PROGRESS' })
    await run(id)
  }
  opportunities.set('one', { status: 'LOST' })
  const unreadable: Change = ({ crm }) => ({
    crm: {
      ...crm,
      getOpportunity: (contextUrl, id) =>
        id === 'two' ? Promise.reject(new PermanentFailure('CRM_UNREADABLE')) : crm.getOpportunity(contextUrl, id),
    },
  })
  await run('one', unreadable)
  opportunities.set('three', { status: 'PROGRESS' })
  return world
}

test('an end whose contact is still to be marked again is off the list once the next opportunity has done that', async () => {
  const { known, marks, run } = await openWithUnreadable()
  expect(await known()).toEqual(['one', 'two'])
  await run('three')
  expect(await known()).toEqual(['two', 'three'])
  await run('one')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'OPPORTUNITY_LOST', 'OPPORTUNITY'])
})

test('where the next one could not do it, its own job does, and the others wait for the answer', async () => {
  const { connection, opportunities, run } = await openWithUnreadable()
  const refused: Change = ({ rd }) => ({
    rd: { ...rd, sendMark: () => Promise.reject(new PermanentFailure('RD_REJECTED')) },
  })
  await expect(run('three', refused)).rejects.toThrow('RD_REJECTED')
  Object.assign(connection.tenant.settings.retry, { firstDelaySeconds: 60 })
  await expect(run('one', unanswered)).rejects.toThrow('RD_UNREACHABLE')
  opportunities.set('two', { status: 'LOST' })
  await expect(run('two')).rejects.toThrow(JobDelayed)
})

test('the sale of an earlier opportunity is not told alone where its opportunity is refused', async () => {
  const { opportunities, marks, run } = openRecordedMarks(redis)
  opportunities.set('one', { status: 'PROGRESS' })
  const notMade = new JobDelayed(message('call-not-made'), 1000)
  await expect(run('one', ({ rd }) => ({ rd: { ...rd, sendMark: () => Promise.reject(notMade) } }))).rejects.toBe(
    notMade,
  )
  opportunities.set('one', { status: 'WON', totalValue: 5 })
  opportunities.set('two', { status: 'PROGRESS' })
  const refusal = vi
    .fn<() => Promise<void>>()
    .mockRejectedValueOnce(new PermanentFailure('RD_REJECTED'))
    .mockResolvedValue(undefined)
  await run('two', ({ rd }) => ({ rd: { ...rd, sendMark: async mark => (await refusal(), await rd.sendMark(mark)) } }))
  expect(marks).toEqual(['OPPORTUNITY'])
  await run('one')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
})

test.each([
  ['', undefined],
  [', also while another job sends a mark for its opportunity', { marked: 'none', pending: true }],
])(
  'a job that waits for the lock of the contact asks TOTVS CRM once, not each time that it comes back%s',
  async (_also, record) => {
    const { connection, opportunities, marks, run } = openRecordedMarks(redis)
    opportunities.set('one', { status: 'PROGRESS' })
    const key = stateKey(connection.tenant.name, 'lock', contactLock(contact.uuid))
    await redis.set(key, 'somebody else', 'PX', 60_000)
    let reads = 0
    const counting: Change = ({ crm }) => ({
      crm: { ...crm, getOpportunity: (...of) => ((reads += 1), crm.getOpportunity(...of)) },
    })
    await expect(run('one', counting)).rejects.toThrow(JobDelayed)
    if (record !== undefined) await redis.set(stateKey(connection.tenant.name, 'mark', 'one'), JSON.stringify(record))
    await expect(run('one', counting)).rejects.toThrow(JobDelayed)
    expect(reads).toBe(1)
    await redis.del(key)
    await run('one', counting)
    expect([reads, marks]).toEqual([2, ['OPPORTUNITY']])
  },
)

test('what a killed run left open of an opportunity stays so after another job has found out about its mark', async () => {
  const { connection, opportunities, marks, run } = openRecordedMarks(redis)
  opportunities.set('one', { status: 'PROGRESS' })
  await run('one')
  const key = stateKey(connection.tenant.name, 'mark', 'one')
  const recordOfOne = async (): Promise<object> => JSON.parse((await redis.get(key)) ?? '')
  await redis.set(key, JSON.stringify({ ...(await recordOfOne()), pending: true }))
  opportunities.set('one', { status: 'LOST' })
  opportunities.set('two', { status: 'PROGRESS' })
  await expect(run('two', ({ rd }) => ({ rd: { ...rd, sendMark: lost } }))).rejects.toThrow('RD_UNREACHABLE')
  await run('two')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY'])
  expect(await recordOfOne()).toMatchObject({ marked: 'open', pending: true })
})
