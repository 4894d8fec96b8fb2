import type { Redis } from 'ioredis'
import { stateKey } from '../redis/keys.ts'

/** As long as the failed job that reports it. */
const KEEP_S = 30 * 24 * 3600

/** Whether a tenant's CRM shows what Ponte writes into the field `statusRD`: for `ponte doctor`. */
export function createStatusField(redis: Redis, tenant: string) {
  const key = stateKey(tenant, 'status-field-unreadable')
  return {
    /** The opportunity took a text and shows none. */
    rememberUnreadable: async (opportunityId: string): Promise<void> => {
      await redis.set(key, opportunityId, 'EX', KEEP_S)
    },
    /** An opportunity shows its text. */
    forget: async (): Promise<void> => {
      await redis.del(key)
    },
    /** The last opportunity that did not show its text, unless one has shown it since. */
    unreadableAt: async (): Promise<string | undefined> => (await redis.get(key)) ?? undefined,
  }
}
