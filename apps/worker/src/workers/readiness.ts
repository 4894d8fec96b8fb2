import type { Readiness, RedisHealth } from '@ponte/runtime'
import type { Workers } from './workers.ts'

/** Ready means: Redis answers, and no queue is stuck (docs/behaviour.md#health). */
export function createReadiness(deps: { workers: Pick<Workers, 'stuck'>; checkRedis: () => Promise<RedisHealth> }) {
  return async (): Promise<Readiness> => {
    const redis = await deps.checkRedis()
    const problems = [
      ...(redis.answers ? [] : ['redis does not answer']),
      ...deps.workers.stuck().map(queue => `jobs wait in ${queue} and nothing has moved for 15 s`),
    ]
    return { ready: problems.length === 0, problems, warnings: redis.warnings }
  }
}
