import type { Redis } from 'ioredis'
import { z } from 'zod'
import { type Change, removeKey, setKey } from '../redis/change.ts'
import { stateKey } from '../redis/keys.ts'
import { noFence } from '../redis/lock.ts'
import { readKept, type Reading } from '../redis/reading.ts'
import { createRecord, type KnownMembers } from '../redis/record.ts'
import type { Fence } from '../redis/step.ts'

/** Counted from the last time that anybody read or wrote it. Afterwards the opportunity is adopted as it then stands. */
const KEEP_S = 400 * 24 * 3600
export const MARKS_KEPT_MS = KEEP_S * 1000

/** What was sent to RD Station about one opportunity. Read and written under the opportunity's lock only. */
export type MarkHistory = KnownMembers<z.infer<typeof markHistory>>
const markHistory = z.looseObject({
  /** The state that was last sent to RD Station. */
  marked: z.enum(['none', 'open', 'won', 'lost']),
  /** A job failed before it could read the opportunity: whether it is from before Ponte's time is to be found out yet. */
  undecided: z.boolean().optional(),
  /** A mark that was sent and whose answer is not known: looked up before it is sent again. Times in milliseconds since 1970. */
  sending: z
    .looseObject({
      mark: z.enum(['opportunity', 'sale', 'loss']),
      at: z.number(),
      /** UUID of the contact it was sent for: the opportunity may go to another lead. */
      contact: z.string().optional(),
      /** From when another opportunity's job may ask what became of it: RD Station may be at work on it still. */
      recheckAfter: z.number().optional(),
      /** A sale had been registered for the contact before. */
      wasSold: z.boolean().optional(),
      /** How figures count it, once it is known that it was made: the value of a sale, and of a loss the reason as `toOpenText` has it. */
      cents: z.number().optional(),
      reason: z.string().optional(),
    })
    .optional(),
  /** An end was sent while other opportunities of the contact were known. If one of them is open, the contact is marked again. */
  restoring: z.boolean().optional(),
  /** For that, the mark was sent, and its answer is not known. Times in milliseconds since 1970. */
  restoreSent: z.looseObject({ at: z.number(), contact: z.string(), recheckAfter: z.number() }).optional(),
  /** Adopted as open: its contact was not looked up yet, so it is not among the contact's opportunities. */
  unlisted: z.boolean().optional(),
  /** The rounds of a mark whose last try has failed (docs/behaviour.md#statusrd). */
  failing: z
    .looseObject({
      /** Rounds are counted within an attempt. A person's correction starts a new one. */
      attemptId: z.string(),
      round: z.number(),
      /** A failure code, maybe one of a newer version. */
      code: z.string(),
      /** Fingerprint of what the mark depends on, at the last try. */
      fingerprint: z.string(),
      /** The job that made the try, and how often it had been taken over: after that it comes back from a crash. */
      jobId: z.string(),
      stalled: z.number(),
      /** Jobs that failed since the last success: one of them that runs again was retried by hand. */
      failedJobs: z.array(z.string()),
      /** Milliseconds since 1970: when the next round begins. Absent after the last. */
      nextAt: z.number().optional(),
    })
    .optional(),
  /** What `statusRD` should say, and whether TOTVS CRM has taken it. */
  statusRd: z
    .looseObject({
      text: z.string(),
      written: z.boolean(),
      /** Milliseconds since 1970: when TOTVS CRM took the text. */
      writtenAt: z.number().optional(),
      /** Since the last write the field has shown a text of Ponte's: only then may an empty field have been emptied by a person. */
      seen: z.boolean().optional(),
      /** The last text that the field showed exactly as it was written. */
      shown: z.string().optional(),
      /** Writes that may have been carried out since a person last changed something. */
      writes: z.number().optional(),
      /** The last of them was sent, and its answer is not known. */
      sending: z.boolean().optional(),
      /** Fingerprint of what the mark depends on, at the last text. */
      fingerprint: z.string().optional(),
      /** The request of a person that the field holds was followed. */
      followed: z.boolean().optional(),
      /** The job that failed because the field does not show what was written, and how often it had been taken over. */
      unreadable: z.looseObject({ jobId: z.string(), stalled: z.number() }).optional(),
    })
    .optional(),
})

/** Ids of opportunities whose mark RD Station no longer shows, because another one of the contact ended, or shows again. */
export interface ShownChange {
  readonly hidden?: readonly string[]
  readonly shown?: readonly string[]
}

export const neverMarked: MarkHistory = { marked: 'none' }

/** The lock under which an opportunity's history is read and written. */
export const opportunityLock = (opportunityId: string): string => `opportunity:${opportunityId}`

/** `fenceOf` gives the proof that the caller holds the lock of that name; without it the ledger can be read only. */
export function createMarkLedger(redis: Redis, tenant: string, fenceOf: (lockName: string) => Fence = noFence) {
  const record = createRecord<MarkHistory>(redis, {
    schema: markHistory,
    members: Object.keys(markHistory.shape),
    keepS: KEEP_S,
    // If it counted as never marked, the opportunity would be marked again.
    unreadable: 'failure',
    storedNames: { attemptId: 'series', fingerprint: 'basis', recheckAfter: 'askFrom' },
  })
  const key = (opportunityId: string): string => stateKey(tenant, 'mark', opportunityId)
  const hiddenKey = (opportunityId: string): string => stateKey(tenant, 'hidden-mark', opportunityId)

  const hidingOf = ({ hidden = [], shown = [] }: ShownChange): readonly Change[] => [
    ...hidden.map(id => setKey(hiddenKey(id), '1', KEEP_S)),
    ...shown.map(id => removeKey(hiddenKey(id))),
  ]

  return {
    /** Undefined when Ponte has no record of it. */
    readingOf: (opportunityId: string): Reading<MarkHistory | undefined> => record.readingOf(key(opportunityId)),
    read: async (opportunityId: string): Promise<MarkHistory> => (await record.read(key(opportunityId))) ?? neverMarked,
    /** Of several opportunities, to show them: their records do not begin to be kept anew. Undefined without a readable record. */
    peek: (opportunityIds: readonly string[]): Promise<readonly (MarkHistory | undefined)[]> =>
      record.peek(opportunityIds.map(key)),
    /** Ponte knows the opportunity from now on. Needs no lock: what is kept already stays. */
    beginningOf: (opportunityId: string, marked: MarkHistory['marked']): Change =>
      record.beginningOf(key(opportunityId), { marked }),
    /**
     * For a step under the opportunity's lock, under which it has to be read before. In the same step records which opportunities of
     * the contact are hidden or shown by it.
     */
    writingOf(opportunityId: string, history: MarkHistory, change: ShownChange = {}): readonly Change[] {
      const lock = fenceOf(opportunityLock(opportunityId)).key
      return [record.writingOf(key(opportunityId), history, lock), ...hidingOf(change)]
    },
    /** The same in a step of its own. */
    write: (opportunityId: string, history: MarkHistory, change: ShownChange = {}): Promise<void> =>
      record.write(key(opportunityId), history, fenceOf(opportunityLock(opportunityId)), hidingOf(change)),
    /** It was marked as open, but RD Station, which keeps one state for all opportunities of a contact, shows the end of another one. */
    hiddenOf: (opportunityId: string): Reading<boolean> =>
      readKept(hiddenKey(opportunityId), KEEP_S, text => text !== undefined),
  }
}
