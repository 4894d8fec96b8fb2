import { type Job, Queue } from 'bullmq'
import { Cluster, Redis } from 'ioredis'
import type { ClusterAddress, SentinelAddress } from './fail-over.ts'

const kinds = ['totvs-crm', 'rd-station', 'quarantine'] as const
export type QueueKind = (typeof kinds)[number]

/** A job that is not completed. */
export interface JobView {
  readonly queue: QueueKind
  readonly name: string
  readonly state: 'failed' | 'unfinished'
  readonly data: unknown
  /** Of a failed one. */
  readonly reason: string
}

const unfinished = ['waiting', 'active', 'delayed', 'prioritized', 'waiting-children'] as const

/** One tenant's queues, as an operator sees them. Rejects while Redis is away. */
export function openQueueView(redisAt: string | SentinelAddress | ClusterAddress, tenant: string) {
  const redis = connect(redisAt)
  redis.on('error', () => {})
  const queues = kinds.map(kind => {
    const queue = new Queue(`${tenant}.${kind}`, {
      connection: redis,
      prefix: `{${tenant}}`,
      skipWaitingForReady: true,
      skipVersionCheck: true,
    })
    queue.on('error', () => {})
    return { kind, queue }
  })

  async function look(types: readonly (typeof unfinished)[number][] | readonly ['failed']): Promise<JobView[]> {
    const found = await Promise.all(
      queues.map(async ({ kind, queue }) => (await queue.getJobs([...types])).flatMap(job => toView(kind, job, types))),
    )
    return found.flat()
  }

  return {
    unfinished: () => look(unfinished),
    async countUnfinished(): Promise<number> {
      const counts = await Promise.all(queues.map(({ queue }) => queue.getJobCountByTypes(...unfinished)))
      return counts.reduce((sum, count) => sum + count, 0)
    },
    failed: () => look(['failed']),
    async close(): Promise<void> {
      await Promise.all(queues.map(({ queue }) => queue.close()))
      redis.disconnect()
    },
  }
}

function connect(redisAt: string | SentinelAddress | ClusterAddress): Redis | Cluster {
  const options = { maxRetriesPerRequest: 0, commandTimeout: 3000, socketTimeout: 4000 }
  if (typeof redisAt === 'string') return new Redis(redisAt, { ...options, retryStrategy: () => 200 })
  if ('nodes' in redisAt)
    return new Cluster(redisAt.nodes, {
      redisOptions: options,
      clusterRetryStrategy: () => 200,
      slotsRefreshInterval: 1000,
    })
  return new Redis({ ...options, ...redisAt, retryStrategy: () => 200, sentinelCommandTimeout: 1000 })
}

export type QueueView = ReturnType<typeof openQueueView>

/** A job may be gone by the time it is read. */
function toView(queue: QueueKind, job: Job | undefined, types: readonly string[]): JobView[] {
  if (!job) return []
  const { name, failedReason } = job
  const data: unknown = job.data
  return [{ queue, name, state: types.includes('failed') ? 'failed' : 'unfinished', data, reason: failedReason ?? '' }]
}
