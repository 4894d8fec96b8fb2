import { crmEventNames, PermanentFailure, requireIdentities } from '@ponte/contracts'
import { noFence, opportunityLock, personLocks } from '@ponte/state'
import { expect, test } from 'vitest'
import type { JobContext, Processing } from '../run/job-context.ts'
import { clientsOf, openTestRedis, testConnection, testContext } from '../testing/test-context.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { processors } from '../shadow/run-by-mode.ts'

const redis = openTestRedis()

class LockWanted extends Error {
  override name = 'LockWanted'
  readonly names: readonly string[]

  constructor(names: readonly string[]) {
    super(names.join())
    this.names = names
  }
}

/** Every member of it fails, because nothing may use it yet. */
const untouchable = <Part extends object>(part: Part): Part =>
  new Proxy(part, {
    get: (_part, name) => () => Promise.reject(new Error(`${String(name)} was called without a lock`)),
  })

/** No system and no ledger can be used, and the first lock that is wanted ends the run. */
function contextWithoutLocks(): JobContext {
  const tenant = testTenant()
  const connection = testConnection(untouchable(redis), tenant, redis)
  const { crm, rd } = clientsOf(testConnection(redis, tenant))
  const locks = {
    fenceOf: noFence,
    lock: (names: readonly string[]) => Promise.reject(new LockWanted(names)),
    release: () => Promise.reject(new Error('no lock is held')),
    underLocks: () => Promise.reject(new Error('no lock is held')),
    recordAndRelease: () => Promise.reject(new Error('no lock is held')),
  }
  return testContext(connection, locks, { crm: untouchable(crm), rd: untouchable(rd) })
}

/** The locks that the run wants first, and those that `afterFailure` wants first. */
const firstLocks = ({ run, afterFailure }: Processing): Promise<unknown[]> =>
  Promise.all(
    [run(), ...(afterFailure ? [afterFailure(new PermanentFailure('CRM_REJECTED'))] : [])].map(work =>
      work.then(
        () => 'no lock',
        (error: unknown) => (error instanceof LockWanted ? error.names : error),
      ),
    ),
  )

const envelope = { v: 1, key: 'key', receivedAt: '2026-01-02T03:04:05.000Z' } as const
const ofOpportunities = [...crmEventNames, 'status-rd.changed'] as const

test.each(ofOpportunities)(
  '%s reaches no system and no ledger before it holds the lock of its opportunity',
  async name => {
    const data = { ...envelope, opportunityId: 'o-1', contextUrl: '/api/v1/opportunity/opportunities' }
    const locks = await firstLocks(processors[name](data, contextWithoutLocks()))
    expect(new Set(locks.flat())).toEqual(new Set([opportunityLock('o-1')]))
  },
)

test('lead.registered reaches no system and no ledger before it holds the locks of its person', async () => {
  const lead = { name: 'Ana', mobilePhone: '41999998888', phone: '4133334444' }
  const context = contextWithoutLocks()
  const [locks] = await firstLocks(processors['lead.registered']({ ...envelope, lead }, context))
  expect(locks).toEqual(personLocks(requireIdentities(lead), context.fingerprint))
})

test('every job is one of these', () => {
  expect(Object.keys(processors).toSorted()).toEqual(['lead.registered', ...ofOpportunities].toSorted())
})
