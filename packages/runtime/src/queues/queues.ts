import { type Destination, type EventName, type Language, type TenantSettings, textIn } from '@ponte/contracts'
import { type BulkJobOptions, type Job, type JobsOptions, Queue, type WorkerOptions } from 'bullmq'
import { type QueueKind, queueKinds, queueName, queuePrefix } from './queue-names.ts'
import { batchAdds, type AddingDeps } from './batch-adds.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createQuarantineSize } from './quarantine-size.ts'
import type { Tenant } from '../tenants/tenants.ts'
import { noReplicas, type RedisClient, ReplicasMissing, stateKey, updateKey } from '@ponte/state'

const DAY_S = 24 * 3600

/** How long failed jobs and quarantine are kept (docs/behaviour/queues.md#retention). */
export const FAILED_KEEP_S = 30 * DAY_S
/** How long completed jobs are kept. */
export const COMPLETED_KEEP_S = DAY_S

/** Options of every worker: how long it keeps what it has finished. Jobs need not repeat them. */
export const keepFinished = {
  removeOnComplete: { age: COMPLETED_KEEP_S, count: 1000 },
  removeOnFail: { age: FAILED_KEEP_S },
} satisfies Pick<WorkerOptions, 'removeOnComplete' | 'removeOnFail'>

/** Lines kept in the log of a job, the newest ones (docs/behaviour/redis.md). */
export const MAX_LOG_LINES = 200

/** Options of every job of a destination. The worker decides how long it pauses between attempts, and what it keeps of them. */
export const jobOptions = (retry: TenantSettings['retry']): JobsOptions => ({
  attempts: retry.attempts,
  backoff: { type: 'ponte' },
})

/** A quarantined delivery is read once. A person may retry it. */
export const quarantineOptions: JobsOptions = { attempts: 1 }

/**
 * Each job is added with an id of its own. An add may be sent again, because its answer was lost or a job beside it was refused
 * (`batchAdds`). Without the id that would make a second job.
 */
interface JobQueue extends Queue {
  add(name: string, data: unknown, options: JobsOptions & { readonly jobId: string }): Promise<Job>
  addBulk(jobs: { name: string; data: unknown; opts: BulkJobOptions & { readonly jobId: string } }[]): Promise<Job[]>
}

export interface TenantQueues extends Record<Destination, JobQueue> {
  readonly quarantine: JobQueue
  readonly quarantineSize: ReturnType<typeof createQuarantineSize>
  readonly updates: ReturnType<typeof createUpdateEvents>
  /** For a delivery that is there already. Rejects with ReplicasMissing when too few replicas have what Redis has written so far. */
  readonly confirmEarlier: () => Promise<void>
}

/** A tenant, of whose settings only the mode counts here: for a Redis that holds none. */
interface QueueOwner extends Pick<Tenant, 'name'> {
  readonly settings?: Pick<TenantSettings, 'mode'>
}

/**
 * The three queues of each tenant on one connection. Each is opened when it is first used, because most of a thousand tenants are idle.
 * With the two `skip` options a queue fails at once while Redis is away, and works again when it is back. They belong together (BullMQ 6:
 * one without the other hangs or stays broken). `replicas` confirm each job that is added without delay and priority: deliveries.
 * `mostWaiting`: of whom too much waits, nothing more is added.
 */
export function openQueues(
  tenants: readonly QueueOwner[],
  redis: RedisClient,
  log: Logger,
  { replicas = noReplicas, mostWaiting }: Pick<AddingDeps, 'replicas' | 'mostWaiting'> = {},
) {
  const opened = new Set<Queue>()
  const modes = new Map<string, TenantSettings['mode']>()
  const connection = batchAdds({ redis, replicas, modeOf: tenant => modes.get(tenant) ?? 'live', mostWaiting })
  const open = (tenant: string, kind: QueueKind): Queue => {
    const queue = new Queue(queueName(tenant, kind), {
      connection,
      prefix: queuePrefix(tenant),
      skipWaitingForReady: true,
      skipVersionCheck: true,
      streams: { events: { maxLen: 1000 } },
    })
    queue.on('error', err => log.debug({ err, queue: queue.name }, 'queue error'))
    opened.add(queue)
    return queue
  }
  const openTenant = (tenant: string): TenantQueues => {
    const own: Partial<Record<QueueKind, Queue>> = {}
    const queue = (kind: QueueKind): Queue => (own[kind] ??= open(tenant, kind))
    let quarantineSize: TenantQueues['quarantineSize'] | undefined
    return {
      get 'totvs-crm'() {
        return queue('totvs-crm')
      },
      get 'rd-station'() {
        return queue('rd-station')
      },
      get quarantine() {
        return queue('quarantine')
      },
      get quarantineSize() {
        return (quarantineSize ??= createQuarantineSize(redis, queue('quarantine'), { tenant }))
      },
      updates: createUpdateEvents(redis, tenant),
      async confirmEarlier() {
        const key = stateKey(tenant, 'confirmed')
        if (!(await replicas.confirmEarlier(redis, 'delivery', key))) throw new ReplicasMissing()
      },
    }
  }
  // By name: the mode is all that a queue has of a tenant's settings, and `add` renews it. Who may use a queue is asked of the tenants of now.
  const queues = new Map<string, TenantQueues>()
  function add({ name, settings }: QueueOwner): void {
    modes.set(name, settings?.mode ?? 'live')
    if (!queues.has(name)) queues.set(name, openTenant(name))
  }
  for (const tenant of tenants) add(tenant)
  return {
    /** Opens the queues of a further or changed tenant. Those of a tenant that is removed stay open, for what is under way. */
    add,
    /** Throws for a tenant for which no queues were opened. */
    of(tenant: string): TenantQueues {
      const own = queues.get(tenant)
      if (own === undefined) throw new Error(`no queues are open for the tenant ${tenant}`)
      return own
    },
    all: (): readonly Queue[] => [...queues.values()].flatMap(own => queueKinds.map(kind => own[kind])),
    async close(): Promise<void> {
      await Promise.all([...opened].map(queue => queue.close()))
    },
  }
}

export type Queues = ReturnType<typeof openQueues>

const labels = {
  'totvs-crm': { en: 'RD Station → TOTVS', pt: 'RD Station → TOTVS' },
  'rd-station': { en: 'TOTVS → RD Station', pt: 'TOTVS → RD Station' },
  quarantine: { en: 'quarantine', pt: 'quarentena' },
} as const satisfies Record<QueueKind, unknown>

/** What people call a queue of a tenant: its direction. A name that no queue has stays as it is. */
export const queueLabel = (name: string, language: Language): string =>
  isKind(name) ? textIn(labels[name], language) : name

const isKind = (name: string): name is QueueKind => Object.hasOwn(labels, name)

const PREFIX = 'update-'

/**
 * The deduplication id of an event that shares a job with the waiting events of its opportunity: while one waits, a further one is the same
 * job.
 */
export const updateId = (name: EventName, opportunityId: string): string => `${PREFIX}${name}-${opportunityId}`

export const isUpdateId = (deduplicationId: string | undefined): boolean => deduplicationId?.startsWith(PREFIX) === true

/**
 * Which job has an update of an opportunity, by its event key. The script that adds jobs remembers it. The queue cannot, because several
 * updates may be one job. If a key is lost, the opportunity is read once more, nothing else.
 */
export const createUpdateEvents = (redis: RedisClient, tenant: string) => ({
  jobOf: async (eventKey: string): Promise<string | undefined> =>
    (await redis.get(updateKey(tenant, eventKey))) ?? undefined,
})
