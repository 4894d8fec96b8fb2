import type { Redis } from 'ioredis'
import { z } from 'zod'
import { stateKey } from './keys.ts'
import { createRecord } from './record.ts'

const KEEP_S = 180 * 24 * 3600

/** What Ponte did with one lead of TOTVS CRM. Read and written under the lead's lock only. */
export type LeadHistory = z.infer<typeof leadHistory>
const leadHistory = z.object({
  /** Milliseconds since 1970: the newest conversion applied. */
  convertedAt: z.number().optional(),
  /** The opportunity being opened: which event wants it and since when. Cleared when its id is known. */
  opening: z.object({ key: z.string(), at: z.number() }).optional(),
  /** The last opportunity opened, and the event it was opened for. */
  opened: z.object({ id: z.string(), key: z.string() }).optional(),
})

export function createLeadLedger(redis: Redis, tenant: string) {
  const record = createRecord(redis, { schema: leadHistory, keepS: KEEP_S })
  const key = (leadId: string): string => stateKey(tenant, 'lead', leadId)
  return {
    read: async (leadId: string): Promise<LeadHistory> => (await record.read(key(leadId))) ?? {},
    write: (leadId: string, history: LeadHistory): Promise<void> => record.write(key(leadId), history),
  }
}
