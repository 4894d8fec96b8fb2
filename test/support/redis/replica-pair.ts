import { startRedis } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { expect } from 'vitest'
import { patience } from '../company.ts'

/** A primary with one replica in step. `replica.pause()` freezes it. */
export async function startReplicaPair() {
  const [primary, replica] = await Promise.all([startRedis(), startRedis()])
  const redis = new Redis(primary.url)
  const follower = new Redis(replica.url, { retryStrategy: () => 50 })
  follower.on('error', () => {})
  redis.on('error', () => {})
  // By default a primary collects replicas for 5 s before it sends them its data.
  await redis.config('SET', 'repl-diskless-sync-delay', '0')
  await follower.replicaof('127.0.0.1', primary.port)
  const untilInStep = () =>
    expect.poll(() => redis.info('replication'), patience).toMatch(/^slave0:.*state=online.*lag=[01]\b/m)
  await untilInStep()
  return {
    primary,
    replica,
    /** Connections of the test's own. */
    redis,
    follower,
    untilInStep,
    async stop() {
      redis.disconnect()
      follower.disconnect()
      replica.resume()
      await Promise.all([primary.stop(), replica.stop()])
    },
  }
}
