import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { ContactIdentity } from '../leads/contact-links.ts'
import type { Fingerprint } from '../fingerprints/fingerprint.ts'
import { stateKey } from '../redis/keys.ts'
import { loadScript } from '../redis/load-script.ts'

/** As long as an opportunity's own history is kept. */
const KEEP_S = 400 * 24 * 3600
/** The newest of a contact. Each is a step of an opportunity that sales took. */
const MOST = 100
/** RD Station may take its time with a mark, and its clock and ours may differ. */
const SAME_MARK_MS = 10 * 60_000

const remember = loadScript(import.meta.dirname, 'remember.lua')

type Maker = 'ponte' | 'others'

/** A mark that Ponte makes, from before its call on. */
export type OwnMark = string

/**
 * When a contact was marked as an opportunity, and by whom: RD Station delivers the marks that Ponte made like those of marketing.
 * Losing it makes an echo look like a mark by marketing. Times are milliseconds since 1970.
 */
export function createContactMarks(redis: Redis, tenant: string, fingerprint: Fingerprint) {
  const keysOf = ({ uuid, email }: ContactIdentity): string[] =>
    [
      ...(uuid === undefined ? [] : [`uuid-${uuid}`]),
      ...(email === undefined ? [] : [`email-${fingerprint(email)}`]),
    ].map(identity => stateKey(tenant, 'contact-marks', identity))

  async function add(contact: ContactIdentity, maker: Maker, at: number): Promise<string> {
    const member = `${maker}:${randomUUID()}`
    for (const key of keysOf(contact)) await remember(redis, [key], [at, member, MOST, KEEP_S, 0])
    return member
  }

  return {
    /** To be called before the mark is sent: its echo may come before its answer. */
    begin: (contact: ContactIdentity, at: number): Promise<OwnMark> => add(contact, 'ponte', at),
    /** The mark was surely not made. */
    async undo(contact: ContactIdentity, mark: OwnMark): Promise<void> {
      for (const key of keysOf(contact)) await redis.zrem(key, mark)
    },
    /** Somebody else marked the contact. */
    async rememberOther(contact: ContactIdentity, at: number): Promise<void> {
      await add(contact, 'others', at)
    },
    /** Whether Ponte made, or is making, a mark at about this time. */
    async isOwn(contact: ContactIdentity, at: number): Promise<boolean> {
      for (const key of keysOf(contact)) {
        const near = await redis.zrangebyscore(key, at - SAME_MARK_MS, at + SAME_MARK_MS)
        if (near.some(isPontes)) return true
      }
      return false
    },
    /** The time of the contact's latest mark, if that is Ponte's. */
    async latestIfOwn(contact: ContactIdentity): Promise<number | undefined> {
      const latest: { member: string; at: number }[] = []
      for (const key of keysOf(contact)) {
        const [member, at] = await redis.zrange(key, '-1', '-1', 'WITHSCORES')
        if (member !== undefined) latest.push({ member, at: Number(at) })
      }
      const [newest] = latest.toSorted((one, other) => other.at - one.at)
      return newest !== undefined && isPontes(newest.member) ? newest.at : undefined
    },
  }
}

const isPontes = (member: string): boolean => member.startsWith('ponte:')
