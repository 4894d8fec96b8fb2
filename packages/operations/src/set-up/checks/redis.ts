import type { DoctorFindings } from '../doctor-investigation.ts'
import { countReplicas, findTlsTrouble, readRedisSetting, redisSettingOf, type RedisTarget } from '@ponte/runtime'
import type { RedisClient } from '@ponte/state'

/** The settings that keep an acknowledged event when Redis is killed or full (docs/behaviour/deliveries.md#accepted-means-kept). */
const wanted = [
  {
    check: 'redis-persistence',
    problem: 'REDIS_PERSISTENCE_WEAK',
    settings: { appendonly: 'yes', appendfsync: 'always' },
  },
  { check: 'redis-eviction', problem: 'REDIS_EVICTS', settings: { 'maxmemory-policy': 'noeviction' } },
] as const

const REFUSES = 'min-replicas-to-write'

/** Does Redis answer, and keep what it confirms? Connects `redis`; what needs it is checked only if that succeeds. */
export async function checkRedis(findings: DoctorFindings, redis: RedisClient, target: RedisTarget): Promise<void> {
  await findings.check('redis', {}, async found => {
    try {
      await redis.connect()
      await redis.ping()
    } catch {
      const trouble = await findTlsTrouble(target)
      const facts = { setting: redisSettingOf(target) }
      if (trouble === undefined) found('REDIS_UNREACHABLE', facts)
      else found('REDIS_TLS_FAILS', facts, trouble)
    }
  })
  for (const { check, problem, settings } of wanted)
    await findings.check(check, { needs: ['redis'] }, async found => {
      const read: { name: string; wanted: string; value: string | undefined }[] = []
      for (const [name, value] of Object.entries(settings))
        read.push({ name, wanted: value, value: await readRedisSetting(redis, name) })
      const differing = read.filter(each => each.value !== each.wanted)
      if (differing.length === 0) return
      if (differing.every(({ value }) => value === undefined))
        found('REDIS_HIDES_SETTING', { settings: Object.keys(settings).join(', ') })
      else
        found(problem, {
          found: differing.map(({ name, value = '?' }) => `${name} ${value}`).join(', '),
          wanted: differing.map(each => `${each.name} ${each.wanted}`).join(', '),
        })
    })
}

/**
 * Has each primary one replica more than must confirm a step, and does one that stands alone stop? Else steps are not confirmed while a
 * replica is away, and workers may work at two primaries (docs/operating/failover.md#how-many-replicas). `waitReplicas`:
 * REDIS_WAIT_REPLICAS.
 */
export async function checkRedisReplicas(
  findings: DoctorFindings,
  redis: RedisClient,
  waitReplicas: number,
): Promise<void> {
  await findings.check('redis-replicas', { needs: ['redis'] }, async found => {
    if (waitReplicas === 0) return
    const counts = await countReplicas(redis)
    const least = Math.min(...counts)
    if (counts.length === 0) found('REDIS_HIDES_SETTING', { settings: 'INFO' })
    else if (least <= waitReplicas)
      found('REPLICA_TO_SPARE_MISSING', { found: least, wanted: waitReplicas + 1, waitReplicas })
  })
  await findings.check('redis-alone', { needs: ['redis'] }, async found => {
    if (waitReplicas === 0) return
    const value = await readRedisSetting(redis, REFUSES)
    if (value === undefined) found('REDIS_HIDES_SETTING', { settings: REFUSES })
    // On a Cluster each value that occurs.
    else if (value.split(' / ').includes('0')) found('PRIMARY_ALONE_WRITES', { settings: REFUSES, found: value })
  })
}
