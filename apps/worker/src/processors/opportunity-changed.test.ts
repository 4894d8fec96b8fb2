import { message, PermanentFailure } from '@ponte/contracts'
import { contactLock, stateKey } from '@ponte/state'
import { expect, onTestFinished, test, vi } from 'vitest'
import { JobDelayed } from '../calls/job-delayed.ts'
import {
  type Change,
  contact,
  dropped,
  expectLost,
  fromBefore,
  killed,
  openRecordedMarks,
  refused,
  unreadable,
  won,
} from '../testing/recorded-marks.ts'
import { openTestRedis } from '../testing/test-context.ts'

// A run cannot be cut off at an exact place from outside. So the state is real, and the two systems are played.
const redis = openTestRedis()

test('a sale is registered once when the worker dies before it has recorded it, and the next opportunity waits for that', async () => {
  const { marks, open, win, run } = openRecordedMarks(redis)
  await open('one')
  await expect(win('one', {}, () => ({ recordAndRelease: killed }))).rejects.toThrow('killed')
  await expect(open('two')).rejects.toThrow(JobDelayed)
  await run('one')
  await run('two')
  expect(marks).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
})

test('a sale is registered once when the worker dies right after it has recorded it, and the next opportunity is heard of first', async () => {
  const { marks, open, win, run } = openRecordedMarks(redis)
  await open('one')
  const dying: Change = ({ recordAndRelease }) => ({
    recordAndRelease: async changes => {
      await recordAndRelease(changes)
      return await killed()
    },
  })
  await expect(win('one', {}, dying)).rejects.toThrow('killed')
  await open('two')
  await run('one')
  expect(marks).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
})

test('a run whose last step is sent twice, because its answer was lost, is done and says what it marked', async () => {
  const { marks, open } = openRecordedMarks(redis)
  const first = redis.duplicate()
  const send = redis.sendCommand.bind(redis)
  const sent = vi.spyOn(redis, 'sendCommand').mockImplementation(async (command, stream) => {
    const isLast = command.name === 'evalsha' && command.args.includes('release')
    if (isLast) await first.call('evalsha', command.args.map(String))
    return await send(command, stream)
  })
  onTestFinished(() => {
    sent.mockRestore()
    first.disconnect()
  })
  expect(await open('one')).toEqual({ outcome: 'done', summary: [message('marked', { marks: ['opportunity'] })] })
  expect(marks).toEqual(['OPPORTUNITY'])
})

test('a first sale after a loss is registered once when the worker dies before it has written that down', async () => {
  const { marks, lose, win, run } = openRecordedMarks(redis)
  await lose('one')
  await expect(win('one', {}, () => ({ recordAndRelease: killed }))).rejects.toThrow('killed')
  await run('one')
  expect(marks.filter(type => type === 'SALE')).toHaveLength(1)
})

test('a sale of a client that did not arrive is not hidden by a loss that waited meanwhile', async () => {
  const { rememberSale, opportunities, marks, open, lose, run } = openRecordedMarks(redis)
  await rememberSale()
  for (const id of ['one', 'three']) await open(id)
  opportunities.set('one', won)
  let isLost = false
  const meanwhile: Change = ({ lock }) => ({
    lock: async (names, ...step) => {
      if (names.includes(contactLock(contact.uuid))) {
        isLost = true
        await expectLost(run('one', dropped))
      }
      return await lock(names, ...step)
    },
  })
  await lose('three', {}, meanwhile)
  expect(isLost).toBe(true)
  await run('one')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'OPPORTUNITY_LOST', 'SALE'])
})

test('an answer to the sale of an earlier opportunity that cannot be read is found out before the next one is marked', async () => {
  const { opportunities, marks, take, open, run } = openRecordedMarks(redis)
  await open('one')
  opportunities.set('one', won)
  const notRead: Change = ({ rd }) => ({
    rd: {
      ...rd,
      sendMark: mark => {
        take(mark)
        return Promise.reject(new PermanentFailure('RD_UNREADABLE'))
      },
    },
  })
  await expect(open('two', {}, notRead)).rejects.toThrow(JobDelayed)
  await run('two')
  await run('one')
  expect(marks).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
})

test('nobody but its own job asks about a lost answer before RD Station has had its time', async () => {
  const { connection, marks, open, win, lose, run, take } = openRecordedMarks(redis)
  Object.assign(connection.tenant.settings.retry, { firstDelaySeconds: 60 })
  for (const id of ['one', 'two']) await open(id)
  await expectLost(win('one', {}, dropped))
  await expect(lose('two')).rejects.toMatchObject({ name: 'JobDelayed', waitMs: expect.closeTo(60_000, -4) })
  take({ type: 'SALE', email: contact.email, value: 5 })
  await run('one')
  await run('two')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'SALE', 'OPPORTUNITY_LOST'])
})

test("a look-up that fails for a moment does not make an open opportunity of the contact a stranger's", async () => {
  const { known, opportunities, marks, open, lose, run } = openRecordedMarks(redis)
  for (const id of ['one', 'two']) await open(id)
  opportunities.set('one', { status: 'PROGRESS', leadId: 'another-lead' })
  await lose('two', {}, unreadable('another-lead'))
  expect(await known()).toContain('one')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'OPPORTUNITY_LOST'])
  await run('two')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'OPPORTUNITY_LOST', 'OPPORTUNITY'])
})

test('a mark that fails is not tried by another event of the opportunity before its round is recorded', async () => {
  const { marks, open, run } = openRecordedMarks(redis)
  const failed = open('one', {}, refused, {
    async atEnd({ afterFailure }) {
      await expect(run('one')).rejects.toThrow(JobDelayed)
      await afterFailure?.(new PermanentFailure('RD_REJECTED'))
    },
  })
  await expect(failed).rejects.toThrow('RD_REJECTED')
  expect(await run('one')).toMatchObject({ outcome: 'skipped', summary: { key: 'round-later' } })
  expect(marks).toEqual([])
})

test('no mark is sent before Redis has confirmed that it is recorded', async () => {
  const { marks, open } = openRecordedMarks(redis)
  const recorded = vi.fn<() => void>()
  const unconfirmed: Change = ({ underLocks }) => ({
    underLocks: async step => {
      const isMark = step.changes?.some(
        ({ key, args }) => key.endsWith(`:contact:${contact.uuid}`) && `${args[0]}`.includes('unanswered'),
      )
      if (isMark !== true) return await underLocks(step)
      recorded()
      return await killed()
    },
  })
  await expect(open('one', {}, unconfirmed)).rejects.toThrow('killed')
  expect(recorded).toHaveBeenCalledTimes(1)
  expect(marks).toEqual([])
})

test('an opportunity of which Ponte records that it opened it, while its first event is read, is not adopted', async () => {
  const { connection, marks, open } = openRecordedMarks(redis)
  await open('one', fromBefore, ({ crm }) => ({
    crm: {
      ...crm,
      async getOpportunity(contextUrl, id) {
        await redis.set(stateKey(connection.tenant.name, 'mark', id), JSON.stringify({ marked: 'none' }))
        return await crm.getOpportunity(contextUrl, id)
      },
    },
  }))
  expect(marks).toEqual(['OPPORTUNITY'])
})
