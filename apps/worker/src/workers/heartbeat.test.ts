import { createLogger, openStateRedis } from '@ponte/runtime'
import { expect, inject, onTestFinished, test } from 'vitest'
import { testConnection } from '../testing/test-context.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { startHeartbeat } from './heartbeat.ts'
import { openQueueBackends } from './create-worker.ts'

const log = createLogger({ level: 'silent', process: 'test' })

test('a tenant whose primary is away keeps no other from having its marks limited', async () => {
  const redis = openStateRedis(inject('redisUrl'), log)
  const [away, other] = [testTenant(), testTenant()]
  const connections = [away, other].map(tenant => testConnection(redis, tenant))
  const all = openQueueBackends(redis, log)
  const heartbeat = startHeartbeat({
    connections: () => connections,
    backends(tenant, kind) {
      if (tenant === away.name) throw new Error('its primary is away')
      return all(tenant, kind)
    },
    checkProgress: () => Promise.resolve(),
  })
  onTestFinished(() => {
    heartbeat.stop()
    redis.disconnect()
  })
  const limitOf = (name: string) => all(name, 'rd-station').getQueueMetaField('concurrency')
  await expect.poll(() => limitOf(other.name)).toMatch(/^\d+$/)
})
