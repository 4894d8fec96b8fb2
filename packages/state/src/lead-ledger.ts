import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Fingerprint } from './fingerprint.ts'
import { stateKey } from './keys.ts'
import { type Fence, noFence } from './lock.ts'
import { createRecord, type KnownMembers } from './record.ts'

const KEEP_S = 180 * 24 * 3600
/** As long as the job that creates the lead may be kept. */
const CREATION_KEEP_S = 30 * 24 * 3600

/** What Ponte did with one lead of TOTVS CRM. Read and written under the lead's lock only. */
export type LeadHistory = KnownMembers<z.infer<typeof leadHistory>>
const leadHistory = z.looseObject({
  /** Milliseconds since 1970: the newest conversion that was applied, or is being applied. */
  convertedAt: z.number().optional(),
  /** The opportunity being opened: which event wants it and since when. Cleared when its id is known. */
  opening: z.looseObject({ key: z.string(), at: z.number() }).optional(),
  /** The last opportunity opened, and the event it was opened for. */
  opened: z.looseObject({ id: z.string(), key: z.string() }).optional(),
})

/** The lock under which a lead's history is read and written. */
export const leadLock = (leadId: string): string => `lead:${leadId}`

/** `fenceOf` gives the proof that the caller holds the lock of that name; without it the ledger can be read only. */
export function createLeadLedger(
  redis: Redis,
  tenant: string,
  { fingerprint, fenceOf = noFence }: { fingerprint: Fingerprint; fenceOf?: (lockName: string) => Fence },
) {
  const record = createRecord<LeadHistory>(redis, {
    schema: leadHistory,
    members: Object.keys(leadHistory.shape),
    keepS: KEEP_S,
    // Without it a second opportunity might be opened.
    unreadable: 'failure',
  })
  const key = (leadId: string): string => stateKey(tenant, 'lead', leadId)
  const creationKeys = (identities: readonly string[]): string[] =>
    identities.map(identity => stateKey(tenant, 'lead-creation', fingerprint(identity)))
  return {
    read: async (leadId: string): Promise<LeadHistory> => (await record.read(key(leadId))) ?? {},
    write: (leadId: string, history: LeadHistory): Promise<void> =>
      record.write(key(leadId), history, fenceOf(leadLock(leadId))),
    /**
     * Keeps which conversion a lead is being created from while it has no id yet: a job that dies right after the create leaves
     * a lead that nothing else is known of. An identity is an e-mail, the digits of a phone, or a UUID. Milliseconds since 1970.
     */
    async writeCreation(identities: readonly string[], convertedAt: number): Promise<void> {
      for (const each of creationKeys(identities)) await redis.set(each, convertedAt, 'EX', CREATION_KEEP_S)
    },
    /** The conversion that the person's lead was created from, if that is not in the lead's own history yet. */
    async readCreation(identities: readonly string[]): Promise<number | undefined> {
      const found = await redis.mget(creationKeys(identities))
      const times = found.filter(text => text !== null).map(Number)
      return times.length === 0 ? undefined : Math.max(...times)
    },
    /** The lead's own history tells from now on. */
    async removeCreation(identities: readonly string[]): Promise<void> {
      await redis.del(creationKeys(identities))
    },
  }
}
