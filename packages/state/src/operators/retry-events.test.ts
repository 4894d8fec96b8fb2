import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createAudit } from './audit.ts'
import { retryEvents } from './retry-events.ts'
import { createFingerprint } from '../fingerprints/fingerprint.ts'
import { createTimelines, timelineId } from '../timeline/timeline.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())
const fingerprint = createFingerprint(Buffer.alloc(32, 1))

const REJECTED = 'CRM_REJECTED: TOTVS CRM refused the data.'
const jobOf = (id: string, failedReason = REJECTED) => ({
  ...{ id, name: 'lead.registered', timestamp: Date.now(), failedReason },
  data: { key: `key-${id}`, lead: { email: 'ana@x.example' } },
})

/** `cutAt`: the job whose retry finds Redis away. */
function retry(ids: readonly string[], { cutAt }: { cutAt?: string } = {}) {
  const tenant = `t-${crypto.randomUUID()}`
  const done = retryEvents(
    { redis, fingerprint },
    {
      ...{ user: 'ana', tenant, queue: 'totvs-crm', code: 'CRM_REJECTED', ids },
      find: async id => (id.startsWith('gone') ? undefined : jobOf(id, id.startsWith('other') ? 'no code' : REJECTED)),
      retry: async ({ id }) => {
        if (id === cutAt) throw new Error('Connection is closed.')
        return !id.startsWith('retried')
      },
    },
  )
  return { tenant, done }
}
const auditOf = async (tenant: string) =>
  (await createAudit(redis).read({ count: 1000 })).filter(record => record.tenant === tenant)
const timelineOf = async (tenant: string, id: string) =>
  (await createTimelines(redis, tenant, fingerprint).read(timelineId(`key-${id}`))).map(({ kind }) => kind)

test('each job that is retried is in the timeline of its event, and their number in the audit trail', async () => {
  const { tenant, done } = retry(['a', 'gone', 'other', 'retried', 'b'])
  expect(await done).toEqual({ retried: 2, skipped: 3 })
  expect(await auditOf(tenant)).toEqual([
    expect.objectContaining({ user: 'ana', action: 'retry-all', outcome: 'done', code: 'CRM_REJECTED', detail: '2' }),
  ])
  expect(await timelineOf(tenant, 'a')).toEqual(['received', 'retried'])
  expect(await timelineOf(tenant, 'other')).toEqual([])
  expect(await timelineOf(tenant, 'retried')).toEqual([])
})

test('what was retried before Redis failed is in the audit trail', async () => {
  const ids = Array.from({ length: 120 }, (_, index) => `job-${index}`)
  const { tenant, done } = retry(ids, { cutAt: 'job-70' })
  await expect(done).rejects.toThrow('Connection is closed.')
  expect(await auditOf(tenant)).toEqual([expect.objectContaining({ outcome: 'done', detail: '99/120' })])
})

test('a Redis that does not come back has kept what was begun', async () => {
  const own = redis.duplicate({ retryStrategy: () => null, maxRetriesPerRequest: 0 })
  const tenant = `t-${crypto.randomUUID()}`
  const done = retryEvents(
    { redis: own, fingerprint },
    {
      ...{ user: 'ana', tenant, queue: 'totvs-crm', ids: ['a', 'b'] },
      find: async id => jobOf(id),
      retry: async () => {
        own.disconnect()
        throw new Error('Connection is closed.')
      },
    },
  )
  await expect(done).rejects.toThrow('Connection is closed.')
  expect(await auditOf(tenant)).toEqual([expect.objectContaining({ action: 'retry-all', detail: '?/2' })])
})

test('when Redis fails at once, the page says that nothing was done', async () => {
  const { tenant, done } = retry(['a'], { cutAt: 'a' })
  await expect(done).rejects.toThrow('Connection is closed.')
  expect(await auditOf(tenant)).toEqual([expect.objectContaining({ outcome: 'failed', detail: '0/1' })])
})
