import { checkRedis, type Readiness } from '@ponte/runtime'
import type { Redis } from 'ioredis'

/** The board is ready when it can show the queues. Never throws. */
export async function readReadiness(redis: Redis): Promise<Readiness> {
  const { answers, warnings } = await checkRedis(redis)
  return answers ? { ready: true, warnings } : { ready: false, problems: ['redis does not answer'] }
}
