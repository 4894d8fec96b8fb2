import { ThrottledFailure } from '@ponte/contracts'
import { createReconcileRecord } from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { type Reconciled, recordReconciled } from './reconcile.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const found = { read: 9, missing: 2, sent: 2, unread: 0 }
const notAsked = new ThrottledFailure('CRM_UNAVAILABLE', { retryAfterMs: 1, scope: 'job', system: 'totvs-crm' })

test.each<[string, Omit<Reconciled, 'since'>, object | undefined]>([
  ['a system that was not asked leaves no word of nothing missed', { opportunities: { notAsked } }, undefined],
  [
    'what the other system lacks counts all the same',
    { opportunities: { ...found, trust: 'filter' }, contacts: { notAsked } },
    { missing: 2, sent: 2, needsPerson: false, inARow: 1 },
  ],
  [
    'more than are sent are missing',
    { opportunities: { ...found, trust: 'filter' }, contacts: { tooMany: 201 } },
    { missing: 203, sent: 2, needsPerson: true, inARow: 1 },
  ],
  [
    'a contact whose conversion was seen nowhere and is not sent is unclear',
    {
      opportunities: { ...found, missing: 0, sent: 0, trust: 'filter' },
      contacts: { ...found, missing: 0, sent: 0, quarantined: 0, unmatched: 1 },
    },
    { missing: 0, sent: 0, needsPerson: true, inARow: 0 },
  ],
  [
    'a list that could not be read is unclear',
    { opportunities: { unreadable: 'no-end' } },
    { missing: 0, sent: 0, needsPerson: true, inARow: 0 },
  ],
])('of a reconcile is kept: %s', async (_what, reconciled, kept) => {
  const tenant = crypto.randomUUID()
  await recordReconciled({ since: 0, ...reconciled }, { redis, tenant, now: 5 })
  const record = await createReconcileRecord(redis, tenant).read()
  if (kept === undefined) expect(record).toBeUndefined()
  else expect(record).toMatchObject({ at: 5, ...kept })
})
