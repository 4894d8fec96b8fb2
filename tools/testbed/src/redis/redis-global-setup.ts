import type { TestProject } from 'vitest/node'
import { findRedis } from './redis.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The Redis of this run, shared by all its tests: use a tenant (or a prefix) of your own, and never flush. */
    readonly redisUrl: string
    /** `npm test -- --all`: the long storm, every run of the tests with random data, more events against quotas and bounds. */
    readonly isLongRun: boolean
  }
}

/** One Redis for the whole run: `inject('redisUrl')`. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const redis = await findRedis({ docker: 'first' })
  project.provide('redisUrl', redis.url)
  project.provide('isLongRun', process.env['PONTE_TEST_ALL'] === 'true')
  return redis.stop
}
