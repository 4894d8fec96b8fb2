import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'

/** Runs a Lua script by its digest and loads it when Redis does not know it (a restarted Redis forgets). */
export function defineScript(source: string) {
  const digest = createHash('sha1').update(source).digest('hex')
  return async (redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> => {
    try {
      return await redis.evalsha(digest, keys.length, ...keys, ...args)
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return await redis.eval(source, keys.length, ...keys, ...args)
    }
  }
}
