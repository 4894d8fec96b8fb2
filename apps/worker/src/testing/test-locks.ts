import type { Tenant } from '@ponte/runtime'
import type { RedisClient } from '@ponte/state'
import { createJobLocks, type JobLocks } from '../run/job-locks.ts'

/** Longer than any machine stands still: a test whose lock ends takes it away. */
export const TEST_LOCK_MS = 3_600_000

export const openTestLocks = (redis: RedisClient, tenant: Tenant): JobLocks =>
  createJobLocks({ redis, tenant, abort: () => undefined, lockMs: TEST_LOCK_MS })
