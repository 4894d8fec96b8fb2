import { Redis } from 'ioredis'
import { afterAll, expect, inject, test, vi } from 'vitest'
import { createFingerprint } from '../fingerprints/fingerprint.ts'
import { stateKey } from './keys.ts'
import { acquireLock } from './lock.ts'
import { LockLost, readOne, runStep } from './step.ts'
import { createLeadLedger, leadLock } from '../leads/lead-ledger.ts'
import { createMarkLedger, opportunityLock } from '../marks/mark-ledger.ts'
import { createStatusLedger } from '../marks/status-ledger.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

test('a write under a lost lock is refused, and what the new holder wrote stays', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const lockKey = stateKey(tenant, 'lock', opportunityLock('o1'))
  const take = async () => {
    const lock = await acquireLock(redis, [lockKey], { waitMs: 0 })
    if (lock === undefined) throw new Error('nobody else holds the lock')
    const fences = [lock.fenceOf(lockKey)]
    const ledger = createStatusLedger(redis, tenant, () => lock.fenceOf(lockKey))
    await readOne(redis, ledger.readingOf('o1'))
    return {
      lock,
      write: (waitsFor: string) => runStep(redis, { fences, changes: [ledger.writingOf('o1', { waitsFor })] }),
    }
  }
  const first = await take()
  await first.write('a')
  await redis.del(lockKey)
  const second = await take()
  await second.write('b')
  await expect(first.write('a')).rejects.toThrow(LockLost)
  expect(await readOne(redis, createStatusLedger(redis, tenant).readingOf('o1'))).toEqual({ waitsFor: 'b' })
  await Promise.all([first.lock.release(), second.lock.release()])
})

test('a ledger opened for reading refuses to write', async () => {
  const ledger = createMarkLedger(redis, `t-${crypto.randomUUID()}`)
  expect(await readOne(redis, ledger.readingOf('o1'))).toBeUndefined()
  expect(() => ledger.writingOf('c1', 'o1', { marked: 'open' })).toThrow(/without the lock/)
})

test('reading a record renews its time to live', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const key = stateKey(tenant, 'mark', 'o1')
  await redis.set(key, JSON.stringify({ marked: 'won' }), 'EX', 5)
  await readOne(redis, createMarkLedger(redis, tenant).readingOf('o1'))
  expect(await redis.ttl(key)).toBeGreaterThan(300 * 24 * 3600)
})

const underLock = async (tenant: string, name: string) => {
  const key = stateKey(tenant, 'lock', name)
  await redis.set(key, 'ours')
  return () => ({ key, token: 'ours' })
}
const stored = async (key: string): Promise<unknown> => JSON.parse((await redis.get(key)) ?? 'null')

const failing = {
  round: 2,
  code: 'A_CODE_OF_TOMORROW',
  fingerprint: 'b',
  failedJobs: ['j'],
  blame: 'member of tomorrow',
}

test('a record that a newer version wrote is read: a code and members that are not known yet do not make it absent', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  await redis.set(stateKey(tenant, 'status-rd', 'o1'), JSON.stringify({ failing, adopted: { at: 1 } }))
  const status = await readOne(redis, createStatusLedger(redis, tenant).readingOf('o1'))
  expect(status).toMatchObject({ failing: { round: 2, code: 'A_CODE_OF_TOMORROW' } })
})

test('writing costs one command, and what a newer version keeps in the record is still there', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const key = stateKey(tenant, 'status-rd', 'o1')
  await redis.set(key, JSON.stringify({ failing, adopted: { at: 1 } }))
  const fenceOf = await underLock(tenant, opportunityLock('o1'))
  const ledger = createStatusLedger(redis, tenant, fenceOf)
  const status = await readOne(redis, ledger.readingOf('o1'))
  const write = (next: typeof status) =>
    runStep(redis, { fences: [fenceOf()], changes: [ledger.writingOf('o1', next)] })
  const sent = vi.spyOn(redis, 'sendCommand')
  await write({ ...status, waitsFor: 'c' })
  expect(sent.mock.calls.map(([{ name }]) => name)).toEqual(['evalsha'])
  sent.mockRestore()
  expect(await stored(key)).toEqual({ failing, adopted: { at: 1 }, waitsFor: 'c' })
  await write({})
  expect(await stored(key)).toEqual({ adopted: { at: 1 } })
})

test('the same holds for the ledger of a lead', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const key = stateKey(tenant, 'lead', 'l1')
  await redis.set(key, JSON.stringify({ convertedAt: 5, lastOpened: { id: 'o', key: 'k', by: 'route' }, route: 'r' }))
  const fingerprint = createFingerprint(Buffer.alloc(32, 1))
  const fenceOf = await underLock(tenant, leadLock('l1'))
  const ledger = createLeadLedger(redis, tenant, { fingerprint, fenceOf })
  const history = await readOne(redis, ledger.readingOf('l1'))
  const changes = [ledger.writingOf('l1', { ...history, convertedAt: 6 })]
  await expect(runStep(redis, { changes })).rejects.toThrow(/without the lock/)
  await runStep(redis, { fences: [fenceOf()], changes })
  expect(await stored(key)).toEqual({ convertedAt: 6, lastOpened: { id: 'o', key: 'k', by: 'route' }, route: 'r' })
})

test.each([
  ['a state that only a newer version knows', JSON.stringify({ marked: 'paused' })],
  ['a damaged record', '{"marked":"wo'],
])(
  '%s is not taken for "never told": the job fails in a way that may pass, and writes nothing',
  async (_what, text) => {
    const tenant = `t-${crypto.randomUUID()}`
    const key = stateKey(tenant, 'mark', 'o1')
    await redis.set(key, text)
    await expect(readOne(redis, createMarkLedger(redis, tenant).readingOf('o1'))).rejects.toMatchObject({
      name: 'TransientFailure',
      code: 'STATE_UNREADABLE',
    })
    expect(await redis.get(key)).toBe(text)
  },
)
