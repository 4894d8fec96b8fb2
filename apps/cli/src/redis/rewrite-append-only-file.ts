import type { Redis } from 'ioredis'

/** Asks Redis to write its append-only file anew, without what was removed. False where it has none, or does not allow it. */
export const rewriteAppendOnlyFile = (redis: Redis): Promise<boolean> =>
  redis.bgrewriteaof().then(
    () => true,
    () => false,
  )
