import { message, PermanentFailure } from '@ponte/contracts'
import { createLogger, openWorkerRedis } from '@ponte/runtime'
import { contactLock, stateKey } from '@ponte/state'
import { afterAll, expect, inject, onTestFinished, test, vi } from 'vitest'
import { JobDelayed } from '../calls/job-delayed.ts'
import { type Change, contact, killed, lost, openRecordedMarks } from '../testing/recorded-marks.ts'

// A run cannot be cut off at an exact place from outside. So the state is real, and the two systems are played.
const redis = openWorkerRedis(inject('redisUrl'), createLogger({ level: 'silent', process: 'test' }))
afterAll(() => redis.disconnect())

test('a sale is registered once when the worker dies before it has recorded it, and the next opportunity waits for that', async () => {
  const { opportunities, marks, run } = openRecordedMarks(redis)
  opportunities.set('one', { status: 'PROGRESS' })
  await run('one')
  opportunities.set('one', { status: 'WON', totalValue: 5 })
  opportunities.set('two', { status: 'PROGRESS' })
  await expect(run('one', () => ({ recordAndRelease: killed }))).rejects.toThrow('killed')
  await expect(run('two')).rejects.toThrow(JobDelayed)
  await run('one')
  await run('two')
  expect(marks).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
})

test('a sale is registered once when the worker dies right after it has recorded it, and the next opportunity is heard of first', async () => {
  const { opportunities, marks, run } = openRecordedMarks(redis)
  opportunities.set('one', { status: 'PROGRESS' })
  await run('one')
  opportunities.set('one', { status: 'WON', totalValue: 5 })
  opportunities.set('two', { status: 'PROGRESS' })
  const dying: Change = ({ recordAndRelease }) => ({
    recordAndRelease: async changes => {
      await recordAndRelease(changes)
      return await killed()
    },
  })
  await expect(run('one', dying)).rejects.toThrow('killed')
  await run('two')
  await run('one')
  expect(marks).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
})

test('a run whose last step is sent twice, because its answer was lost, is done and says what it marked', async () => {
  const { opportunities, marks, run } = openRecordedMarks(redis)
  opportunities.set('one', { status: 'PROGRESS' })
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
  expect(await run('one')).toEqual({ outcome: 'done', summary: [message('marked', { marks: ['opportunity'] })] })
  expect(marks).toEqual(['OPPORTUNITY'])
})

test('a first sale after a loss is registered once when the worker dies before it has written that down', async () => {
  const { opportunities, marks, run } = openRecordedMarks(redis)
  opportunities.set('one', { status: 'LOST' })
  await run('one')
  opportunities.set('one', { status: 'WON', totalValue: 5 })
  await expect(run('one', () => ({ recordAndRelease: killed }))).rejects.toThrow('killed')
  await run('one')
  expect(marks.filter(type => type === 'SALE')).toHaveLength(1)
})

test('a sale of a client that did not arrive is not hidden by a loss that waited meanwhile', async () => {
  const { rememberSale, opportunities, funnel, marks, run } = openRecordedMarks(redis)
  await rememberSale()
  funnel.lifecycle_stage = 'Client'
  for (const id of ['one', 'three']) opportunities.set(id, { status: 'PROGRESS' })
  await run('one')
  await run('three')
  opportunities.set('one', { status: 'WON', totalValue: 5 })
  opportunities.set('three', { status: 'LOST' })
  let isLost = false
  const meanwhile: Change = ({ lock }) => ({
    lock: async (names, ...step) => {
      if (names.includes(contactLock(contact.uuid))) {
        isLost = true
        await expect(run('one', ({ rd }) => ({ rd: { ...rd, sendMark: lost } }))).rejects.toThrow('RD_UNREACHABLE')
      }
      return await lock(names, ...step)
    },
  })
  await run('three', meanwhile)
  expect(isLost).toBe(true)
  await run('one')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'OPPORTUNITY_LOST', 'SALE'])
})

