import type { Redis } from 'ioredis'
import type { z } from 'zod'
import { type Fence, LockLost } from './lock.ts'
import { defineScript } from './script.ts'

/**
 * A command whose answer timed out may still arrive when the connection recovers, long after the lock has gone to another
 * worker: so Redis itself asks for the lock before it writes.
 */
const writeFenced = defineScript(`
if redis.call('GET', KEYS[2]) ~= ARGV[3] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1`)

/** A JSON record with a life, begun anew by each look. What cannot be read counts as absent: losing a record costs look-ups. */
export function createRecord<Value>(redis: Redis, options: { schema: z.ZodType<Value>; keepS: number }) {
  return {
    async read(key: string): Promise<Value | undefined> {
      const text = await redis.getex(key, 'EX', options.keepS)
      if (text === null) return undefined
      const parsed = options.schema.safeParse(parseJson(text))
      return parsed.success ? parsed.data : undefined
    },
    /** With a fence: throws LockLost, and writes nothing, when the fence's lock is no longer held. */
    async write(key: string, value: Value, fence?: Fence): Promise<void> {
      if (fence === undefined) {
        await redis.set(key, JSON.stringify(value), 'EX', options.keepS)
        return
      }
      const written = await writeFenced(redis, [key, fence.key], [JSON.stringify(value), options.keepS, fence.token])
      if (written !== 1) throw new LockLost()
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
