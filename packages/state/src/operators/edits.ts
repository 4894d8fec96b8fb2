import type { RedisClient } from '../redis/redis-client.ts'
import { z } from 'zod'
import { stateKey } from '../redis/keys.ts'
import { loadScript } from '../redis/load-script.ts'

/** As long as a failed job is kept (docs/behaviour/queues.md#retention). */
const KEEP_S = 30 * 24 * 3600

/** What a person corrected in an event, before and after. Holds personal data, as the job does. */
export type EditRecord = z.infer<typeof editRecord>
const editRecord = z.object({
  event: z.string(),
  original: z.record(z.string(), z.unknown()),
  current: z.record(z.string(), z.unknown()),
  changes: z.array(z.object({ at: z.string(), by: z.string(), fields: z.array(z.string()) })),
})

export interface Exchange {
  /** The keys of the queue: its sorted set of failed jobs, and the hash of the job. */
  readonly keys: { readonly failed: string; readonly job: string }
  readonly queue: string
  readonly jobId: string
  /** The job's data as they were read, and the data that replace them. */
  readonly before: unknown
  readonly after: unknown
  /** The record to keep of the edit. Absent: the record of earlier edits is removed. */
  readonly record: EditRecord | undefined
}

const exchange = loadScript(import.meta.dirname, 'exchange-data.lua')

/**
 * What people corrected in failed events. The job holds the original too, until it is removed. The record stays 30 days from the last
 * correction. `ponte erase` finds it by what it holds.
 */
export function createEdits(redis: RedisClient, tenant: string) {
  const recordKey = (queue: string, jobId: string): string => stateKey(tenant, 'edit', queue, jobId)
  return {
    /** Puts other data into a failed job. False when it is failed no longer or its data are not those that were read. */
    async exchange({ keys, queue, jobId, before, after, record }: Exchange): Promise<boolean> {
      const texts = [before, after].map(data => JSON.stringify(data))
      const kept = record === undefined ? '' : JSON.stringify(record)
      const answer = await exchange(
        redis,
        [keys.failed, keys.job, recordKey(queue, jobId)],
        [jobId, ...texts, kept, KEEP_S],
      )
      return answer === 1
    },
    /** What was corrected in a job, also after the job is gone. */
    async read(queue: string, jobId: string): Promise<EditRecord | undefined> {
      const text = await redis.get(recordKey(queue, jobId))
      return text === null ? undefined : editRecord.safeParse(JSON.parse(text)).data
    },
  }
}
