import { message, PermanentFailure } from '@ponte/contracts'
import { contactLock, LockLost, opportunityLock, readOne, stateKey } from '@ponte/state'
import { expect, onTestFinished, test, vi } from 'vitest'
import { JobDelayed } from '../calls/job-delayed.ts'
import {
  type Change,
  contact,
  dropped,
  expectLost,
  fromBefore,
  lost,
  openRecordedMarks,
  refused,
  unanswered,
  unreadable,
  won,
} from '../testing/recorded-marks.ts'
import { openTestRedis } from '../testing/test-context.ts'
import { TEST_LOCK_MS } from '../testing/test-locks.ts'

// RD Station keeps one state for all opportunities of a contact: the end of one hides the mark of the others.
const redis = openTestRedis()

/** Opportunities of one contact, all marked. */
async function openMarked(ids: readonly string[] = ['one', 'two'], more: object = {}) {
  const world = openRecordedMarks(redis)
  if ('createdAt' in more) world.funnel.opportunity = true
  for (const id of ids) await world.open(id, more)
  return world
}

/** Then the CRM has one as won and the other as lost, and the loss is marked. */
async function openWithEnds() {
  const world = await openMarked()
  world.opportunities.set('one', won)
  await world.lose('two')
  return world
}

const [O, S, L] = ['OPPORTUNITY', 'SALE', 'OPPORTUNITY_LOST'] as const
type World = ReturnType<typeof openRecordedMarks>

test.each<[string, () => Promise<World>, (world: World) => Promise<unknown>, readonly string[]]>([
  [
    'a sale of a client that did not arrive is sent again, although a loss before it had ended the contact as an opportunity',
    openWithEnds,
    async ({ rememberSale, run }) => {
      await rememberSale()
      await expectLost(run('one', dropped))
      await run('one')
    },
    [O, O, L, S],
  ],
  [
    'the mark of another opportunity right after the first one’s is sent again when it did not arrive',
    () => openMarked(['one']),
    async ({ open, run }) => {
      await expectLost(open('two', {}, dropped))
      await run('two')
    },
    [O, O],
  ],
  [
    'the event of an earlier mark that RD Station lists late is not taken for that of the next one, which did not arrive',
    () => openMarked(['one']),
    async ({ open, run }) => {
      const listMarkTimes = () => Promise.resolve({ times: [], aheadMs: 0 })
      await expectLost(open('two', {}, ({ rd }) => ({ rd: { ...rd, listMarkTimes, sendMark: lost } })))
      await run('two')
    },
    [O, O],
  ],
  [
    'an opportunity that reopens before its sale arrived is marked again, once, when another was lost meanwhile',
    openWithEnds,
    async ({ open, run }) => {
      await expectLost(open('one', {}, unanswered))
      await run('one')
      await run('one')
    },
    [O, O, L, O],
  ],
  [
    'the job of an opportunity that ends of others had hidden says that it was marked, and of no other one',
    openWithEnds,
    async ({ open }) =>
      expect(await open('one')).toEqual({ outcome: 'done', summary: [message('marked', { marks: ['opportunity'] })] }),
    [O, O, L, O],
  ],
  [
    'the job whose end hides another open opportunity says that the contact was marked again',
    openMarked,
    async ({ lose }) =>
      expect(await lose('two')).toMatchObject({ summary: [{ key: 'marked' }, { key: 'contact-marked-again' }] }),
    [O, O, L, O],
  ],
  [
    'a funnel that shows the loss only a moment later keeps no opportunity from being marked again',
    openWithEnds,
    async ({ funnel, open }) => {
      const findFunnel = () => Promise.resolve({ ...funnel, opportunity: true })
      await open('one', {}, ({ rd }) => ({ rd: { ...rd, findFunnel } }))
    },
    [O, O, L, O],
  ],
  [
    'of two adopted opportunities one is lost: the contact stays an opportunity',
    () => openMarked(['one', 'two'], fromBefore),
    ({ lose }) => lose('one', fromBefore),
    [L, O],
  ],
  [
    'a new opportunity that is lost leaves the contact an opportunity while an adopted one is open, whose contact was not found at first',
    openMarked.bind(undefined, [], fromBefore),
    async ({ open, lose, run }) => {
      await expectLost(open('one', fromBefore, ({ rd }) => ({ rd: { ...rd, findContact: lost } })))
      await run('one')
      await open('two')
      await lose('two')
    },
    [O, L, O],
  ],
  [
    'of two adopted opportunities one is sold: the sale of the other that did not arrive is sent again',
    () => openMarked(['one', 'two'], fromBefore),
    async ({ win, run }) => {
      await win('one', fromBefore)
      await expectLost(win('two', { ...fromBefore, totalValue: 6 }, dropped))
      await run('two')
    },
    [S, O, S],
  ],
  [
    'the end of an opportunity asks for no look at the funnel, which RD Station allows only a few times a day',
    openWithEnds,
    ({ run }) => run('one', ({ rd }) => ({ rd: { ...rd, findFunnel: lost } })),
    [O, O, L, S],
  ],
])('%s', async (_guarantee, open, act, marks) => {
  const world = await open()
  await act(world)
  expect(world.marks).toEqual(marks)
})

