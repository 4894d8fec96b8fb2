import { TransientFailure } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import { z } from 'zod'
import { type Change, removeKey, setKey, type Reading, type Fence } from '../redis/step.ts'
import { stateKey } from '../redis/keys.ts'
import { noFence } from '../redis/lock.ts'
import { createRecord, type KnownMembers } from '../redis/record.ts'
import { MARKS_KEEP_S, opportunityLock } from './mark-ledger.ts'

/**
 * The rounds of one opportunity, and what its field `statusRD` says. Written under the opportunity's lock, and read under it by its own
 * run.
 */
export type StatusRecord = KnownMembers<z.infer<typeof statusRecord>>
const statusRecord = z.looseObject({
  /** The rounds of a mark whose last try has failed (docs/behaviour/status-rd.md#rounds). */
  failing: z
    .looseObject({
      /** The last round that failed. 0: a person has asked since, and `next` is the first of new rounds. */
      round: z.number(),
      /** A failure code, maybe one of a newer version. */
      code: z.string(),
      /** Fingerprint of what the mark depends on, at the last try. */
      fingerprint: z.string(),
      /** Jobs that failed since the last success, the last of them last. */
      failedJobs: z.array(z.string()),
      /** When a person had last retried that job, as the job recorded it when it failed. */
      retry: z.string().optional(),
      /** The next round: its job, and when it begins in milliseconds since 1970. Absent after the last. */
      next: z.looseObject({ jobId: z.string(), at: z.number() }).optional(),
    })
    .optional(),
  field: z
    .looseObject({
      /** What it should say. */
      text: z.string(),
      /**
       * `sent`: a write was begun, and its answer is not known. `taken`: TOTVS CRM accepted it. `shown`: the field has shown a text of
       * Ponte's since then. Only now can an empty field mean that a person emptied it.
       */
      state: z.enum(['wanted', 'sent', 'taken', 'shown']),
      /** Milliseconds since 1970. */
      takenAt: z.number().optional(),
      /** The last text that the field showed exactly as it was written. */
      shown: z.string().optional(),
      /** Writes that may have been carried out since a person last changed something. */
      writes: z.number(),
      /** Fingerprint of what the mark depends on, at the last text. */
      fingerprint: z.string().optional(),
      /** The field holds a request of a person, and Ponte has followed it. */
      followed: z.boolean().optional(),
      /** The job that failed because the field does not show what was written, and its last retry by a person. */
      unreadable: z.looseObject({ jobId: z.string(), retry: z.string().optional() }).optional(),
    })
    .optional(),
  /** What the field says, or is to say, because another value or reason was reported to RD Station than TOTVS CRM has now. */
  differs: z.string().optional(),
  /** A contact that had the opportunity before keeps this mark, and the field does not say so yet. */
  kept: z.enum(['won', 'lost']).optional(),
  /** UUID of a contact whose lock another job held: the next run takes that lock before it reads TOTVS CRM. */
  waitsFor: z.string().optional(),
})

export type StatusField = NonNullable<StatusRecord['field']>
export type FailingMark = NonNullable<StatusRecord['failing']>

/** `fenceOf` gives the proof that the caller holds the lock of that name; without it the ledger can be read only. */
export function createStatusLedger(redis: RedisClient, tenant: string, fenceOf: (lockName: string) => Fence = noFence) {
  const record = createRecord<StatusRecord>(redis, {
    schema: statusRecord,
    keepS: MARKS_KEEP_S,
    // If it counted as none, rounds would begin anew.
    unreadable: 'failure',
  })
  const key = (opportunityId: string): string => stateKey(tenant, 'status-rd', opportunityId)
  return {
    readingOf(opportunityId: string): Reading<StatusRecord> {
      const { parts, parse } = record.readingOf(key(opportunityId))
      return { parts, parse: answers => parse(answers) ?? {} }
    },
    /**
     * Has the mark of another opportunity failed? A record that cannot be read counts as failed: that opportunity's own job says what is
     * wrong.
     */
    failingReadingOf(opportunityId: string): Reading<boolean> {
      const { parts, parse } = record.readingOf(key(opportunityId))
      return {
        parts,
        parse: answers => {
          try {
            return parse(answers)?.failing !== undefined
          } catch (error) {
            if (error instanceof TransientFailure) return true
            throw error
          }
        },
      }
    },
    /**
     * The records of several opportunities, only to show them: their time to live is not renewed. Undefined where there is no readable
     * record.
     */
    peek: (opportunityIds: readonly string[]): Promise<readonly (StatusRecord | undefined)[]> =>
      record.peek(opportunityIds.map(key)),
    /** The record has to be read before, under the same lock. */
    writingOf: (opportunityId: string, status: StatusRecord): Change =>
      record.writingOf(key(opportunityId), status, fenceOf(opportunityLock(opportunityId)).key),
  }
}

/** As long as the failed job that reports it. */
const UNREADABLE_KEEP_S = 30 * 24 * 3600

/** Whether a tenant's CRM shows what Ponte writes into the field `statusRD`: for `ponte doctor`. */
export function createStatusField(redis: RedisClient, tenant: string) {
  const key = stateKey(tenant, 'status-field-unreadable')
  return {
    /** The opportunity accepted a text and does not show it. */
    rememberingUnreadable: (opportunityId: string): Change => setKey(key, opportunityId, UNREADABLE_KEEP_S),
    /** An opportunity shows its text. */
    forgetting: (): Change => removeKey(key),
    /** The last opportunity that did not show its text, unless one has shown it since. */
    unreadableAt: async (): Promise<string | undefined> => (await redis.get(key)) ?? undefined,
  }
}
