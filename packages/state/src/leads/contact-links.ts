import { type Identities, type Identity, identityText } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import type { Fingerprint } from '../fingerprints/fingerprint.ts'
import { beginKey, type Change, removeKey, removeUnless, setKey, type Reading, readTexts } from '../redis/step.ts'
import { stateKey } from '../redis/keys.ts'

const LINK_KEEP_S = 180 * 24 * 3600
/** For this long a contact that was seen in RD Station counts as existing, which saves calls of the quota. */
const SEEN_KEEP_S = 3600
/** For this long a contact that RD Station did not know counts as unknown. */
const UNKNOWN_KEEP_S = 3600
const UNKNOWN = 'unknown'
const DELIVERED = 'delivered'

/** What is remembered about a contact of RD Station. Losing it costs look-ups. */
export function createContactLinks(redis: RedisClient, tenant: string, fingerprint: Fingerprint) {
  const key = (kind: string, identity: string): string => stateKey(tenant, kind, identity)
  const keysOf = (kind: string, contact: ContactIdentity): string[] =>
    contactNames(contact, fingerprint).map(name => key(kind, name))
  const leadKey = (identity: Identity): string => key('contact-lead', fingerprint(identityText(identity)))

  const createdKeys = (contact: ContactIdentity): string[] => keysOf('contact-created', contact)

  return {
    /** Keeps when RD Station created the contact. */
    rememberingContactCreatedAt: (contact: ContactIdentity, createdAt: string): readonly Change[] =>
      createdKeys(contact).map(each => setKey(each, createdAt, LINK_KEEP_S)),
    /** Milliseconds since 1970, when known. */
    contactCreatedAtOf: (contact: ContactIdentity): Reading<number | undefined> =>
      readTexts(createdKeys(contact), firstTime),
    /** The contact answered a look-up, under this e-mail. */
    rememberingSeen: ({ uuid, email }: { uuid: string; email: string }): readonly Change[] => [
      setKey(key('contact-seen', `uuid-${uuid}`), fingerprint(email), SEEN_KEEP_S),
      setKey(key('contact-seen', `email-${fingerprint(email)}`), uuid, SEEN_KEEP_S),
      ...keysOf('contact-unknown', { uuid, email }).map(removeKey),
    ],
    /** The contact was removed: it is looked up when it is needed. */
    forgettingSeen: (contact: ContactIdentity): readonly Change[] => keysOf('contact-seen', contact).map(removeKey),
    /** RD Station did not know the contact. A delivery within the last hour outweighs this, because it may be newer than the look-up. */
    rememberingUnknown: (contact: ContactIdentity): readonly Change[] =>
      keysOf('contact-unknown', contact).map(each => beginKey(each, UNKNOWN, UNKNOWN_KEEP_S)),
    /**
     * RD Station delivered the contact. If it counted as unknown, or was known under another e-mail, it is looked up again when it is
     * needed. A mark goes to an e-mail, and RD Station drops a mark for an address that nobody has any more.
     */
    rememberingDelivered: ({ uuid, email }: ContactIdentity): readonly Change[] => [
      ...keysOf('contact-unknown', { uuid, email }).map(each => setKey(each, DELIVERED, UNKNOWN_KEEP_S)),
      ...(uuid === undefined || email === undefined
        ? []
        : [
            removeUnless(key('contact-seen', `uuid-${uuid}`), fingerprint(email)),
            removeUnless(key('contact-seen', `email-${fingerprint(email)}`), uuid),
          ]),
    ],
    /** Whether RD Station did not know the contact within the last hour, by its uuid or its e-mail. */
    unknownOf: (contact: ContactIdentity): Reading<boolean> =>
      readTexts(keysOf('contact-unknown', contact), texts => texts.includes(UNKNOWN)),
    /** Under which of these e-mails the contact was seen lately, and when RD Station created it. */
    seenUnder: (uuid: string, emails: readonly string[]): Reading<SeenContact | undefined> =>
      readTexts(
        [key('contact-seen', `uuid-${uuid}`), ...[{ uuid }, ...emails.map(email => ({ email }))].flatMap(createdKeys)],
        ([seen, ofUuid, ...ofEmails]) => {
          const index = emails.findIndex(email => fingerprint(email) === seen)
          const email = emails[index]
          return email === undefined ? undefined : { email, createdAt: firstTime([ofUuid, ofEmails[index]]) }
        },
      ),
    /** The contact that was seen lately under this e-mail. */
    seenWith: (email: string): Reading<string | undefined> =>
      readTexts([key('contact-seen', `email-${fingerprint(email)}`)], ([uuid]) => uuid),
    /** Keeps which lead of TOTVS CRM stands for this person. */
    rememberingLead: (identities: Identities, leadId: string): readonly Change[] =>
      identities.map(identity => setKey(leadKey(identity), leadId, LINK_KEEP_S)),
    /** The leads of these identities, in the same order. `undefined` where none is known. */
    leadsOf: (identities: readonly Identity[]): Reading<readonly (string | undefined)[]> =>
      readTexts(identities.map(leadKey), texts => texts),
    leadOf: async (identity: Identity): Promise<string | undefined> =>
      (await redis.get(leadKey(identity))) ?? undefined,
  }
}

const firstTime = (texts: readonly (string | undefined)[]): number | undefined =>
  texts.map(text => Date.parse(text ?? '')).find(time => !Number.isNaN(time))

/** A contact that RD Station showed within the last hour. */
export interface SeenContact {
  readonly email: string
  /** Milliseconds since 1970, when known. */
  readonly createdAt: number | undefined
}

export interface ContactIdentity {
  readonly uuid?: string | undefined
  readonly email?: string | undefined
}

/** The names of a contact in keys. */
export const contactNames = ({ uuid, email }: ContactIdentity, fingerprint: Fingerprint): readonly string[] => [
  ...(uuid === undefined ? [] : [`uuid-${uuid}`]),
  ...(email === undefined ? [] : [`email-${fingerprint(email)}`]),
]