test('an answer to the sale of an earlier opportunity that cannot be read is found out before the next one is marked', async () => {
  const { opportunities, marks, take, run } = openRecordedMarks(redis)
  opportunities.set('one', { status: 'PROGRESS' })
  await run('one')
  opportunities.set('one', { status: 'WON', totalValue: 5 })
  opportunities.set('two', { status: 'PROGRESS' })
  const unreadable: Change = ({ rd }) => ({
    rd: {
      ...rd,
      sendMark: mark => {
        take(mark)
        return Promise.reject(new PermanentFailure('RD_UNREADABLE'))
      },
    },
  })
  await expect(run('two', unreadable)).rejects.toThrow(JobDelayed)
  await run('two')
  await run('one')
  expect(marks).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
})

test('nobody but its own job asks about a lost answer before RD Station has had its time', async () => {
  const { connection, opportunities, marks, run, take } = openRecordedMarks(redis)
  const { retry } = connection.tenant.settings
  Object.assign(retry, { firstDelaySeconds: 60 })
  for (const id of ['one', 'two']) opportunities.set(id, { status: 'PROGRESS' })
  await run('one')
  await run('two')
  opportunities.set('one', { status: 'WON', totalValue: 5 })
  opportunities.set('two', { status: 'LOST' })
  await expect(run('one', ({ rd }) => ({ rd: { ...rd, sendMark: lost } }))).rejects.toThrow('RD_UNREACHABLE')
  await expect(run('two')).rejects.toMatchObject({ name: 'JobDelayed', waitMs: expect.closeTo(60_000, -4) })
  take({ type: 'SALE', email: contact.email, value: 5 })
  await run('one')
  await run('two')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'SALE', 'OPPORTUNITY_LOST'])
})

test("a look-up that fails for a moment does not make an open opportunity of the contact a stranger's", async () => {
  const { known, opportunities, marks, run } = openRecordedMarks(redis)
  for (const id of ['one', 'two']) opportunities.set(id, { status: 'PROGRESS' })
  await run('one')
  await run('two')
  opportunities.set('one', { status: 'PROGRESS', leadId: 'another-lead' })
  opportunities.set('two', { status: 'LOST' })
  const unreadable: Change = ({ crm }) => ({
    crm: {
      ...crm,
      getLead: id => (id === 'another-lead' ? Promise.reject(new PermanentFailure('CRM_UNREADABLE')) : crm.getLead(id)),
    },
  })
  await run('two', unreadable)
  expect(await known()).toContain('one')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'OPPORTUNITY_LOST'])
  await run('two')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'OPPORTUNITY_LOST', 'OPPORTUNITY'])
})

test('a mark that fails is not tried by another event of the opportunity before its round is recorded', async () => {
  const { opportunities, run } = openRecordedMarks(redis)
  opportunities.set('one', { status: 'PROGRESS' })
  let tries = 0
  const refused: Change = ({ rd }) => ({
    rd: {
      ...rd,
      sendMark: () => {
        tries += 1
        return Promise.reject(new PermanentFailure('RD_REJECTED'))
      },
    },
  })
  const failed = run('one', refused, async ({ afterFailure }) => {
    await expect(run('one', refused)).rejects.toThrow(JobDelayed)
    await afterFailure?.(new PermanentFailure('RD_REJECTED'))
  })
  await expect(failed).rejects.toThrow('RD_REJECTED')
  expect(await run('one', refused)).toMatchObject({ outcome: 'skipped', summary: { key: 'round-later' } })
  expect(tries).toBe(1)
})

test('no mark is sent before Redis has confirmed that it is recorded', async () => {
  const { opportunities, marks, run } = openRecordedMarks(redis)
  opportunities.set('one', { status: 'PROGRESS' })
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
  await expect(run('one', unconfirmed)).rejects.toThrow('killed')
  expect(recorded).toHaveBeenCalledTimes(1)
  expect(marks).toEqual([])
})

test('an opportunity of which Ponte records that it opened it, while its first event is read, is not adopted', async () => {
  const { connection, opportunities, marks, run } = openRecordedMarks(redis)
  opportunities.set('one', { status: 'PROGRESS', createdAt: '2020-01-01T00:00:00Z' })
  await run('one', ({ crm }) => ({
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
