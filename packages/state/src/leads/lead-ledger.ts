import type { Fingerprint } from '../fingerprints/fingerprint.ts'
import { type Change, removeKey, setKey, type Reading, readTexts, type Fence, read } from '../redis/step.ts'
import { stateKey } from '../redis/keys.ts'
import { noFence } from '../redis/lock.ts'
import { createRecord, type KnownMembers } from '../redis/record.ts'
import type { RedisClient } from '../redis/redis-client.ts'
import {
  type Identities,
  identitiesOf,
  identityText,
  isSameTime,
  mapNonEmpty,
  type NonEmpty,
  type RegisteredLead,
} from '@ponte/contracts'
import { z } from 'zod'
import { createContactMarks } from './contact-marks.ts'
import { createTenantMode } from '../mode/tenant-mode.ts'
import { createContactLinks } from './contact-links.ts'

/** What makes a conversion the same one in another delivery, without personal data. */
export type Conversion = Readonly<z.infer<z.ZodObject<typeof conversionShape>>>
export const conversionShape = {
  /** Milliseconds since 1970. */
  at: z.number(),
  /** UUID of the contact in RD Station, where the delivery names it. */
  contact: z.string().optional(),
  /** Fingerprints of the e-mail, or of the phones of somebody without one. */
  persons: z.array(z.string()),
  /** Fingerprint of the identifier, where the delivery names one. */
  identifier: z.string().optional(),
}

export type ConvertedLead = Pick<RegisteredLead, 'uuid' | 'email' | 'phone' | 'mobilePhone' | 'conversionIdentifier'>

/** The conversion of a lead at a time, in milliseconds since 1970. */
export function conversionOf(lead: ConvertedLead, at: number, fingerprint: Fingerprint): Conversion {
  const { uuid, conversionIdentifier } = lead
  const persons = (identitiesOf(lead) ?? []).filter(({ kind }) => kind !== 'uuid')
  return {
    at,
    ...(uuid !== undefined && { contact: uuid }),
    persons: persons.map(identity => fingerprint(identityText(identity))),
    ...(conversionIdentifier !== undefined && { identifier: fingerprint(`conversion ${conversionIdentifier}`) }),
  }
}

/** Whether two deliveries tell of one conversion, whatever their format, path or key. See docs/behaviour/leads.md#one-conversion-is-one. */
export const isSameConversion = (one: Conversion, other: Conversion): boolean =>
  isSameTime(one.at, other.at) && isSameContact(one, other) && !differ(one.identifier, other.identifier)

const isSameContact = (one: Conversion, other: Conversion): boolean =>
  one.contact === undefined || other.contact === undefined
    ? one.persons.some(person => other.persons.includes(person))
    : one.contact === other.contact

const differ = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined && one !== other

const KEEP_S = 180 * 24 * 3600
/** As long as the job that creates the lead may be kept. */
const CREATION_KEEP_S = 30 * 24 * 3600

/** What Ponte did with one lead of TOTVS CRM. Written under the lead's lock only. */
export type LeadHistory = KnownMembers<z.infer<typeof leadHistory>>
const leadHistory = z.looseObject({
  /** Milliseconds since 1970: the newest conversion that was applied, or is being applied. */
  convertedAt: z.number().optional(),
  /** Milliseconds since 1970: the newest mark whose delivery was applied, with the values that it brought. */
  shownAt: z.number().optional(),
  /** Milliseconds since 1970: the newest mark by marketing that opened an opportunity, or opened none because one was open. */
  decidedAt: z.number().optional(),
  /** The last conversions that were decided, and by which events: one for which an opportunity was opened, or which an open one held up. */
  decided: z.array(z.looseObject({ key: z.string(), ...conversionShape })).optional(),
  /** The opportunity being opened: which event wants it and since when. Cleared when its id is known. */
  pendingOpening: z
    .looseObject({
      key: z.string(),
      at: z.number(),
      /** The id of its type, where that is known when this is written. */
      typeId: z.string().optional(),
    })
    .optional(),
  /** The last opportunity opened, and the event it was opened for. */
  lastOpened: z.looseObject({ id: z.string(), key: z.string() }).optional(),
  /** Ids of the opportunities opened before that one, the latest first. */
  earlier: z.array(z.string()).optional(),
  /** Ids of opportunities that others had opened for the lead when Ponte opened its first. */
  others: z.array(z.string()).optional(),
})

