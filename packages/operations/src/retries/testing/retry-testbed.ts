import { eventOfJob } from '@ponte/contracts'
import { createAudit, createFingerprint, createTimelines, type RedisClient } from '@ponte/state'
import type { RetriedQueue } from '../../documents.ts'
import { beginRetry } from '../begin-retry.ts'
import { readRetry } from '../read-retries.ts'

export const fingerprint = createFingerprint(Buffer.alloc(32, 1))

const REJECTED = 'CRM_REJECTED: TOTVS CRM refused the data.'
export const jobOf = (id: string, failedReason = REJECTED) => ({
  id,
  name: 'lead.registered',
  timestamp: Date.now(),
  failedReason,
  data: { key: `key-${id}`, lead: { email: 'ana@x.example' } },
})
type OwnJob = ReturnType<typeof jobOf>

/** A queue as BullMQ keeps it, and what a worker records of its jobs. */
async function openQueueOf(redis: RedisClient, ids: readonly string[]) {
  const tenant = `t-${crypto.randomUUID()}`
  const queueKeys = `{${tenant}}:totvs-crm:`
  const timelines = createTimelines(redis, tenant, fingerprint)
  const fail = async (id: string, at: number, reason = REJECTED): Promise<void> => {
    await redis.hset(queueKeys + id, { name: 'lead.registered', failedReason: reason })
    await redis.zadd(`${queueKeys}failed`, at, id)
  }
  for (const [index, id] of ids.entries()) await fail(id, 1000 + index)
  return {
    tenant,
    queueKeys,
    fail,
    /** As BullMQ does it: nobody can retry the same failure twice. */
    retry: async ({ id }: OwnJob): Promise<boolean> => (await redis.zrem(`${queueKeys}failed`, id)) === 1,
    end: (
      id: string,
      outcome: 'done' | 'skipped' | 'failed' | 'retrying',
      code?: string,
      at = Date.now(),
    ): Promise<void> =>
      timelines.record(
        { ...eventOfJob(jobOf(id)), identities: [] },
        { kind: 'run', at, event: 'lead.registered', jobId: id, outcome, code },
        { jobKey: queueKeys + id },
      ),
  }
}
export type OwnQueue = Awaited<ReturnType<typeof openQueueOf>>

/** Queues whose jobs a test retries, and what is read of its retries. */
export function createRetryTestbed(redis: RedisClient) {
  const openQueue = (ids: readonly string[]) => openQueueOf(redis, ids)
  const begin = (
    queues: readonly OwnQueue[],
    ids: readonly string[],
    { own = redis, retry }: { own?: RedisClient; retry?: (job: OwnJob) => Promise<boolean> } = {},
  ) =>
    beginRetry<OwnJob>(
      { redis: own, fingerprint },
      {
        user: 'ana',
        kind: 'all',
        parts: queues.map(queue => ({
          tenant: queue.tenant,
          queue: 'totvs-crm',
          code: 'CRM_REJECTED',
          queueKeys: queue.queueKeys,
          ids,
          find: async id =>
            id.startsWith('gone') ? undefined : jobOf(id, id.startsWith('other') ? 'no code' : REJECTED),
          retry: retry ?? queue.retry,
        })),
      },
    )

  const read = (queue: OwnQueue, id: string) => readRetry({ redis, tenants: [{ name: queue.tenant }] }, id)

  /** The counts that are not 0. */
  async function partOf(queue: OwnQueue, id: string): Promise<Partial<RetriedQueue>> {
    const [{ tenant: _, queue: _name, code: _code, ...counts } = {}] = (await read(queue, id))?.queues ?? []
    return Object.fromEntries(
      Object.entries(counts).filter(([, value]) => value !== 0 && JSON.stringify(value) !== '[]'),
    )
  }
  const stateOf = async (queue: OwnQueue, id: string) => (await read(queue, id))?.state
  const auditOf = async (tenant: string) =>
    (await createAudit(redis).read({ count: 1000 })).filter(record => record.tenant === tenant)

  return { openQueue, begin, partOf, stateOf, auditOf }
}
