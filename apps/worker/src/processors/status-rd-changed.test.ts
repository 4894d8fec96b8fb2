import { crmOpportunity } from '@ponte/contracts'
import { opportunityLock } from '@ponte/state'
import { expect, test } from 'vitest'
import { openTestLocks } from '../testing/test-locks.ts'
import { JobDelayed } from '../calls/job-delayed.ts'
import { clientsOf, openTestRedis, testConnection, testContext } from '../testing/test-context.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { statusRdChanged } from './status-rd-changed.ts'

const redis = openTestRedis()

/** One run after TOTVS CRM took a text that it does not show, by the clock of the worker that wrote it. */
async function checkAgain(writtenAt: number): Promise<unknown> {
  const tenant = testTenant()
  const connection = testConnection(redis, tenant)
  const systems = clientsOf(connection)
  const locks = openTestLocks(redis, tenant)
  const context = testContext(connection, locks, {
    ...systems,
    crm: {
      ...systems.crm,
      getOpportunity: (_contextUrl, id) =>
        Promise.resolve(crmOpportunity.parse({ id, status: 'PROGRESS', customFields: {} })),
    },
  })
  const field = { text: 'ERRO 1/3 RD_REJECTED: …', state: 'taken', takenAt: writtenAt, writes: 1 } as const
  const reading = context.statuses.readingOf('o')
  const valueOf = await context.lock([opportunityLock('o')], { readings: [reading] })
  await context.underLocks({ changes: [context.statuses.writingOf('o', { ...valueOf(reading), field })] })
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
