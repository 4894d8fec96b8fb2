import { type Identities, type Identity, identityText } from '@ponte/contracts'
import type { Redis } from 'ioredis'
import type { Fingerprint } from '../fingerprints/fingerprint.ts'
import { beginKey, type Change, removeKey, setKey } from '../redis/change.ts'
import { stateKey } from '../redis/keys.ts'
import { type Reading, readTexts } from '../redis/reading.ts'
import { change, read } from '../redis/step.ts'

const LINK_KEEP_S = 180 * 24 * 3600
/** For this long a contact that was seen in RD Station counts as existing, which saves calls of the quota. */
const SEEN_KEEP_S = 3600
/** For this long a contact that RD Station did not know counts as unknown. */
const UNKNOWN_KEEP_S = 3600
const UNKNOWN = 'unknown'
const DELIVERED = 'delivered'

/**
 * What is remembered of a contact of RD Station. Losing it costs look-ups; losing that a sale was registered may cost one: after a
 * lost answer an earlier sale may be taken for it (docs/behaviour.md#what-redis-holds).
 */
export function createContactLinks(redis: Redis, tenant: string, fingerprint: Fingerprint) {
  const key = (kind: string, identity: string): string => stateKey(tenant, kind, identity)
  const identities = ({ uuid, email }: ContactIdentity): string[] => [
    ...(uuid === undefined ? [] : [`uuid-${uuid}`]),
    ...(email === undefined ? [] : [`email-${fingerprint(email)}`]),
  ]
  const keysOf = (kind: string, contact: ContactIdentity): string[] => identities(contact).map(id => key(kind, id))
  const leadKey = (identity: Identity): string => key('contact-lead', fingerprint(identityText(identity)))

  const creationOf = (contact: ContactIdentity): Reading<number | undefined> =>
    readTexts(keysOf('contact-created', contact), texts =>
      texts.map(text => Date.parse(text ?? '')).find(time => !Number.isNaN(time)),
    )

  return {
    /** Keeps when RD Station created the contact. */
    rememberingCreation: (contact: ContactIdentity, createdAt: string): readonly Change[] =>
      keysOf('contact-created', contact).map(each => setKey(each, createdAt, LINK_KEEP_S)),
    /** Milliseconds since 1970, when known. */
    async createdAt(contact: ContactIdentity): Promise<number | undefined> {
      const creation = creationOf(contact)
      return (await read(redis, [creation]))(creation)
    },
    /** The contact answered a look-up, under this e-mail. */
    rememberSeen: ({ uuid, email }: { uuid: string; email: string }): Promise<void> =>
      change(redis, [
        setKey(key('contact-seen', `uuid-${uuid}`), fingerprint(email), SEEN_KEEP_S),
        setKey(key('contact-seen', `email-${fingerprint(email)}`), uuid, SEEN_KEEP_S),
        ...keysOf('contact-unknown', { uuid, email }).map(removeKey),
      ]),
    /** RD Station did not know the contact. A delivery of the last hour outweighs that: it may be newer than the look-up. */
    rememberUnknown: (contact: ContactIdentity): Promise<void> =>
      change(
        redis,
        keysOf('contact-unknown', contact).map(each => beginKey(each, UNKNOWN, UNKNOWN_KEEP_S)),
      ),
    /** RD Station delivered the contact: it is looked up again when it is needed. */
    rememberingDelivered: (contact: ContactIdentity): readonly Change[] =>
      keysOf('contact-unknown', contact).map(each => setKey(each, DELIVERED, UNKNOWN_KEEP_S)),
    /** Whether RD Station did not know it within the last hour, by its uuid or its e-mail. */
    async isUnknown(contact: ContactIdentity): Promise<boolean> {
      const found = await redis.mget(keysOf('contact-unknown', contact))
      return found.includes(UNKNOWN)
    },
    /** Which of these e-mails the contact was seen under lately. */
    async seenUnder(uuid: string, emails: readonly string[]): Promise<string | undefined> {
      const seen = await redis.get(key('contact-seen', `uuid-${uuid}`))
      return seen === null ? undefined : emails.find(email => fingerprint(email) === seen)
    },
    /** The contact that was seen lately under this e-mail. */
    async seenWith(email: string): Promise<string | undefined> {
      return (await redis.get(key('contact-seen', `email-${fingerprint(email)}`))) ?? undefined
    },
    /** A sale was registered for the contact: from now on its stage says nothing about a further sale. */
    async rememberSale(uuid: string): Promise<void> {
      await redis.set(key('contact-sold', uuid), '1', 'EX', LINK_KEEP_S)
    },
    wasSold: async (uuid: string): Promise<boolean> => (await redis.exists(key('contact-sold', uuid))) === 1,
    /** Which lead of TOTVS CRM stands for this person. */
    rememberingLead: (identities: Identities, leadId: string): readonly Change[] =>
      identities.map(identity => setKey(leadKey(identity), leadId, LINK_KEEP_S)),
    /** The leads that stand for these, in their order: `undefined` where none is known. */
    leadsOf: (identities: readonly Identity[]): Reading<readonly (string | undefined)[]> =>
      readTexts(identities.map(leadKey), texts => texts),
    leadOf: async (identity: Identity): Promise<string | undefined> =>
      (await redis.get(leadKey(identity))) ?? undefined,
  }
}

export interface ContactIdentity {
  readonly uuid?: string | undefined
  readonly email?: string | undefined
}
