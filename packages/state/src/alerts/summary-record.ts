import type { RedisClient } from '../redis/redis-client.ts'
import { z } from 'zod'
import { stateKey } from '../redis/keys.ts'
import { createRecord, type KnownMembers } from '../redis/record.ts'

/** If no worker has read the record for this long, the next summary is the one of the next week. */
const KEEP_S = 30 * 24 * 3600

/** What became of the last weekly summary, over one channel. Read and written only under the tenant's lock for summaries. */
export type SentSummary = KnownMembers<z.infer<typeof sentSummary>>
const sentSummary = z.looseObject({
  /** When it was due. Milliseconds since 1970, as all times here. */
  due: z.number(),
  /** It was sent, or Ponte stopped trying. */
  isOver: z.boolean(),
  /** Messages that may have arrived. */
  tries: z.number(),
  /** Messages that certainly did not arrive. */
  refusals: z.number(),
  /** No message is sent before this time. */
  notBefore: z.number(),
})

export function createSummaryRecord(redis: RedisClient, tenant: string) {
  const record = createRecord<SentSummary>(redis, {
    schema: sentSummary,
    members: Object.keys(sentSummary.shape),
    keepS: KEEP_S,
    // At worst one summary is not sent.
    unreadable: 'absent',
  })
  const key = (channel: string): string => stateKey(tenant, 'summary', channel)
  return {
    read: (channel: string): Promise<SentSummary | undefined> => record.read(key(channel)),
    write: (channel: string, summary: SentSummary): Promise<void> => record.write(key(channel), summary),
  }
}
