import { loadScript } from '../redis/load-script.ts'
import type { RedisClient } from '../redis/redis-client.ts'

const script = loadScript(import.meta.dirname, 'replace-record.lua')

/** Replaces a record of marks that was read without a lock. False when it is another one by now. */
export const replaceRecord = async (
  redis: RedisClient,
  key: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<boolean> => (await script(redis, [key], [from, to])) === 1
