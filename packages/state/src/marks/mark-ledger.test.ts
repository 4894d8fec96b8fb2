import { Redis } from 'ioredis'
import { afterAll, expect, inject, onTestFinished, test, vi } from 'vitest'
import { createMarkLedger } from './mark-ledger.ts'
import { stateKey } from '../redis/keys.ts'
import { change, readOne } from '../redis/step.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

function createContact() {
  const tenant = `t-${crypto.randomUUID()}`
  const ledger = createMarkLedger(redis, tenant)
  return {
    key: stateKey(tenant, 'contact-opportunities', 'u-1'),
    remember: (uuid: string, id: string) => change(redis, [ledger.addingOpportunityOf(uuid, id)]),
    forget: (uuid: string, id: string) => change(redis, [ledger.droppingOpportunityOf(uuid, id)]),
    async list(uuid: string) {
      const reading = ledger.opportunitiesReadingOf(uuid)
      return await readOne(redis, reading)
    },
  }
}

test('opportunities of a contact are listed in the order in which they became known, until their end is marked', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const { key, list, remember, forget } = createContact()
  for (const [minute, id] of ['o-9', 'o-1', 'o-5', 'o-9'].entries()) {
    vi.setSystemTime(Date.UTC(2026, 0, 1, 12, minute))
    await remember('u-1', id)
  }
  expect(await list('u-1')).toEqual(['o-9', 'o-1', 'o-5'])
  await forget('u-1', 'o-1')
  expect(await list('u-1')).toEqual(['o-9', 'o-5'])
  expect(await list('u-2')).toEqual([])
  expect(await redis.ttl(key)).toBeGreaterThan(399 * 24 * 3600)
})

test('a contact with very many opportunities keeps the newest fifty', async () => {
  const { key, list, remember } = createContact()
  await redis.zadd(key, ...Array.from({ length: 60 }, (_, index) => [index, `old-${index}`]).flat())
  await remember('u-1', 'new')
  const kept = await list('u-1')
  expect(kept).toHaveLength(50)
  expect(kept.at(-1)).toBe('new')
})

test('10,000 opportunities are begun in one step, and what is recorded stays', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const ledger = createMarkLedger(redis, tenant)
  const ids = Array.from({ length: 10_000 }, (_, index) => `o-${index}`)
  await change(redis, [ledger.beginningOf('o-7', 'won')])
  await change(
    redis,
    ids.map(id => ledger.beginningOf(id, 'open')),
  )
  const marked = (await ledger.peek(ids)).map(record => record?.marked)
  expect(marked.filter(each => each === 'open')).toHaveLength(9999)
  expect(marked[7]).toBe('won')
})
