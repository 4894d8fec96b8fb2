import type { RedisClient } from '../redis/redis-client.ts'
import { z } from 'zod'
import { stateKey } from '../redis/keys.ts'
import { createRecord, type KnownMembers } from '../redis/record.ts'

/** An episode that no worker has read for this long is forgotten. */
const KEEP_S = 7 * 24 * 3600

/** Which alerts were sent about one episode, over one channel. Read and written under the tenant's alert lock only. */
export type AlertEpisode = KnownMembers<z.infer<typeof alertEpisode>>
const alertEpisode = z.looseObject({
  /** `opening`: the alert about its beginning is being sent. `closing`: the alert about its end is being sent. */
  phase: z.enum(['opening', 'open', 'closing']),
  /** Messages of this phase that may have arrived. */
  tries: z.number(),
  /** Messages that certainly did not arrive. */
  refusals: z.number(),
  /** No message is sent before this time, in milliseconds since 1970. */
  notBefore: z.number(),
})

export function createAlertEpisodes(redis: RedisClient, tenant: string) {
  const record = createRecord<AlertEpisode>(redis, {
    schema: alertEpisode,
    keepS: KEEP_S,
    // At worst an alert is sent twice.
    unreadable: 'absent',
  })
  const key = (channel: string, id: string): string => stateKey(tenant, 'alert', channel, id)
  return {
    /** Whether there is an episode of any of these ids, in any of these channels. */
    async hasAny(channels: readonly string[], ids: readonly string[]): Promise<boolean> {
      return (await redis.exists(channels.flatMap(channel => ids.map(id => key(channel, id))))) > 0
    },
    read: (channel: string, id: string): Promise<AlertEpisode | undefined> => record.read(key(channel, id)),
    async write(channel: string, id: string, episode: AlertEpisode | undefined): Promise<void> {
      if (episode === undefined) await redis.del(key(channel, id))
      else await record.write(key(channel, id), episode)
    },
  }
}

/** If no worker has read the record for this long, the next summary is the one of the next week. */
const SUMMARY_KEEP_S = 30 * 24 * 3600

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
    keepS: SUMMARY_KEEP_S,
    // At worst one summary is not sent.
    unreadable: 'absent',
  })
  const key = (channel: string): string => stateKey(tenant, 'summary', channel)
  return {
    read: (channel: string): Promise<SentSummary | undefined> => record.read(key(channel)),
    write: (channel: string, summary: SentSummary): Promise<void> => record.write(key(channel), summary),
  }
}
