import { checkRedis, type Readiness, type RedisWanted } from '@ponte/runtime'
import type { RedisClient } from '@ponte/state'

/** The board is ready when it can show the queues. Never throws. */
export async function readReadiness(redis: RedisClient, wanted?: RedisWanted): Promise<Readiness> {
  const { answers, warnings } = await checkRedis(redis, wanted)
  return answers ? { ready: true, warnings } : { ready: false, problems: ['redis does not answer'] }
}