/** The lock under which a lead's history is read and written. */
export const leadLock = (leadId: string): string => `lead:${leadId}`

/** The locks under which a person's lead is looked up and created: two jobs of one person share at least one of them. */
export const personLocks = (identities: Identities, fingerprint: Fingerprint): NonEmpty<string> =>
  mapNonEmpty(identities, identity => `person:${fingerprint(identityText(identity))}`)

/** `fenceOf` gives the proof that the caller holds the lock of that name; without it the ledger can be read only. */
export function createLeadLedger(
  redis: RedisClient,
  tenant: string,
  { fingerprint, fenceOf = noFence }: { fingerprint: Fingerprint; fenceOf?: (lockName: string) => Fence },
) {
  const record = createRecord<LeadHistory>(redis, {
    schema: leadHistory,
    keepS: KEEP_S,
    // If it counted as absent, a second opportunity might be opened.
    unreadable: 'failure',
  })
  const key = (leadId: string): string => stateKey(tenant, 'lead', leadId)
  const creationKeys = (identities: Identities): string[] =>
    identities.map(identity => stateKey(tenant, 'lead-creation', fingerprint(identityText(identity))))
  return {
    /** What the history says of a conversion at this time, in milliseconds since 1970. */
    conversionOf: (lead: ConvertedLead, at: number): Conversion => conversionOf(lead, at, fingerprint),
    read: async (leadId: string): Promise<LeadHistory> => (await record.read(key(leadId))) ?? {},
    readingOf: (leadId: string): Reading<LeadHistory> => {
      const { parts, parse } = record.readingOf(key(leadId))
      return { parts, parse: answers => parse(answers) ?? {} }
    },
    /** Begins the history of a lead. A history that exists already stays. */
    beginningOf: (leadId: string, history: LeadHistory): Change => record.beginningOf(key(leadId), history),
    /** The history has to be read before, under the same lock. */
    writingOf: (leadId: string, history: LeadHistory): Change =>
      record.writingOf(key(leadId), history, fenceOf(leadLock(leadId)).key),
    /**
     * Keeps which conversion a lead is being created from while the lead has no id yet. If the job dies right after the creation, nothing
     * else is known about that lead. `convertedAt`: milliseconds since 1970.
     */
    rememberingLeadCreation: (identities: Identities, convertedAt: number): readonly Change[] =>
      creationKeys(identities).map(each => setKey(each, String(convertedAt), CREATION_KEEP_S)),
    /** The conversion that the person's lead was created from, if that is not in the lead's own history yet. */
    leadCreationOf: (identities: Identities): Reading<number | undefined> =>
      readTexts(creationKeys(identities), texts => {
        const times = texts.filter(text => text !== undefined).map(Number)
        return times.length === 0 ? undefined : Math.max(...times)
      }),
    /** From now on the lead's own history holds it. */
    forgettingLeadCreation: (identities: Identities): readonly Change[] => creationKeys(identities).map(removeKey),
  }
}

/** Reads what is recorded about a person, only to show it. It takes no lock, so an event that runs may change it meanwhile. */
export function createRecordedPersons(redis: RedisClient, tenant: string, fingerprint: Fingerprint) {
  const contactMarks = createContactMarks(tenant, fingerprint)
  const links = createContactLinks(redis, tenant, fingerprint)
  const leads = createLeadLedger(redis, tenant, { fingerprint })
  const mode = createTenantMode(redis, tenant)
  return async (contact: ConvertedLead, identities: Identities) => {
    const [marks, linked, unfinishedCreation] = [
      contactMarks.readingOf(contact),
      links.leadsOf(identities),
      leads.leadCreationOf(identities),
    ]
    const [valueOf, modeRecord] = await Promise.all([read(redis, [marks, linked, unfinishedCreation]), mode.read()])
    return {
      marks: valueOf(marks),
      linked: valueOf(linked),
      unfinishedCreationAt: valueOf(unfinishedCreation),
      historyOf: leads.read,
      conversionAt: (at: number) => leads.conversionOf(contact, at),
      mode: modeRecord,
    }
  }
}
