import type { Redis } from 'ioredis'
import type { z } from 'zod'

/** A JSON record with a life. Something that cannot be read counts as absent: losing a record costs look-ups. */
export function createRecord<Value>(redis: Redis, options: { schema: z.ZodType<Value>; keepS: number }) {
  return {
    async read(key: string): Promise<Value | undefined> {
      const text = await redis.get(key)
      if (text === null) return undefined
      const parsed = options.schema.safeParse(parseJson(text))
      return parsed.success ? parsed.data : undefined
    },
    async write(key: string, value: Value): Promise<void> {
      await redis.set(key, JSON.stringify(value), 'EX', options.keepS)
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
