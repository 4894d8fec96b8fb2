import { createLogger, openStateRedis } from '@ponte/runtime'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { createWorkerMetrics } from '../telemetry/metrics.ts'
import { recordingChannel } from '../testing/recording-channel.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { checkTenant } from './start-alerts.ts'

const log = createLogger({ level: 'silent', process: 'test' })

test('a Redis that uses half of its memory is announced once for all tenants, and so is that it has room again', async () => {
  const redis = openStateRedis(inject('redisUrl'), log)
  // A connection asks for the same when it opens.
  await redis.ping()
  const tenants = [testTenant(), testTenant()]
  onTestFinished(() => redis.disconnect())
  const limits = { breakerMs: 900_000, failures: 10, windowMs: 3_600_000, checkMs: 1000, command: 'ponte' }
  const settings = { ...limits, webhookUrl: undefined, mail: undefined, boardUrl: undefined }
  const deps = { settings, tenants: { current: () => tenants }, redis, metrics: createWorkerMetrics(), log }
  const { channel, texts } = recordingChannel()
  /** What is announced while Redis uses so much, of 1000 bytes that it may use. */
  const announcedAt = async (used: number, max = 1000): Promise<readonly string[]> => {
    vi.spyOn(redis, 'info').mockResolvedValue(`# Memory\r\nused_memory:${used}\r\nmaxmemory:${max}\r\n`)
    const before = texts().length
    for (const tenant of [...tenants, ...tenants]) await checkTenant(tenant, [channel], deps)
    return texts().slice(before)
  }
  expect(await announcedAt(900, 0)).toEqual([])
  expect(await announcedAt(500)).toEqual([])
  expect(await announcedAt(520)).toEqual([
    'Ponte: o Redis usa 52 % da memória que pode usar (maxmemory): veja o que cresce enquanto há tempo. A partir de 80 %, empresas com muitos eventos aguardando são recusadas.\n' +
      'Ponte: Redis uses 52 % of the memory that it may use (maxmemory): find out what grows while there is time. From 80 % on, tenants with many waiting events are refused.',
  ])
  expect(await announcedAt(450)).toEqual([])
  expect(await announcedAt(399)).toEqual([
    'Ponte: o Redis tem memória de sobra de novo: usa menos de 40 % da que pode usar.\n' +
      'Ponte: Redis has memory to spare again: it uses less than 40 % of what it may use.',
  ])
})
