import { readRedisSetting } from '@ponte/runtime'
import type { RedisClient } from '@ponte/state'
import type { CheckProblem } from '../texts/en.ts'
import { type CheckName, type CheckResult, passed, skipped, notCheckable, failed } from './check-result.ts'

/** The settings that keep an acknowledged event when Redis is killed or full (docs/behaviour.md#accepted-means-kept). */
const wanted: readonly {
  readonly check: CheckName
  readonly problem: CheckProblem
  readonly settings: Readonly<Record<string, string>>
}[] = [
  {
    check: 'redis-persistence',
    problem: 'REDIS_PERSISTENCE_WEAK',
    settings: { appendonly: 'yes', appendfsync: 'always' },
  },
  { check: 'redis-eviction', problem: 'REDIS_EVICTS', settings: { 'maxmemory-policy': 'noeviction' } },
]

/**
 * Does Redis answer and keep what it confirms? `redis` is undefined if it does not answer, for the reason `tlsTrouble` if that is known;
 * `redisSetting` says where it is.
 */
export async function checkRedisSettings(
  redis: RedisClient | undefined,
  { redisSetting, tlsTrouble }: { readonly redisSetting: string; readonly tlsTrouble: string | undefined },
): Promise<readonly CheckResult[]> {
  if (redis === undefined) {
    const others = wanted.map(({ check }) => check)
    const facts = { setting: redisSetting }
    const away: CheckResult =
      tlsTrouble === undefined
        ? failed('redis', 'REDIS_UNREACHABLE', facts)
        : { check: 'redis', status: 'problem', problem: 'REDIS_TLS_FAILS', facts, detail: tlsTrouble }
    return [away, ...skipped(others, 'redis')]
  }
  const results: CheckResult[] = [passed('redis')]
  for (const { check, problem, settings } of wanted) {
    const found = new Map<string, string | undefined>()
    for (const name of Object.keys(settings)) found.set(name, await readRedisSetting(redis, name))
    const differing = Object.entries(settings).filter(([name, value]) => found.get(name) !== value)
    if (differing.length === 0) results.push(passed(check))
    else if (differing.every(([name]) => found.get(name) === undefined))
      results.push(notCheckable(check, 'REDIS_HIDES_SETTING', { settings: Object.keys(settings).join(', ') }))
    else {
      const text = (read: (name: string, value: string) => string): string =>
        differing.map(([name, value]) => `${name} ${read(name, value)}`).join(', ')
      results.push(
        failed(check, problem, { found: text(name => found.get(name) ?? '?'), wanted: text((_name, value) => value) }),
      )
    }
  }
  return results
}
