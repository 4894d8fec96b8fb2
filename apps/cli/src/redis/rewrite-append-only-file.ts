import type { Redis } from 'ioredis'

/** Asks Redis to rewrite its append-only file without the removed data. False if Redis has no such file or does not allow it. */
export const rewriteAppendOnlyFile = (redis: Redis): Promise<boolean> =>
  redis.bgrewriteaof().then(
    () => true,
    () => false,
  )
