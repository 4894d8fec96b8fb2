import { Redis } from 'ioredis'
import { afterAll, expect, inject, test, vi } from 'vitest'
import { createFingerprint } from '../fingerprints/fingerprint.ts'
import { stateKey } from './keys.ts'
import { acquireLock } from './lock.ts'
import { LockLost, runStep } from './step.ts'
import { createLeadLedger, leadLock } from '../leads/lead-ledger.ts'
import { createMarkLedger, opportunityLock } from '../marks/mark-ledger.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

test('a write under a lost lock is refused, and what the new holder wrote stays', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const lockKey = stateKey(tenant, 'lock', opportunityLock('o1'))
  const first = await acquireLock(redis, [lockKey], { waitMs: 0 })
  const firstLedger = createMarkLedger(redis, tenant, () => first?.fenceOf(lockKey) ?? { key: lockKey, token: '' })
  await firstLedger.write('o1', { marked: 'open' })

  await redis.del(lockKey)
  const second = await acquireLock(redis, [lockKey], { waitMs: 0 })
  const secondLedger = createMarkLedger(redis, tenant, () => second?.fenceOf(lockKey) ?? { key: lockKey, token: '' })
  await secondLedger.write('o1', { marked: 'won' })

  await expect(firstLedger.write('o1', { marked: 'open' })).rejects.toThrow(LockLost)
  expect(await secondLedger.read('o1')).toEqual({ marked: 'won' })
  await Promise.all([first?.release(), second?.release()])
})

test('a ledger opened for reading refuses to write', async () => {
  const ledger = createMarkLedger(redis, `t-${crypto.randomUUID()}`)
  expect(await ledger.read('o1')).toEqual({ marked: 'none' })
  await expect(async () => ledger.write('o1', { marked: 'open' })).rejects.toThrow(/without the lock/)
})

test('reading a history renews its time to live', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const key = stateKey(tenant, 'mark', 'o1')
  await redis.set(key, JSON.stringify({ marked: 'won' }), 'EX', 5)
  await createMarkLedger(redis, tenant).read('o1')
  expect(await redis.ttl(key)).toBeGreaterThan(300 * 24 * 3600)
})

const underLock = async (tenant: string, name: string) => {
  const key = stateKey(tenant, 'lock', name)
  await redis.set(key, 'ours')
  return () => ({ key, token: 'ours' })
}
const stored = async (key: string): Promise<unknown> => JSON.parse((await redis.get(key)) ?? 'null')

const failing = {
  series: 's',
  round: 2,
  code: 'A_CODE_OF_TOMORROW',
  basis: 'b',
  jobId: 'j',
  stalled: 0,
  failedJobs: ['j'],
  blame: 'member of tomorrow',
}

test('a ledger that a newer version wrote is read: a code and members that are not known yet do not make it "never marked"', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const key = stateKey(tenant, 'mark', 'o1')
  await redis.set(key, JSON.stringify({ marked: 'won', failing, adopted: { at: 1 } }))
  const history = await createMarkLedger(redis, tenant).read('o1')
  expect(history).toMatchObject({ marked: 'won', failing: { round: 2, code: 'A_CODE_OF_TOMORROW' } })
})

test('what a newer version keeps in a ledger is still there after an older one has written it', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const key = stateKey(tenant, 'mark', 'o1')
  await redis.set(key, JSON.stringify({ marked: 'open', failing, adopted: { at: 1 } }))
  const ledger = createMarkLedger(redis, tenant, await underLock(tenant, opportunityLock('o1')))
  const history = await ledger.read('o1')
  await ledger.write('o1', { ...history, marked: 'won' })
  expect(await stored(key)).toEqual({ marked: 'won', failing, adopted: { at: 1 } })
  await ledger.write('o1', { marked: 'lost' })
  expect(await stored(key)).toEqual({ marked: 'lost', adopted: { at: 1 } })
})

test('a ledger is read and written with the member names of version 0.1.0', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const key = stateKey(tenant, 'mark', 'o1')
  const kept = {
    marked: 'open',
    failing,
    sending: { mark: 'sale', at: 1, askFrom: 2 },
    statusRd: { text: 't', written: true, basis: 'c' },
  }
  await redis.set(key, JSON.stringify(kept))
  const ledger = createMarkLedger(redis, tenant, await underLock(tenant, opportunityLock('o1')))
  const history = await ledger.read('o1')
  expect(history).toMatchObject({
    failing: { attemptId: 's', fingerprint: 'b' },
    sending: { recheckAfter: 2 },
    statusRd: { fingerprint: 'c' },
  })
  await ledger.write('o1', history)
  expect(await stored(key)).toEqual(kept)
})

test('the same holds for the ledger of a lead', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const key = stateKey(tenant, 'lead', 'l1')
  await redis.set(key, JSON.stringify({ convertedAt: 5, opened: { id: 'o', key: 'k', by: 'route' }, route: 'r' }))
  const fingerprint = createFingerprint(Buffer.alloc(32, 1))
  const fenceOf = await underLock(tenant, leadLock('l1'))
  const ledger = createLeadLedger(redis, tenant, { fingerprint, fenceOf })
  const history = await ledger.read('l1')
  const changes = [ledger.writingOf('l1', { ...history, convertedAt: 6 })]
  await expect(runStep(redis, { changes })).rejects.toThrow(/without the lock/)
  await runStep(redis, { fences: [fenceOf()], changes })
  expect(await stored(key)).toEqual({ convertedAt: 6, opened: { id: 'o', key: 'k', by: 'route' }, route: 'r' })
})

test.each([
  ['a state that only a newer version knows', JSON.stringify({ marked: 'paused' })],
  ['a damaged record', '{"marked":"wo'],
])(
  '%s is not taken for "never marked": the job fails in a way that may pass, and writes nothing',
  async (_what, text) => {
    const tenant = `t-${crypto.randomUUID()}`
    const key = stateKey(tenant, 'mark', 'o1')
    await redis.set(key, text)
    const ledger = createMarkLedger(redis, tenant, await underLock(tenant, opportunityLock('o1')))
    await expect(ledger.read('o1')).rejects.toMatchObject({ name: 'TransientFailure', code: 'STATE_UNREADABLE' })
    expect(await redis.get(key)).toBe(text)
  },
)

test('writing costs one command: what a newer version keeps in it is known from the reading before', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const key = stateKey(tenant, 'mark', 'o1')
  await redis.set(key, JSON.stringify({ marked: 'open', adopted: { at: 1 } }))
  const ledger = createMarkLedger(redis, tenant, await underLock(tenant, opportunityLock('o1')))
  await ledger.read('o1')
  const sent = vi.spyOn(redis, 'sendCommand')
  await ledger.write('o1', { marked: 'won' })
  await ledger.write('o1', { marked: 'lost' })
  expect(sent.mock.calls.map(([{ name }]) => name)).toEqual(['evalsha', 'evalsha'])
  sent.mockRestore()
  expect(await stored(key)).toEqual({ marked: 'lost', adopted: { at: 1 } })
})