test.each([
  ['', 0],
  [', although RD Station’s clock is 90 s behind', -90_000],
])('an opportunity mark that arrived is not sent again when its answer is lost%s', async (_although, aheadMs) => {
  const { marks, open, run } = openRecordedMarks(redis)
  await expectLost(open('one', {}, unanswered))
  await run('one', ({ rd }) => ({
    rd: {
      ...rd,
      async listMarkTimes(uuid) {
        const { times } = await rd.listMarkTimes(uuid)
        return { times: times.map(at => at + aheadMs), aheadMs }
      },
    },
  }))
  expect(marks).toEqual([O])
})

test('a mark that is made again and carried out late does not outlive the end of the last opportunity', async () => {
  const { connection, funnel, take, lose, run } = await openMarked()
  Object.assign(connection.tenant.settings.retry, { firstDelaySeconds: 60 })
  const late: Change = ({ rd }) => ({ rd: { ...rd, sendMark: mark => (mark.type === O ? lost() : rd.sendMark(mark)) } })
  await expectLost(lose('one', {}, late))
  await expect(lose('two')).rejects.toThrow(JobDelayed)
  take({ type: O, email: contact.email })
  await run('one')
  await run('two')
  expect(funnel.opportunity).toBe(false)
})

const lockKeysOf = (tenant: string): string[] =>
  [opportunityLock('one'), contactLock(contact.uuid)].map(name => stateKey(tenant, 'lock', name))

test('a mark that is not made because its locks were lost right before the call does not count as made by Ponte', async () => {
  const { connection, contactMarks, open } = openRecordedMarks(redis)
  const isOwnMark = async () => (await readOne(redis, contactMarks.readingOf(contact))).isOwn(Date.now())
  const sendMark = async () => {
    expect(await isOwnMark()).toBe(true)
    await redis.del(lockKeysOf(connection.tenant.name))
    throw new JobDelayed(message('call-not-made'), 1000)
  }
  await expect(open('one', {}, ({ rd }) => ({ rd: { ...rd, sendMark } }))).rejects.toThrow(LockLost)
  expect(await isOwnMark()).toBe(false)
})

