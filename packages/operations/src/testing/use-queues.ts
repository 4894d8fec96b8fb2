import { createLogger, jobOptions, openQueues, type TenantQueues } from '@ponte/runtime'
import type { Job } from 'bullmq'
import { Redis } from 'ioredis'
import { afterAll, inject } from 'vitest'

interface Opened {
  readonly name: string
  readonly own: TenantQueues
  readonly add: (kind: 'totvs-crm' | 'rd-station' | 'quarantine', delay?: number) => Promise<Job>
}

/** For the tests of a file: tenants with queues of their own. What they leave in Redis is removed after the tests. */
export function useQueues() {
  const redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
  const log = createLogger({ level: 'silent', process: 'test' })
  const options = jobOptions({ attempts: 3, firstDelaySeconds: 0, maxDelaySeconds: 0 })
  const made: { tenant: string; close: () => Promise<void> }[] = []
  afterAll(async () => {
    for (const { close } of made) await close()
    for (const tenant of new Set(made.map(each => each.tenant))) {
      const keys = await redis.keys(`{${tenant}}:*`)
      if (keys.length > 0) await redis.del(...keys)
    }
    redis.disconnect()
  })
  return {
    redis,
    log,
    /** Of a job. */
    options,
    /** Calls `close` after the tests, before the keys of the tenant are removed. */
    closeAfterwards(tenant: string, close: () => Promise<void>): void {
      made.push({ tenant, close })
    },
    open(): Opened {
      const name = `t-${crypto.randomUUID().slice(0, 8)}`
      const queues = openQueues([{ name }], redis, log)
      made.push({ tenant: name, close: () => queues.close() })
      const own = queues.of(name)
      const add = async (kind: 'totvs-crm' | 'rd-station' | 'quarantine', delay?: number): Promise<Job> => {
        const opts = { ...options, jobId: crypto.randomUUID(), ...(delay !== undefined && { delay }) }
        return await own[kind].add('opportunity.won', {}, opts)
      }
      return { name, own, add }
    },
  }
}
