import { crmOpportunity } from '@ponte/contracts'
import { createLogger, openQueues, openWorkerRedis } from '@ponte/runtime'
import {
  createFingerprint,
  createLeadLedger,
  createMarkLedger,
  createSecretBox,
  createStatusLedger,
  opportunityLock,
} from '@ponte/state'
import { afterAll, expect, inject, test } from 'vitest'
import { openConnection } from '../connections/connection.ts'
import type { JobContext } from '../run/job-context.ts'
import { createJobLocks } from '../run/job-locks.ts'
import { JobDelayed } from '../run/job-delayed.ts'
import { createRunFigures } from '../figures/run-figures.ts'
import { createWorkerMetrics } from '../telemetry/metrics.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { statusRdChanged } from './status-rd-changed.ts'

const log = createLogger({ level: 'silent', process: 'test' })
const redis = openWorkerRedis(inject('redisUrl'), log)
afterAll(() => redis.disconnect())

/** One run after a text was taken, by the clock of the worker that wrote it, and is not shown. */
async function checkAgain(writtenAt: number): Promise<unknown> {
  const tenant = testTenant()
  const queues = openQueues([tenant], redis, log).of(tenant.name)
  const box = createSecretBox(Buffer.alloc(32, 1))
  const fingerprint = createFingerprint(Buffer.alloc(32, 2))
  const connection = openConnection({ tenant, queues, redis, box, fingerprint, onUnreadableTokens: () => undefined })
  const systems = connection.clients({ before: () => Promise.resolve(), after: () => Promise.resolve() })
  const locks = createJobLocks({ redis, tenant, abort: () => undefined })
  const context: JobContext = {
    ...connection,
    ...systems,
    spareRd: () => systems.rd,
    metrics: createWorkerMetrics(),
    figures: createRunFigures(),
    jobId: 'job',
    retry: undefined,
    note: () => undefined,
    locked: locks.locked,
    underLocks: locks.underLocks,
    recordAndRelease: locks.recordAndRelease,
    leads: createLeadLedger(redis, tenant.name, { fingerprint, fenceOf: locks.fenceOf }),
    marks: createMarkLedger(redis, tenant.name, locks.fenceOf),
    statuses: createStatusLedger(redis, tenant.name, locks.fenceOf),
    crm: {
      ...systems.crm,
      getOpportunity: (_contextUrl, id) =>
        Promise.resolve(crmOpportunity.parse({ id, status: 'PROGRESS', customFields: {} })),
    },
  }
  const field = { text: 'ERRO 1/3 RD_REJECTED: …', state: 'taken', takenAt: writtenAt, writes: 1 } as const
  const reading = context.statuses.readingOf('o')
  await context.locked(
    [opportunityLock('o')],
    valueOf => context.underLocks({ changes: [context.statuses.writingOf('o', { ...valueOf(reading), field })] }),
    { readings: [reading] },
  )
  const contextUrl = '/api/v1/opportunity/opportunities'
  const data = { v: 1, key: 'k', receivedAt: new Date().toISOString(), opportunityId: 'o', contextUrl } as const
  return await statusRdChanged(data, context)
    .run()
    .catch((error: unknown) => error)
}

test('a CRM has a moment to show what it has taken', async () => {
  expect(await checkAgain(Date.now() - 500)).toBeInstanceOf(JobDelayed)
})

test.each([
  ['the moment is over', -5000],
  ['the worker that wrote has a clock an hour ahead', 3_600_000],
])('a text that is not shown is a failure when %s', async (_when, aheadMs) => {
  expect(await checkAgain(Date.now() + aheadMs)).toMatchObject({ code: 'CRM_STATUS_FIELD_UNREADABLE' })
})
