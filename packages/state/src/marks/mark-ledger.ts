import { addMember, type Change, dropMember, type Reading, readMembers, type Fence } from '../redis/step.ts'
import { stateKey } from '../redis/keys.ts'
import { replaceText } from '../redis/load-script.ts'
import { noFence } from '../redis/lock.ts'
import { createRecord, type KnownMembers } from '../redis/record.ts'
import type { RedisClient } from '../redis/redis-client.ts'
import { lastMarks, markNames } from '@ponte/contracts'
import { z } from 'zod'

/** Counted from the last reading or writing. Afterwards Ponte adopts the opportunity as it then stands. */
export const MARKS_KEEP_S = 400 * 24 * 3600

const marked = z.enum(lastMarks)

/** What an end is reported with: the value of a sale, or the reason of a loss as `toOpenText` returns it. */
const worth = z.looseObject({ cents: z.number().optional(), reason: z.string().optional() })
export type MarkWorth = KnownMembers<z.infer<typeof worth>>

/**
 * One opportunity. Its first record may be made before its contact is known, and without a lock. Every later one is written under the
 * lock of the contact.
 */
export type MarkRecord = KnownMembers<z.infer<typeof markRecord>>
const markRecord = z.looseObject({
  marked,
  /** What the sale or loss was reported with. Absent when another program reported it. */
  worth: worth.optional(),
  /** UUID of the contact that was marked. Absent until the first event has found it. */
  contact: z.string().optional(),
  /** Fingerprint of the e-mail that the last mark was sent to. */
  address: z.string().optional(),
  /** Whose opportunity it was in TOTVS CRM then: the lead's id, and a fingerprint of all that names its contact. */
  lead: z.string().optional(),
  person: z.string().optional(),
  /**
   * A run of this opportunity began to bring its contact up to date, and nobody knows how far it came. Or the run of another opportunity
   * sent a mark for this one, and the answer is not recorded.
   */
  pending: z.boolean().optional(),
  /** All that figures have counted of it, at whatever contact. */
  counted: z.array(z.enum(['open', 'won', 'lost'])).optional(),
  /**
   * It is reported again, to another contact or because a mark went to an address that nobody had. Until the present state is reported, figures count
   * nothing of it that they have counted.
   */
  reportedAgain: z.boolean().optional(),
})

const sentMark = z.looseObject({
  mark: z.enum(markNames),
  opportunityId: z.string(),
  /** Milliseconds since 1970, here and below. */
  at: z.number(),
  /** Fingerprint of the e-mail that the mark was sent to. */
  address: z.string(),
  /** Before this mark: whether RD Station showed the contact as an opportunity, and whether it knew of a sale. */
  wasShown: z.boolean(),
  wasSold: z.boolean(),
  /**
   * Where there was another opportunity mark just before this one: events that made the contact an opportunity up to then, by RD Station's
   * clock, are not this mark's.
   */
  newestBefore: z.number().optional(),
})

/** A mark as it was sent. */
export type SentMark = KnownMembers<z.infer<typeof sentMark>>

/** What was marked at one contact of RD Station, over all its opportunities. Read and written under the contact's lock only. */
export type ContactRecord = KnownMembers<z.infer<typeof contactRecord>>
const contactRecord = z.looseObject({
  /** RD Station shows it as an opportunity. */
  shown: z.boolean(),
  /** A run began to take that back, and nobody knows whether RD Station did. */
  unmarking: z.boolean().optional(),
  /** A sale was registered: from now on the contact's stage says nothing about a further sale. */
  sold: z.boolean(),
  /** The last mark that RD Station accepted. Absent when that was before Ponte's time, or was taken back. */
  last: sentMark.optional(),
  /** The latest opportunity mark. */
  opened: sentMark.pick({ at: true, newestBefore: true }).optional(),
  /** Ends that were marked here for opportunities which then went to another contact. They are kept in case an opportunity comes back. */
  kept: z
    .array(z.looseObject({ opportunityId: z.string(), marked: z.enum(['won', 'lost']), worth: worth.optional() }))
    .optional(),
  /** A mark that was sent and whose answer is not known. It is looked up before anything else is sent. */
  unanswered: sentMark
    .extend({
      /** The opportunity whose job sent it. The jobs of others may ask what became of it from `recheckAfter` on. */
      by: z.string(),
      recheckAfter: z.number(),
      /** The opportunity was `pending` before this mark already, for a reason of its own. */
      wasPending: z.boolean().optional(),
      /** Figures count the mark once it is known that it was made. */
      isCounted: z.boolean(),
      worth: worth.optional(),
    })
    .optional(),
})

