import type { FastifyReply } from 'fastify'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { secondsToWait } from './attempt-limit.ts'
import type { User } from '@ponte/operations'

/**
 * How often a user may do something in a minute. Counted by name, not by session, so that another login has no limit of its own. Kept in this
 * process.
 */
export function createUserLimit(mostAMinute: number) {
  const limit = new RateLimiterMemory({ points: mostAMinute, duration: 60 })
  return {
    /** Rejects with 429 when it is too often. What is refused does not count. */
    async require({ name }: Pick<User, 'name'>, reply: FastifyReply, times = 1): Promise<void> {
      const seconds = await limit.consume(name, times).then(() => 0, secondsToWait)
      if (seconds === 0) return
      await limit.reward(name, times)
      reply.header('retry-after', seconds)
      throw Object.assign(new Error('too often in a minute'), { statusCode: 429 })
    },
  }
}
