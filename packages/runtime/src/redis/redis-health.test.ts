import { expect, test } from 'vitest'
import { cliSettings } from '../settings/process-settings.ts'
import { readEnvironment } from '../settings/read-environment.ts'
import { waitReplicasOf } from './redis-health.ts'

const schema = cliSettings.pick({ REDIS: true, REDIS_WAIT_REPLICAS: true })

test.each([
  ['one server: none', { REDIS_URL: 'redis://127.0.0.1:6379' }, 0],
  ['Sentinels: one', { REDIS_SENTINELS: 'redis-1:26379', REDIS_SENTINEL_NAME: 'ponte' }, 1],
  ['a Cluster: one', { REDIS_CLUSTER: 'redis-1:6379' }, 1],
  ['what the operator says', { REDIS_CLUSTER: 'redis-1:6379', REDIS_WAIT_REPLICAS: '2' }, 2],
  ['an operator who asks nobody', { REDIS_CLUSTER: 'redis-1:6379', REDIS_WAIT_REPLICAS: '0' }, 0],
])('replicas that confirm a step, by where Redis is: %s', (_what, env, expected) => {
  expect(waitReplicasOf(readEnvironment(schema, env))).toBe(expected)
})