export type OpenedContact = NonNullable<ContactRecord['opened']>

export type UnansweredMark = NonNullable<ContactRecord['unanswered']>

export const neverMarked: MarkRecord = { marked: 'none' }
export const unknownContact: ContactRecord = { shown: false, sold: false }

/** A contact with more of them at once is a test record. */
const MAX_OPPORTUNITIES = 50

/** The lock of an opportunity, under which its runs follow each other. It is taken before the contact's lock, never after it. */
export const opportunityLock = (opportunityId: string): string => `opportunity:${opportunityId}`
/** The lock under which RD Station's contact is marked. */
export const contactLock = (uuid: string): string => `contact:${uuid}`

/** `fenceOf` gives the proof that the caller holds the lock of that name; without it the ledger can be read only. */
export function createMarkLedger(redis: RedisClient, tenant: string, fenceOf: (lockName: string) => Fence = noFence) {
  // If a record that cannot be read counted as none, everything would be marked again.
  const options = { keepS: MARKS_KEEP_S, unreadable: 'failure' } as const
  const marks = createRecord<MarkRecord>(redis, {
    ...options,
    schema: markRecord,
  })
  const contacts = createRecord<ContactRecord>(redis, {
    ...options,
    schema: contactRecord,
  })
  const markKey = (opportunityId: string): string => stateKey(tenant, 'mark', opportunityId)
  const contactKey = (uuid: string): string => stateKey(tenant, 'contact', uuid)
  const opportunitiesKey = (uuid: string): string => stateKey(tenant, 'contact-opportunities', uuid)

  return {
    /** Undefined when Ponte has no record of the opportunity. */
    readingOf: (opportunityId: string): Reading<MarkRecord | undefined> => marks.readingOf(markKey(opportunityId)),
    /** Several records, only to compare: their time to live is not renewed. Undefined also for one that cannot be read. */
    peek: (opportunityIds: readonly string[]): Promise<readonly (MarkRecord | undefined)[]> =>
      marks.peek(opportunityIds.map(markKey)),
    /** Ponte knows the opportunity from now on. Needs no lock: what is recorded already stays. */
    beginningOf: (opportunityId: string, as: 'none' | 'open' | 'won' | 'lost'): Change =>
      marks.beginningOf(markKey(opportunityId), { marked: as }),
    /** Writes an opportunity that belongs to this contact, or did until now. Its record has to be read before, under the same lock. */
    writingOf: (uuid: string, opportunityId: string, record: MarkRecord): Change =>
      marks.writingOf(markKey(opportunityId), record, fenceOf(contactLock(uuid)).key),
    contactReadingOf: (uuid: string): Reading<ContactRecord | undefined> => contacts.readingOf(contactKey(uuid)),
    contactWritingOf: (uuid: string, record: ContactRecord): Change =>
      contacts.writingOf(contactKey(uuid), record, fenceOf(contactLock(uuid)).key),
    /**
     * The opportunities of a contact that Ponte has opened or marked, and whose end RD Station does not have yet, in the order in which they
     * became known. Losing this costs that order. Needs no lock.
     */
    opportunitiesReadingOf: (uuid: string): Reading<readonly string[]> =>
      readMembers([opportunitiesKey(uuid)], ([members = []]) => members.map(({ member }) => member)),
    /** An opportunity that is known already keeps its position. */
    addingOpportunityOf: (uuid: string, opportunityId: string): Change =>
      addMember(opportunitiesKey(uuid), {
        member: opportunityId,
        score: Date.now(),
        keepsScore: true,
        keepS: MARKS_KEEP_S,
        mostMembers: MAX_OPPORTUNITIES,
      }),
    /** RD Station has its end, or the opportunity is gone. */
    droppingOpportunityOf: (uuid: string, opportunityId: string): Change =>
      dropMember(opportunitiesKey(uuid), opportunityId),
  }
}

/** Replaces a record of marks that was read without a lock. False when it is another one by now. */
export const replaceRecord = async (
  redis: RedisClient,
  key: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<boolean> => (await replaceText(redis, [key], [from, to])) === 1
