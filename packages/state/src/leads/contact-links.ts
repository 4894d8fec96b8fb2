import { type Identity, identityText } from '@ponte/contracts'
import type { Redis } from 'ioredis'
import type { Fingerprint } from '../fingerprints/fingerprint.ts'
import { stateKey } from '../redis/keys.ts'

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
  return {
    /** Keeps when RD Station created the contact. */
    async rememberCreation(contact: ContactIdentity, createdAt: string): Promise<void> {
      for (const id of identities(contact)) await redis.set(key('contact-created', id), createdAt, 'EX', LINK_KEEP_S)
    },
    /** Milliseconds since 1970, when known. */
    async createdAt(contact: ContactIdentity): Promise<number | undefined> {
      for (const id of identities(contact)) {
        const found = Date.parse((await redis.get(key('contact-created', id))) ?? '')
        if (!Number.isNaN(found)) return found
      }
      return undefined
    },
    /** The contact answered a look-up, under this e-mail. */
    async rememberSeen({ uuid, email }: { uuid: string; email: string }): Promise<void> {
      await redis.set(key('contact-seen', `uuid-${uuid}`), fingerprint(email), 'EX', SEEN_KEEP_S)
      await redis.set(key('contact-seen', `email-${fingerprint(email)}`), uuid, 'EX', SEEN_KEEP_S)
      for (const id of identities({ uuid, email })) await redis.del(key('contact-unknown', id))
    },
    /** RD Station did not know the contact. A delivery of the last hour outweighs that: it may be newer than the look-up. */
    async rememberUnknown(contact: ContactIdentity): Promise<void> {
      for (const id of identities(contact))
        await redis.set(key('contact-unknown', id), UNKNOWN, 'EX', UNKNOWN_KEEP_S, 'NX')
    },
    /** RD Station delivered the contact: it is looked up again when it is needed. */
    async rememberDelivered(contact: ContactIdentity): Promise<void> {
      for (const id of identities(contact)) await redis.set(key('contact-unknown', id), DELIVERED, 'EX', UNKNOWN_KEEP_S)
    },
    /** Whether RD Station did not know it within the last hour, by its uuid or its e-mail. */
    async isUnknown(contact: ContactIdentity): Promise<boolean> {
      const found = await redis.mget(identities(contact).map(id => key('contact-unknown', id)))
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
    async rememberLead(identity: Identity, leadId: string): Promise<void> {
      await redis.set(key('contact-lead', fingerprint(identityText(identity))), leadId, 'EX', LINK_KEEP_S)
    },
    leadOf: async (identity: Identity): Promise<string | undefined> =>
      (await redis.get(key('contact-lead', fingerprint(identityText(identity))))) ?? undefined,
  }
}

export interface ContactIdentity {
  readonly uuid?: string | undefined
  readonly email?: string | undefined
}
