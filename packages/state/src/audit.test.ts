import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { type AuditEntry, createAudit } from './audit.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())
const audit = createAudit(redis)

const entry = (tenant: string, action: string): AuditEntry => ({ who: 'ana', action, outcome: 'done', tenant })

test('what people did is read newest first, page by page, and ends after 400 days', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const before = Date.now()
  for (const action of ['login', 'pause', 'retry']) await audit.write(entry(tenant, action))
  await audit.write({ ...entry(tenant, 'retry-all'), queue: 'totvs-crm', code: 'CRM_REJECTED', detail: '3' })

  // Other tests write into the same trail at the same time.
  const own = (await audit.read({ count: 1000 })).filter(record => record.tenant === tenant)
  expect(own.map(({ action }) => action)).toEqual(['retry-all', 'retry', 'pause', 'login'])
  expect(own[0]).toMatchObject({ who: 'ana', queue: 'totvs-crm', code: 'CRM_REJECTED', detail: '3', outcome: 'done' })
  expect(Math.abs((own[0]?.at ?? 0) - before)).toBeLessThan(10_000)

  const [newest] = own
  const older = await audit.read({ before: newest?.id, count: 1000 })
  expect(older.filter(record => record.tenant === tenant).map(({ action }) => action)).toEqual([
    'retry',
    'pause',
    'login',
  ])
  expect(await redis.ttl('ponte:audit')).toBeGreaterThan(399 * 24 * 3600)
})
