import type { Redis } from 'ioredis'
import { type Change, removeKey, setKey } from '../redis/change.ts'
import { stateKey } from '../redis/keys.ts'

/** As long as the failed job that reports it. */
const KEEP_S = 30 * 24 * 3600

/** Whether a tenant's CRM shows what Ponte writes into the field `statusRD`: for `ponte doctor`. */
export function createStatusField(redis: Redis, tenant: string) {
  const key = stateKey(tenant, 'status-field-unreadable')
  return {
    /** The opportunity took a text and shows none. */
    rememberingUnreadable: (opportunityId: string): Change => setKey(key, opportunityId, KEEP_S),
    /** An opportunity shows its text. */
    forgetting: (): Change => removeKey(key),
    /** The last opportunity that did not show its text, unless one has shown it since. */
    unreadableAt: async (): Promise<string | undefined> => (await redis.get(key)) ?? undefined,
  }
}
