import { type Job, Queue } from 'bullmq'
import { inject } from 'vitest'

/** Looks into one of a tenant's queues, as an operator does. */
export async function withQueue<Result>(
  tenant: string,
  kind: 'totvs-crm' | 'rd-station' | 'quarantine',
  read: (queue: Queue) => Promise<Result>,
  redisUrl: string = inject('redisUrl'),
): Promise<Result> {
  const { hostname, port } = new URL(redisUrl)
  const queue = new Queue(`${tenant}.${kind}`, {
    connection: { host: hostname, port: Number(port) },
    prefix: `{${tenant}}`,
  })
  try {
    return await read(queue)
  } finally {
    await queue.close()
  }
}

export const failedJobs = (tenant: string, kind: 'totvs-crm' | 'rd-station' | 'quarantine'): Promise<Job[]> =>
  withQueue(tenant, kind, queue => queue.getFailed())

/** Nothing waits, runs, or is to run later. */
export const isQuiet = (tenant: string, kind: 'totvs-crm' | 'rd-station' | 'quarantine'): Promise<boolean> =>
  withQueue(
    tenant,
    kind,
    async queue => (await queue.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized')) === 0,
  )