test('a worker that stood still past its locks takes back nothing that others recorded meanwhile', async () => {
  const { connection, opportunities, funnel, open, lose, run } = openRecordedMarks(redis)
  await open('two')
  const asleep = Promise.withResolvers<undefined>()
  const awake = Promise.withResolvers<undefined>()
  const first = open('one', {}, ({ rd }) => ({
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
  opportunities.set('one', won)
  await lose('two')
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + TEST_LOCK_MS })
  onTestFinished(() => void vi.useRealTimers())
  awake.resolve(undefined)
  await expect(first).rejects.toThrow(LockLost)
  await open('one')
  expect(funnel.opportunity).toBe(true)
})

/** One of two open opportunities is lost. Whether the other one is still open cannot be read. */
async function openWithUnreadable() {
  const world = await openMarked()
  await world.lose('one', {}, unreadable('two'))
  return world
}

test('an end whose contact is still to be marked again is off the list once the next opportunity has done that', async () => {
  const { known, marks, open, run } = await openWithUnreadable()
  expect(await known()).toEqual(['one', 'two'])
  await open('three')
  expect(await known()).toEqual(['two', 'three'])
  await run('one')
  expect(marks).toEqual([O, O, L, O])
})

test('where the next one could not do it, its own job does, and the others wait for the answer', async () => {
  const { connection, open, lose, run } = await openWithUnreadable()
  await expect(open('three', {}, refused)).rejects.toThrow('RD_REJECTED')
  Object.assign(connection.tenant.settings.retry, { firstDelaySeconds: 60 })
  await expectLost(run('one', unanswered))
  await expect(lose('two')).rejects.toThrow(JobDelayed)
})

test('the sale of an earlier opportunity is not told alone where its opportunity is refused', async () => {
  const { opportunities, marks, open, run } = openRecordedMarks(redis)
  const notMade = new JobDelayed(message('call-not-made'), 1000)
  await expect(open('one', {}, ({ rd }) => ({ rd: { ...rd, sendMark: () => Promise.reject(notMade) } }))).rejects.toBe(
    notMade,
  )
  opportunities.set('one', won)
  let isFirst = true
  await open('two', {}, ({ rd }) => ({
    rd: {
      ...rd,
      async sendMark(mark) {
        if (!isFirst) return await rd.sendMark(mark)
        isFirst = false
        throw new PermanentFailure('RD_REJECTED')
      },
    },
  }))
  expect(marks).toEqual([O])
  await run('one')
  expect(marks).toEqual([O, O, S, O])
})

test.each([
  ['', undefined],
  [', also while another job sends a mark for its opportunity', { marked: 'none', pending: true }],
])(
  'a job that waits for the lock of the contact asks TOTVS CRM once, not each time that it comes back%s',
  async (_also, record) => {
    const { connection, marks, open, run } = openRecordedMarks(redis)
    const key = stateKey(connection.tenant.name, 'lock', contactLock(contact.uuid))
    await redis.set(key, 'somebody else', 'PX', 60_000)
    let reads = 0
    const counting: Change = ({ crm }) => ({
      crm: { ...crm, getOpportunity: (...of) => ((reads += 1), crm.getOpportunity(...of)) },
    })
    await expect(open('one', {}, counting)).rejects.toThrow(JobDelayed)
    if (record !== undefined) await redis.set(stateKey(connection.tenant.name, 'mark', 'one'), JSON.stringify(record))
    await expect(run('one', counting)).rejects.toThrow(JobDelayed)
    expect(reads).toBe(1)
    await redis.del(key)
    await run('one', counting)
    expect([reads, marks]).toEqual([2, [O]])
  },
)

test('what a killed run left open of an opportunity stays so after another job has found out about its mark', async () => {
  const { connection, opportunities, marks, open, run } = await openMarked(['one'])
  const key = stateKey(connection.tenant.name, 'mark', 'one')
  const recordOfOne = async (): Promise<object> => JSON.parse((await redis.get(key)) ?? '')
  await redis.set(key, JSON.stringify({ ...(await recordOfOne()), pending: true }))
  opportunities.set('one', { status: 'LOST' })
  await expectLost(open('two', {}, dropped))
  await run('two')
  expect(marks).toEqual([O, O])
  expect(await recordOfOne()).toMatchObject({ marked: 'open', pending: true })
})
