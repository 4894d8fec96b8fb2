import { z } from 'zod'
import { count, reasonCode, time } from './members.ts'

/**
 * What became of the events of one queue that were retried. The members from `delivered` on add up to `asked`. A quarantined delivery that
 * was read counts as the events that it held.
 */
export type RetriedQueue = z.infer<typeof retriedQueue>
const retriedQueue = z.object({
  tenant: z.string(),
  queue: z.string(),
  code: reasonCode.nullable().describe('null: whatever they had failed with'),
  asked: count,
  delivered: count,
  unchanged: count.describe('Ended without a change'),
  failed: z.array(z.object({ code: reasonCode, count })).describe('Failed again'),
  underWay: count,
  left: count.describe('Were no longer failed'),
  notRetried: count.describe('Are still to be retried, or the retry was stopped'),
  removed: count.describe('Removed from the queue before they ended'),
})

/** What became of a retry. */
export type RetryDocument = z.infer<typeof retryDocument>
export const retryDocument = z
  .object({
    id: z.string(),
    by: z.string().describe('Who began it'),
    kind: z.enum(['all', 'trial']).describe('trial: one event, to see whether the cause is fixed'),
    at: time,
    state: z.enum(['working', 'sent', 'stopped']).describe('working: events are still to be retried'),
    ended: z.boolean().describe('Every event has ended'),
    queues: z.array(retriedQueue),
  })
  .meta({ id: 'Retry' })

/** The answer to a request for a retry. */
export type RetryAnswer = z.infer<typeof retryAnswer>
export const retryAnswer = z
  .object({
    dryRun: z.boolean(),
    queues: z
      .array(z.object({ tenant: z.string(), queue: z.string(), count }))
      .describe('What had failed, and is retried unless dryRun is set'),
    retry: retryDocument.nullable().describe('null: a dry run, or nothing had failed'),
  })
  .meta({ id: 'RetryAnswer' })
